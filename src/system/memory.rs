//! Memory that the process may use.

use crate::sys::machine::{free_memory, total_memory};
use crate::sys::{cgroup, process};

/// Returns the process's memory limit: of its control group, of the groups above, and its own. 0 if
/// none is known, `u64::MAX` if the groups have no limit.
pub(crate) fn constrained() -> u64 {
    cgroup::memory_limit()
        .into_iter()
        .chain(process::memory_limit())
        .min()
        .unwrap_or(0)
}

/// Returns the memory in bytes that the process can still allocate: the machine's free memory, or
/// less if its control group or one above has a tighter limit.
pub(crate) fn available() -> u64 {
    cgroup::memory_left(total_memory()).unwrap_or_else(free_memory)
}
