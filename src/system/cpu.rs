//! The machine's processors.

use super::cgroup;
use crate::abi::{uv_cpu_info_t, uv_cpu_times_s};
use crate::errno::{Errno, Result};
use crate::event_loop::alloc;
use crate::sys::small_file::{self, Lines};
use crate::sys::thread;
use crate::text::Cursor;
use core::ffi::{CStr, c_int};
use core::fmt::Write;
use core::ptr::null_mut;

/// The most models that are distinguished, with the unknown one. A machine has one or two.
const MODELS: usize = 8;
/// The size of a model's name and its NUL, as in the kernel.
const MODEL_SIZE: usize = 64;

/// The names of the models, with NULs. The first is for processors of unknown model.
struct Models([[u8; MODEL_SIZE]; MODELS]);

impl Models {
    fn new() -> Models {
        let mut models = Models([[0; MODEL_SIZE]; MODELS]);
        models.0[0][..7].copy_from_slice(b"unknown");
        models
    }

    /// Returns the index of a name, which is added if it is new; 0 if there are too many.
    fn index_of(&mut self, name: &[u8]) -> usize {
        let mut room = [0; MODEL_SIZE];
        Cursor::new(&mut room[..MODEL_SIZE - 1]).push_all(name);
        for (index, known) in self.0.iter_mut().enumerate() {
            if known[0] == 0 {
                *known = room;
            }
            if *known == room {
                return index;
            }
        }
        0
    }
}

/// Returns the program's available parallelism: the number of processors that the calling thread
/// may run on, limited by the CPU quota of its control group and of those above. At least 1.
pub(crate) fn parallelism() -> usize {
    let processors = thread::allowed_cpus().or_else(thread::online_cpus);
    let quota = cgroup::cpu_quota().and_then(|quota| usize::try_from(quota).ok());
    processors
        .into_iter()
        .chain(quota)
        .min()
        .unwrap_or(1)
        .max(1)
}

/// The numbers and times of the online processors from `/proc/stat`, sorted by number. The file is
/// read once, because the kernel takes long for it.
struct Seen {
    block: *mut (u32, uv_cpu_times_s),
    count: usize,
    room: usize,
}

impl Seen {
    fn read() -> Result<Seen> {
        let mut seen = Seen {
            block: null_mut(),
            count: 0,
            room: 0,
        };
        let mut lines = Lines::open(c"/proc/stat")?;
        while let Some(line) = lines.next_line()? {
            match times(line) {
                Some(cpu) => seen.push(cpu)?,
                None if line.starts_with(b"cpu ") => {}
                None => break,
            }
        }
        Ok(seen)
    }

    fn push(&mut self, cpu: (u32, uv_cpu_times_s)) -> Result {
        if self.count == self.room {
            let room = (2 * self.room).max(16);
            // SAFETY: the block is null or the allocator's.
            let block = unsafe { alloc::realloc(self.block.cast(), room * size_of_val(&cpu)) };
            if block.is_null() {
                return Err(Errno::NOMEM);
            }
            (self.block, self.room) = (block.cast(), room);
        }
        // SAFETY: the block has room for more than `count`.
        unsafe { self.block.add(self.count).write(cpu) };
        self.count += 1;
        Ok(())
    }

    fn cpus(&self) -> &[(u32, uv_cpu_times_s)] {
        if self.count == 0 {
            return &[];
        }
        // SAFETY: so many have been written.
        unsafe { core::slice::from_raw_parts(self.block, self.count) }
    }
}

impl Drop for Seen {
    fn drop(&mut self) {
        // SAFETY: the block is null or the allocator's, and not used again.
        unsafe { alloc::free(self.block.cast()) };
    }
}

/// Returns the online processors in one block: the list, then the models' names.
pub(crate) fn list() -> Result<(*mut uv_cpu_info_t, usize)> {
    let seen = Seen::read()?;
    let count = seen.cpus().len();
    let size = count * size_of::<uv_cpu_info_t>() + size_of::<Models>();
    let list = alloc::calloc(1, size).cast::<uv_cpu_info_t>();
    if list.is_null() {
        return Err(Errno::NOMEM);
    }
    // SAFETY: the block has `count` elements, which may be all zero, and room for the
    // models behind them, which bytes are aligned for.
    unsafe {
        let models = list.add(count).cast::<Models>();
        fill(
            core::slice::from_raw_parts_mut(list, count),
            seen.cpus(),
            models,
        );
    }
    Ok((list, count))
}

/// Fills in the list.
///
/// # Safety
/// `block` is writable and lives as long as the list.
unsafe fn fill(list: &mut [uv_cpu_info_t], seen: &[(u32, uv_cpu_times_s)], block: *mut Models) {
    let mut models = Models::new();
    let model_of = |index: usize| block.cast::<u8>().wrapping_add(index * MODEL_SIZE).cast();
    for (cpu, (number, times)) in list.iter_mut().zip(seen) {
        cpu.model = model_of(0);
        cpu.speed = speed(*number);
        cpu.cpu_times = *times;
    }
    for_each_model(|number, name| {
        if let Ok(at) = seen.binary_search_by_key(&number, |(number, _)| *number) {
            list[at].model = model_of(models.index_of(name));
        }
    });
    // SAFETY: `block` is valid for writes.
    unsafe { block.write(models) };
}

/// Reads `cpu3 user nice system idle iowait irq …`, in ticks of 10 milliseconds, which the kernel
/// shows to programs whatever its own tick is.
pub(super) fn times(line: &[u8]) -> Option<(u32, uv_cpu_times_s)> {
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
fn speed(number: u32) -> c_int {
    let mut room = [0; 80];
    let mut path = Cursor::new(&mut room);
    // Writing to a cursor does not fail, and the longest number fits.
    let _ = write!(
        path,
        "/sys/devices/system/cpu/cpu{number}/cpufreq/scaling_max_freq\0"
    );
    let kilohertz = || {
        let path = CStr::from_bytes_with_nul(path.into_written()).ok()?;
        let mut room = [0; 32];
        let text = small_file::read_into(path, &mut room).ok()?;
        core::str::from_utf8(text).ok()?.trim().parse::<u64>().ok()
    };
    kilohertz().map_or(0, |kilohertz| (kilohertz / 1000) as c_int)
}

/// Calls `found` with each processor whose model is in `/proc/cpuinfo`.
fn for_each_model(mut found: impl FnMut(u32, &[u8])) {
    let Ok(mut lines) = Lines::open(c"/proc/cpuinfo") else {
        return;
    };
    let mut number = None;
    // If the file cannot be read, the models stay unknown.
    while let Ok(Some(line)) = lines.next_line() {
        if let Some(value) = line.strip_prefix(b"processor\t: ") {
            number = core::str::from_utf8(value)
                .ok()
                .and_then(|value| value.parse().ok());
        } else if let (Some(value), Some(cpu)) = (line.strip_prefix(MODEL_LINE), number) {
            found(cpu, model_name(value));
            // Use the first such line of each processor.
            number = None;
        }
    }
}

#[cfg(not(target_arch = "aarch64"))]
const MODEL_LINE: &[u8] = b"model name\t: ";

#[cfg(not(target_arch = "aarch64"))]
fn model_name(value: &[u8]) -> &[u8] {
    value
}

#[cfg(target_arch = "aarch64")]
const MODEL_LINE: &[u8] = b"CPU part\t: ";

#[cfg(target_arch = "aarch64")]
fn model_name(value: &[u8]) -> &[u8] {
    arm_part(value).unwrap_or("unknown").as_bytes()
}

/// Returns Arm's name for a part number, as the kernel writes it (`0xd08`).
#[cfg(any(target_arch = "aarch64", test))]
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
    fn models_are_told_apart() {
        let mut models = Models::new();
        assert_eq!(models.index_of(b"unknown"), 0);
        assert_eq!(models.index_of(b"big"), 1);
        assert_eq!(models.index_of(b"LITTLE"), 2);
        assert_eq!(models.index_of(b"big"), 1);
        assert_eq!(models.index_of(&[b'x'; 100]), 3);
        assert_eq!(models.0[3][MODEL_SIZE - 1], 0);
        for extra in [b"a", b"b", b"c", b"d"] {
            models.index_of(extra);
        }
        assert_eq!(models.index_of(b"one too many"), 0);
    }

    #[test]
    fn parts_of_arm() {
        assert_eq!(arm_part(b"0xd08"), Some("Cortex-A72"));
        assert_eq!(arm_part(b"0x810"), Some("ARM810"));
        assert_eq!(arm_part(b"0xd4f"), Some("Neoverse-V2"));
        assert_eq!(arm_part(b"0x000"), None);
        assert_eq!(arm_part(b"d08"), None);
    }

    #[test]
    fn there_is_something_to_run_on() {
        assert!(parallelism() >= 1);
        let (list, count) = list().unwrap();
        assert!(count >= 1);
        // SAFETY: the list has just been made.
        unsafe { alloc::free(list.cast()) };
    }
}
