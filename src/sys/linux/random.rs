//! Random bytes from the kernel.

use crate::errno::{Errno, Result};
use crate::sys::{call_retry, fd};
use core::ffi::CStr;
use once_cell::race::OnceBool;
use std::os::fd::AsRawFd;

/// A signal does not interrupt a request of this size.
const PIECE: usize = 256;

/// Fills `length` bytes with random ones fit for cryptography.
///
/// Blocks until the kernel's generator has been seeded. If getrandom(2) is missing or refused by a
/// filter, reads `/dev/urandom`. If that cannot be read either, returns the error of getrandom.
///
/// # Safety
/// `bytes` is writable for `length` bytes, initialised or not.
pub(crate) unsafe fn fill(bytes: *mut u8, length: usize) -> Result {
    // SAFETY: the caller has `length` writable bytes there.
    unsafe { from_call(bytes, length) }.or_else(|error| {
        // SAFETY: the same bytes; what has been written of them is written again.
        unsafe { from_device(bytes, length) }.map_err(|_| error)
    })
}

/// Fills by getrandom(2), called by number: glibc has a wrapper only since 2.25.
///
/// # Safety
/// `bytes` is writable for `length` bytes.
unsafe fn from_call(bytes: *mut u8, length: usize) -> Result {
    let mut done = 0;
    while done < length {
        // SAFETY: done is below length.
        let unfilled = unsafe { bytes.add(done) };
        let piece = PIECE.min(length - done);
        // SAFETY: `unfilled` is writable for `piece` bytes.
        match call_retry!(unsafe { libc::syscall(libc::SYS_getrandom, unfilled, piece, 0) })? {
            0 => return Err(Errno::IO),
            more => done += more as usize,
        }
    }
    Ok(())
}

/// Fills from `/dev/urandom`, after a read of `/dev/random` has shown that the generator is seeded.
///
/// # Safety
/// `bytes` is writable for `length` bytes.
unsafe fn from_device(bytes: *mut u8, length: usize) -> Result {
    static SEEDED: OnceBool = OnceBool::new();
    // SAFETY: there is one writable byte.
    SEEDED.get_or_try_init(|| unsafe { from_file(c"/dev/random", &mut 0, 1) }.map(|()| true))?;
    // SAFETY: `bytes` has space for `length` bytes.
    unsafe { from_file(c"/dev/urandom", bytes, length) }
}

/// # Safety
/// `bytes` is writable for `length` bytes.
unsafe fn from_file(path: &CStr, bytes: *mut u8, length: usize) -> Result {
    let file = fd::open_owned(path)?;
    if fd::kind(file.as_raw_fd())? != libc::S_IFCHR {
        // The path is not the device.
        return Err(Errno::IO);
    }
    let mut done = 0;
    while done < length {
        // SAFETY: done is below length.
        let unfilled = unsafe { bytes.add(done) };
        // SAFETY: `unfilled` is writable for the `length - done` bytes that are left.
        match unsafe { fd::read(file.as_raw_fd(), unfilled.cast(), length - done) }? {
            0 => return Err(Errno::IO),
            more => done += more,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks that `fill` writes every byte of the buffer and none after it.
    fn fills(fill: unsafe fn(*mut u8, usize) -> Result) {
        for length in [0, 1, 255, 256, 257, 1000] {
            let mut seen = vec![0u8; length];
            // A byte is still zero after 20 rounds once in 2^160 times.
            for _ in 0..20 {
                let mut bytes = vec![0u8; length + 1];
                // SAFETY: the vector is longer than `length`.
                assert_eq!(unsafe { fill(bytes.as_mut_ptr(), length) }, Ok(()));
                assert_eq!(bytes[length], 0);
                for (seen, byte) in seen.iter_mut().zip(bytes) {
                    *seen |= byte;
                }
            }
            assert!(seen.iter().all(|byte| *byte != 0));
        }
    }

    #[test]
    fn every_source_fills_the_bytes_and_no_more() {
        fills(fill);
        fills(from_call);
        fills(from_device);
    }

    #[test]
    fn only_a_device_will_do() {
        let mut byte = 0;
        // SAFETY: `byte` is one writable byte.
        let result = unsafe { from_file(c"/proc/self/status", &mut byte, 1) };
        assert_eq!(result, Err(Errno::IO));
    }
}
