//! What Linux's files say about the processors: times, speeds and models.

use super::small_file::{self, Lines};
use crate::abi::uv_cpu_times_s;
use crate::errno::Result;
use crate::text::{self, Cursor};
use core::ffi::{CStr, c_int};
use core::fmt::Write;

/// Calls `found` with the number and the times of each processor that is online, in order.
pub(crate) fn for_each(mut found: impl FnMut(u32, uv_cpu_times_s) -> Result) -> Result {
    let mut lines = Lines::open(c"/proc/stat")?;
    while let Some(line) = lines.next_line()? {
        match times(line) {
            Some((number, times)) => found(number, times)?,
            None if line.starts_with(b"cpu ") => {}
            None => break,
        }
    }
    Ok(())
}

/// Reads `cpu3 user nice system idle iowait irq …`, in ticks of 10 milliseconds, which the kernel
/// shows to programs whatever its own tick is.
pub fn times(line: &[u8]) -> Option<(u32, uv_cpu_times_s)> {
    let line = core::str::from_utf8(line).ok()?.strip_prefix("cpu")?;
    let (number, rest) = line.split_once(' ')?;
    let mut fields = rest.split(' ').map(|field| field.parse::<u64>().ok());
    let mut next = || Some(fields.next()??.saturating_mul(10));
    let (user, nice, sys, idle) = (next()?, next()?, next()?, next()?);
    let _iowait = next()?;
    let irq = next()?;
    let times = uv_cpu_times_s {
        user,
        nice,
        sys,
        idle,
        irq,
    };
    Some((number.parse().ok()?, times))
}

/// Returns the highest allowed speed of a processor in MHz; 0 if it is not known.
///
/// Not the current one, because reading it takes milliseconds on some machines.
pub(crate) fn speed(number: u32) -> c_int {
    let mut buffer = [0; 80];
    let mut path = Cursor::new(&mut buffer);
    // Writing to a cursor does not fail, and the longest number fits.
    let _ = write!(
        path,
        "/sys/devices/system/cpu/cpu{number}/cpufreq/scaling_max_freq\0"
    );
    let kilohertz = || {
        let path = CStr::from_bytes_with_nul(path.into_written()).ok()?;
        let mut buffer = [0; 32];
        let file = small_file::read_into(path, &mut buffer).ok()?;
        text::parse::<u64>(file.trim_ascii())
    };
    kilohertz().map_or(0, |kilohertz| (kilohertz / 1000) as c_int)
}

/// Calls `found` with each processor whose model is in `/proc/cpuinfo`.
pub(crate) fn for_each_model(mut found: impl FnMut(u32, &[u8])) {
    let Ok(mut lines) = Lines::open(c"/proc/cpuinfo") else {
        return;
    };
    let mut number = None;
    // If the file cannot be read, the models stay unknown.
    while let Ok(Some(line)) = lines.next_line() {
        if let Some(value) = line.strip_prefix(b"processor\t: ") {
            number = text::parse(value);
        } else if let (Some(value), Some(cpu)) = (line.strip_prefix(MODEL_LINE), number) {
            found(cpu, model_name(value));
            // Use the first such line of each processor.
            number = None;
        }
    }
}

/// How the line with a processor's model begins in `/proc/cpuinfo`.
const MODEL_LINE: &[u8] = if cfg!(target_arch = "aarch64") {
    b"CPU part\t: "
} else {
    b"model name\t: "
};

/// The name of the model in that line: on Arm it has a number.
fn model_name(value: &[u8]) -> &[u8] {
    if cfg!(target_arch = "aarch64") {
        arm_part(value).unwrap_or("unknown").as_bytes()
    } else {
        value
    }
}

/// Returns Arm's name for a part number, as the kernel writes it (`0xd08`).
fn arm_part(value: &[u8]) -> Option<&'static str> {
    #[rustfmt::skip]
    const PARTS: [(u16, &str); 52] = [
        (0x810, "ARM810"), (0x920, "ARM920"), (0x922, "ARM922"), (0x926, "ARM926"),
        (0x940, "ARM940"), (0x946, "ARM946"), (0x966, "ARM966"), (0xa20, "ARM1020"),
        (0xa22, "ARM1022"), (0xa26, "ARM1026"), (0xb02, "ARM11 MPCore"),
        (0xb36, "ARM1136"), (0xb56, "ARM1156"), (0xb76, "ARM1176"),
        (0xc05, "Cortex-A5"), (0xc07, "Cortex-A7"), (0xc08, "Cortex-A8"),
        (0xc09, "Cortex-A9"), (0xc0d, "Cortex-A17"), (0xc0e, "Cortex-A17"),
        (0xc0f, "Cortex-A15"), (0xc14, "Cortex-R4"), (0xc15, "Cortex-R5"),
        (0xc17, "Cortex-R7"), (0xc18, "Cortex-R8"), (0xc20, "Cortex-M0"),
        (0xc21, "Cortex-M1"), (0xc23, "Cortex-M3"), (0xc24, "Cortex-M4"),
        (0xc27, "Cortex-M7"), (0xc60, "Cortex-M0+"), (0xd01, "Cortex-A32"),
        (0xd03, "Cortex-A53"), (0xd04, "Cortex-A35"), (0xd05, "Cortex-A55"),
        (0xd06, "Cortex-A65"), (0xd07, "Cortex-A57"), (0xd08, "Cortex-A72"),
        (0xd09, "Cortex-A73"), (0xd0a, "Cortex-A75"), (0xd0b, "Cortex-A76"),
        (0xd0c, "Neoverse-N1"), (0xd0d, "Cortex-A77"), (0xd0e, "Cortex-A76AE"),
        (0xd13, "Cortex-R52"), (0xd20, "Cortex-M23"), (0xd21, "Cortex-M33"),
        (0xd41, "Cortex-A78"), (0xd42, "Cortex-A78AE"), (0xd4a, "Neoverse-E1"),
        (0xd4b, "Cortex-A78C"), (0xd4f, "Neoverse-V2"),
    ];
    let digits = core::str::from_utf8(value)
        .ok()?
        .trim_end()
        .strip_prefix("0x")?;
    let number = u16::from_str_radix(digits, 16).ok()?;
    let at = PARTS
        .binary_search_by_key(&number, |(number, _)| *number)
        .ok()?;
    Some(PARTS[at].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_processors() {
        let (number, times) = times(b"cpu12 1 2 3 4 5 6 7 8 9 10").unwrap();
        assert_eq!(number, 12);
        assert_eq!((times.user, times.nice, times.sys), (10, 20, 30));
        assert_eq!((times.idle, times.irq), (40, 60));
        assert!(super::times(b"cpu  1 2 3 4 5 6 7 8 9 10").is_none());
        assert!(super::times(b"cpu0 1 2 3").is_none());
        assert!(super::times(b"intr 1 2 3 4 5 6 7").is_none());
    }

    #[test]
    fn parts_of_arm() {
        assert_eq!(arm_part(b"0xd08"), Some("Cortex-A72"));
        assert_eq!(arm_part(b"0x810"), Some("ARM810"));
        assert_eq!(arm_part(b"0xd4f"), Some("Neoverse-V2"));
        assert_eq!(arm_part(b"0x000"), None);
        assert_eq!(arm_part(b"d08"), None);
    }
}
