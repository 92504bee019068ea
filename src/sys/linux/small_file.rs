//! Reading the small text files of /proc and /sys.

use crate::errno::Result;
use crate::sys::fd;
use core::ffi::CStr;
use std::os::fd::{AsRawFd, OwnedFd};

/// Reads a file into `buffer`, as much as fits. A read may return less than there is; only a read
/// of 0 is the end.
pub(crate) fn read_into<'a>(path: &CStr, buffer: &'a mut [u8]) -> Result<&'a [u8]> {
    let file = fd::open_owned(path)?;
    let mut length = 0;
    while length < buffer.len() {
        match fd::read_into(file.as_raw_fd(), &mut buffer[length..])? {
            0 => break,
            more => length += more,
        }
    }
    Ok(&buffer[..length])
}

/// Reads the lines of a file of any length, one at a time.
///
/// Only the beginning of a line longer than the buffer is returned.
pub struct Lines {
    file: OwnedFd,
    buffer: [u8; 4096],
    /// The range of the bytes that were read and not returned.
    start: usize,
    end: usize,
    /// Whether the next bytes are the rest of a line that was too long.
    in_rest: bool,
}

impl Lines {
    /// Opens a file.
    pub fn open(path: &CStr) -> Result<Lines> {
        Ok(Lines {
            file: fd::open_owned(path)?,
            buffer: [0; 4096],
            start: 0,
            end: 0,
            in_rest: false,
        })
    }

    /// Returns the next line without its newline; `None` at the end.
    pub fn next_line(&mut self) -> Result<Option<&[u8]>> {
        loop {
            let Some((start, length, ended)) = self.take()? else {
                return Ok(None);
            };
            let rest = core::mem::replace(&mut self.in_rest, !ended);
            if !rest {
                return Ok(Some(&self.buffer[start..start + length]));
            }
        }
    }

    /// Takes the next piece of a line: its start, its length, and whether it ends the line.
    fn take(&mut self) -> Result<Option<(usize, usize, bool)>> {
        loop {
            let waiting = &self.buffer[self.start..self.end];
            if let Some(length) = waiting.iter().position(|byte| *byte == b'\n') {
                let start = self.start;
                self.start += length + 1;
                return Ok(Some((start, length, true)));
            }
            let length = waiting.len();
            self.buffer.copy_within(self.start..self.end, 0);
            self.start = 0;
            self.end = length;
            let more = if length == self.buffer.len() {
                None
            } else {
                Some(fd::read_into(
                    self.file.as_raw_fd(),
                    &mut self.buffer[length..],
                )?)
            };
            match more {
                Some(0) if length == 0 => return Ok(None),
                Some(more @ 1..) => self.end += more,
                _ => {
                    self.end = 0;
                    return Ok(Some((0, length, more.is_some())));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::fd::FromRawFd;

    fn file_of(text: &[u8]) -> (OwnedFd, std::ffi::CString) {
        // SAFETY: the name is a C string; a failure shows below.
        let fd = unsafe { libc::memfd_create(c"lines".as_ptr(), libc::MFD_CLOEXEC) };
        assert!(fd >= 0);
        // SAFETY: the descriptor is fresh.
        let fd = unsafe { OwnedFd::from_raw_fd(fd) };
        let mut file = std::fs::File::from(fd.try_clone().unwrap());
        file.write_all(text).unwrap();
        let path = std::ffi::CString::new(format!("/proc/self/fd/{}", fd.as_raw_fd())).unwrap();
        (fd, path)
    }

    fn lines_of(text: &[u8]) -> Vec<Vec<u8>> {
        let (_file, path) = file_of(text);
        let mut lines = Lines::open(&path).unwrap();
        let mut all = Vec::new();
        while let Some(line) = lines.next_line().unwrap() {
            all.push(line.to_vec());
        }
        all
    }

    #[test]
    fn lines_with_and_without_a_last_newline() {
        assert_eq!(lines_of(b""), Vec::<Vec<u8>>::new());
        assert_eq!(lines_of(b"a\n\nb\n"), [&b"a"[..], b"", b"b"]);
        assert_eq!(lines_of(b"a\nb"), [b"a", b"b"]);
    }

    #[test]
    fn long_lines_are_cut_and_the_next_one_is_whole() {
        let mut text = vec![b'x'; 10_000];
        text.extend(b"\nshort\n");
        let lines = lines_of(&text);
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0], vec![b'x'; 4096]);
        assert_eq!(lines[1], b"short");
    }

    #[test]
    fn many_lines_cross_the_buffer_at_every_place() {
        let text: Vec<u8> = (0..5000)
            .flat_map(|n| format!("{n}\n").into_bytes())
            .collect();
        let lines = lines_of(&text);
        assert_eq!(lines.len(), 5000);
        assert_eq!(lines[4999], b"4999");
        assert_eq!(lines[1234], b"1234");
    }

    #[test]
    fn an_error_is_not_the_end() {
        assert!(read_into(c"/", &mut [0; 9]).is_err());
        let mut lines = Lines::open(c"/").unwrap();
        assert_eq!(lines.next_line().err(), Some(crate::errno::Errno::ISDIR));
    }

    #[test]
    fn a_file_larger_than_the_buffer_is_cut() {
        let (_file, path) = file_of(b"abcdef");
        assert_eq!(read_into(&path, &mut [0; 4]), Ok(&b"abcd"[..]));
        assert_eq!(read_into(&path, &mut [0; 9]), Ok(&b"abcdef"[..]));
        assert!(read_into(c"/nonexistent/file", &mut [0; 9]).is_err());
    }
}
