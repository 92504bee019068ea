//! The threads of the pool as a whole: made on first use, forgotten in a forked child,
//! ended with the process.

use super::jobs::Jobs;
use super::worker::run_worker;
use super::{DEFAULT_THREADS, POOL, Pool, State};
use crate::core::mem;
use crate::errno::Result;
use crate::sys::monitor::Held;
use crate::sys::worker as sys;
use core::ffi::c_int;
use core::ptr::null_mut;
use once_cell::race::OnceBool;

const MAX_THREADS: usize = 1024;
const STACK_BYTES: usize = 8 << 20;

impl Pool {
    /// Starts the threads, if they are not running, and waits until they do.
    pub(super) fn start<'a>(&'a self, mut state: Held<'a, State>) -> Result<Held<'a, State>> {
        if state.nthreads > 0 {
            return Ok(state);
        }
        forget_in_children()?;
        self.jobs.init();
        state.create_threads()?;
        while state.started < state.nthreads {
            state = state.wait(&self.started);
        }
        Ok(state)
    }
}

/// Gives forked children, which have none of the threads, a new pool.
fn forget_in_children() -> Result {
    // The pool's lock is held, so that nobody else registers meanwhile.
    static REGISTERED: OnceBool = OnceBool::new();
    let register = || sys::at_fork_child(reset_in_child).map(|()| true);
    REGISTERED.get_or_try_init(register).map(drop)
}

unsafe extern "C" fn reset_in_child() {
    // SAFETY: the child has only the thread that forked, and that is in fork.
    unsafe { POOL.0.get().write(Pool::new(Jobs::of_child())) };
}

impl State {
    /// Creates as many threads as the environment asks for. Some are enough: only
    /// when there cannot be any is that an error.
    fn create_threads(&mut self) -> Result {
        let mut wanted = thread_count(sys::configured_size());
        let mut list = self.default_threads.as_mut_ptr();
        if wanted > DEFAULT_THREADS {
            self.more_threads = mem::calloc(wanted, size_of::<Option<sys::Thread>>()).cast();
            list = self.more_threads;
            if list.is_null() {
                list = self.default_threads.as_mut_ptr();
                wanted = DEFAULT_THREADS;
            }
        }
        for index in 0..wanted {
            match sys::spawn(run_worker, STACK_BYTES) {
                // SAFETY: the list has `wanted` places.
                Ok(thread) => unsafe { list.add(index).write(Some(thread)) },
                Err(error) if self.nthreads == 0 => {
                    let list = core::mem::replace(&mut self.more_threads, null_mut());
                    // SAFETY: the array is null or fresh, and nothing is in it yet.
                    unsafe { mem::free(list.cast()) };
                    return Err(error);
                }
                Err(_) => break,
            }
            self.nthreads += 1;
        }
        self.beside = None;
        Ok(())
    }
}

/// The number of threads for what `UV_THREADPOOL_SIZE` says.
fn thread_count(configured: Option<c_int>) -> usize {
    match configured {
        None => DEFAULT_THREADS,
        Some(0) => 1,
        // A negative number is a huge one.
        Some(size) => usize::try_from(size)
            .unwrap_or(MAX_THREADS)
            .min(MAX_THREADS),
    }
}

/// Ends the threads when they have done what is queued. The next job starts new ones.
pub(crate) fn cleanup() {
    let pool = Pool::get();
    let mut state = pool.lock();
    if state.nthreads == 0 || state.closing {
        return;
    }
    state.closing = true;
    let count = state.nthreads;
    let more = core::mem::replace(&mut state.more_threads, null_mut());
    let few = core::mem::take(&mut state.default_threads);
    drop(state);
    pool.work.notify_all();
    let list: *const Option<sys::Thread> = if more.is_null() { few.as_ptr() } else { more };
    for index in 0..count {
        // SAFETY: the list has `count` places, written when the threads were created.
        if let Some(thread) = unsafe { *list.add(index) } {
            sys::join(thread);
        }
    }
    // SAFETY: the array is null or came from `create_threads`, and nobody has it now.
    unsafe { mem::free(more.cast()) };
    let mut state = pool.lock();
    state.started = 0;
    state.nthreads = 0;
    state.closing = false;
}

#[cfg(test)]
mod tests {
    use super::thread_count;

    #[test]
    fn the_number_of_threads_has_limits() {
        assert_eq!(thread_count(None), 4);
        assert_eq!(thread_count(Some(0)), 1);
        assert_eq!(thread_count(Some(7)), 7);
        assert_eq!(thread_count(Some(1024)), 1024);
        assert_eq!(thread_count(Some(1025)), 1024);
        assert_eq!(thread_count(Some(-1)), 1024);
    }
}
