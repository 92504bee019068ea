//! The machine: names, uptime and load.

use super::OutBuf;
use crate::abi::uv_utsname_t;
use crate::errno::Result;
use crate::sys::{clock, host, small_file, sysinfo};
use core::ffi::{CStr, c_char};

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

/// Returns the uptime of the machine in seconds.
pub(crate) fn uptime() -> Result<f64> {
    // Read the file first: in a container it may have the container's uptime.
    let mut room = [0; 128];
    match decimals(c"/proc/uptime", &mut room) {
        Some([seconds]) => Ok(seconds),
        None => clock::since_boot().map(|since| since.tv_sec as f64),
    }
}

/// Returns the load over the last 1, 5 and 15 minutes.
pub(crate) fn load() -> Option<[f64; 3]> {
    let mut room = [0; 128];
    decimals(c"/proc/loadavg", &mut room).or_else(|| {
        let loads = sysinfo::sysinfo().ok()?.loads;
        Some(loads.map(|load| load as f64 / 65536.0))
    })
}

/// Reads the decimal numbers at the start of a file.
fn decimals<const N: usize>(path: &CStr, room: &mut [u8]) -> Option<[f64; N]> {
    let text = small_file::read_into(path, room).ok()?;
    let mut words = core::str::from_utf8(text).ok()?.split_ascii_whitespace();
    let mut numbers = [0.0; N];
    for number in &mut numbers {
        *number = words.next()?.parse().ok()?;
    }
    Some(numbers)
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

    #[test]
    fn the_machine_is_up_and_has_a_load() {
        assert!(uptime().unwrap() > 0.0);
        assert!(load().unwrap().iter().all(|load| *load >= 0.0));
        assert_eq!(decimals::<1>(c"/proc/self/status", &mut [0; 64]), None);
    }
}
