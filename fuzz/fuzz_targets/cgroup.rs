//! Files about control groups: no text makes the readers fail, and what they say is in
//! the text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use uv::fuzzing::{Cursor, cgroup};

fuzz_target!(|bytes: &[u8]| {
    let Some((how, text)) = bytes.split_first() else {
        return;
    };
    let (first, second) = match text.iter().position(|byte| *byte == 0) {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, &b"cpu"[..]),
    };
    match how % 6 {
        0 => {
            if let Some((controllers, path)) = cgroup::membership(text) {
                assert!(controllers.len() + path.len() < text.len());
                assert!(!path.split(|byte| *byte == b'/').any(|part| part == b".."));
            }
        }
        1 => {
            for controller in [None, Some(second)] {
                if let Some((root, place)) = cgroup::mount(first, controller) {
                    unescaped(root);
                    unescaped(place);
                }
            }
        }
        2 => unescaped(text),
        3 => {
            if let Some(below) = cgroup::below(first, second) {
                assert!(first.ends_with(below) && first.starts_with(second));
            }
        }
        4 => {
            for quota in [cgroup::cpu_max(text), cgroup::cfs_quota(first, second)] {
                assert_ne!(quota, Some(0));
            }
        }
        _ => assert_ne!(cgroup::memory(text, 4096), Some(0)),
    }
});

fn unescaped(text: &[u8]) {
    let mut buffer = vec![0; text.len()];
    let mut out = Cursor::new(&mut buffer);
    cgroup::unescape(text, &mut out);
    assert!(!out.overflowed(), "it never grows");
    let escapes = text.iter().filter(|byte| **byte == b'\\').count();
    assert!(out.len() + 3 * escapes >= text.len());
}
