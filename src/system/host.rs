//! The machine: names, uptime and load.

use super::OutBuf;
use crate::abi::uv_utsname_t;
use crate::errno::Result;
use crate::sys::host;
use core::ffi::c_char;

/// Writes the host's name.
pub(crate) fn hostname(out: OutBuf) -> Result {
    out.put(host::hostname(&mut [0; 256])?.to_bytes())
}

/// Fills in the names and versions of the operating system and the hardware.
pub(crate) fn uname(out: &mut uv_utsname_t) -> Result {
    let fields = [
        &mut out.sysname,
        &mut out.release,
        &mut out.version,
        &mut out.machine,
    ];
    match host::uname() {
        Ok(name) => {
            let names = [&name.sysname, &name.release, &name.version, &name.machine];
            for (field, name) in fields.into_iter().zip(names) {
                copy(name, field);
            }
            Ok(())
        }
        Err(error) => {
            fields.into_iter().for_each(|field| field[0] = 0);
            Err(error)
        }
    }
}

/// Copies a NUL-terminated string to a longer field.
fn copy(name: &[c_char; 65], field: &mut [c_char; 256]) {
    for (from, to) in name.iter().zip(field) {
        *to = *from;
        if *from == 0 {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_copied_up_to_its_nul() {
        let mut name = [b'x' as c_char; 65];
        name[2] = 0;
        let mut field = [1; 256];
        copy(&name, &mut field);
        assert_eq!(field[..3], name[..3]);
        assert!(field[3..].iter().all(|byte| *byte == 1));
    }
}
