//! Host names: the ASCII form, and which names are refused, are genuine libuv's.

#![no_main]

use libfuzzer_sys::fuzz_target;
use libuv_rs_fuzz::{c_string, genuine_uv__idna_toascii};
use uv::fuzzing;

fuzz_target!(|bytes: &[u8]| {
    // The size is one of those at which a name no longer fits, or libuv's own.
    let (size, name) = match bytes.split_first() {
        Some((first @ ..=63, name)) => (usize::from(*first), name),
        Some((_, name)) => (256, name),
        None => return,
    };
    let name = c_string(name);
    let name = &name[..name.len() - 1];
    let mut expected = vec![0u8; size];
    let mut got = vec![0u8; size];
    // SAFETY: each pair of pointers is the two ends of one slice.
    let result = unsafe {
        let (from, to) = (name.as_ptr_range(), expected.as_mut_ptr_range());
        genuine_uv__idna_toascii(
            from.start.cast(),
            from.end.cast(),
            to.start.cast(),
            to.end.cast(),
        )
    };
    let ours = match fuzzing::idna::to_ascii(name, &mut got) {
        Ok(length) => length as isize,
        Err(error) => error.raw() as isize,
    };
    // libuv looks at the marks of all bytes that follow the first at once, and takes some
    // wrong ones for right.
    if std::str::from_utf8(name).is_err() {
        assert!(ours < 0, "{name:?}");
        return;
    }
    if ours != result {
        panic!("{name:?} into {size}: {ours}, and genuine says {result}");
    }
    if let Ok(length) = usize::try_from(result) {
        assert_eq!(got[..length], expected[..length], "{name:?}");
    }
});
