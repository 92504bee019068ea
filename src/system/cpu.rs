//! The machine's processors.

use crate::abi::{uv_cpu_info_t, uv_cpu_times_s};
use crate::errno::Result;
use crate::event_loop::alloc;
use crate::event_loop::list::List;
use crate::sys::{cgroup, cpu, thread};
use crate::text::Cursor;

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
        let mut padded = [0; MODEL_SIZE];
        Cursor::new(&mut padded[..MODEL_SIZE - 1]).push_all(name);
        for (index, known) in self.0.iter_mut().enumerate() {
            if known[0] == 0 {
                *known = padded;
            }
            if *known == padded {
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
    let least = processors.into_iter().chain(quota).min();
    least.unwrap_or(1).max(1)
}

/// Returns the numbers and times of the online processors from `/proc/stat`, sorted by number. The
/// file is read once, because the kernel takes long for it.
fn seen() -> Result<List<(u32, uv_cpu_times_s)>> {
    let mut seen = List::new();
    cpu::for_each(|number, times| seen.extend(&[(number, times)]))?;
    Ok(seen)
}

/// Returns the online processors in one block: the list, then the models' names.
pub(crate) fn list() -> Result<(*mut uv_cpu_info_t, usize)> {
    let seen = seen()?;
    let seen = seen.as_slice();
    let count = seen.len();
    let size = count * size_of::<uv_cpu_info_t>() + size_of::<Models>();
    let list: *mut uv_cpu_info_t = alloc::calloc(1, size)?;
    // SAFETY: the block has `count` elements, which may be all zero, and space for the
    // models behind them, which bytes are aligned for.
    unsafe {
        let models = list.add(count).cast::<Models>();
        let list = core::slice::from_raw_parts_mut(list, count);
        fill(list, seen, models);
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
        cpu.speed = cpu::speed(*number);
        cpu.cpu_times = *times;
    }
    cpu::for_each_model(|number, name| {
        if let Ok(at) = seen.binary_search_by_key(&number, |(number, _)| *number) {
            list[at].model = model_of(models.index_of(name));
        }
    });
    // SAFETY: `block` is valid for writes.
    unsafe { block.write(models) };
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn there_is_something_to_run_on() {
        assert!(parallelism() >= 1);
        let (list, count) = list().unwrap();
        assert!(count >= 1);
        // SAFETY: the list has just been made.
        unsafe { alloc::free(list.cast()) };
    }
}
