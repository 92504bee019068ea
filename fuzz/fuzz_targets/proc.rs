//! Files below /proc: no text makes the readers fail, and what they say is in the text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::fs::File;
use std::io::Write;
use std::os::fd::FromRawFd;
use uv::fuzzing;

fuzz_target!(|bytes: &[u8]| {
    let Some((how, text)) = bytes.split_first() else {
        return;
    };
    match how % 4 {
        0 => lines(text),
        1 => processors(text),
        2 => {
            if let Some(pages) = fuzzing::resident_pages(text) {
                let digits = pages.to_string();
                let found = String::from_utf8_lossy(text).contains(&digits);
                assert!(found, "{pages} is not in the text");
            }
        }
        _ => {
            for what in [&b"MemAvailable:"[..], b"MemTotal:"] {
                if let Some(bytes) = fuzzing::meminfo_line(text, what) {
                    assert!(bytes != 0 && text.windows(what.len()).any(|found| found == what));
                }
            }
        }
    }
});

fn processors(text: &[u8]) {
    for line in text.split(|byte| *byte == b'\n') {
        if let Some((number, _)) = fuzzing::times(line) {
            assert!(line.starts_with(b"cpu"));
            assert!(String::from_utf8_lossy(line).contains(&number.to_string()));
        }
    }
}

unsafe extern "C" {
    fn memfd_create(name: *const std::ffi::c_char, flags: u32) -> i32;
}

/// The lines of a file are those of its text, of a longer one the beginning.
fn lines(text: &[u8]) {
    const LONGEST: usize = 4096;
    // A few bytes say how often a line is repeated, so that lines outgrow that.
    let text: Vec<u8> = text
        .iter()
        .flat_map(|byte| {
            let times = if *byte >= 0xF0 { 700 } else { 1 };
            std::iter::repeat_n(*byte, times)
        })
        .collect();
    // SAFETY: the name is a C string.
    let fd = unsafe { memfd_create(c"lines".as_ptr(), 1) };
    assert!(fd >= 0);
    // SAFETY: the descriptor was made just now and belongs to nothing else.
    let mut file = unsafe { File::from_raw_fd(fd) };
    file.write_all(&text).expect("a memfd takes it");
    let path = std::ffi::CString::new(format!("/proc/self/fd/{fd}")).expect("no NUL");
    let mut expected: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
    if expected.last().is_some_and(|last| last.is_empty()) {
        expected.pop();
    }
    let mut expected = expected.into_iter();
    let mut lines = fuzzing::Lines::open(&path).expect("the file is there");
    while let Ok(Some(line)) = lines.next_line() {
        let wanted = expected.next().expect("there is no such line");
        assert_eq!(line, &wanted[..wanted.len().min(LONGEST)]);
    }
    assert_eq!(expected.next(), None);
}
