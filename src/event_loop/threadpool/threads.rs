//! The threads of the pool as a whole: made on first use, left out of a forked child, ended
//! with the process.

use super::queue::State;
use super::worker::run_worker;
use super::{POOL, Pool};
use crate::errno::Result;
use crate::event_loop::{alloc, at_fork};
use crate::sys::monitor::Held;
use crate::sys::worker as sys;
use core::cell::Cell;
use core::ffi::c_int;
use core::ptr::null_mut;
use std::sync::Condvar;

const DEFAULT_THREADS: usize = 4;
const MAX_THREADS: usize = 1024;
const STACK_BYTES: usize = 8 << 20;

/// The handles of the threads.
pub(super) struct Threads {
    few: [Cell<Option<sys::Thread>>; DEFAULT_THREADS],
    /// A block of our own if there are more threads than `few` holds.
    many: Cell<*mut Cell<Option<sys::Thread>>>,
    /// A thread has come up.
    started: Condvar,
}

impl Threads {
    pub(super) const fn new() -> Self {
        Threads {
            few: [const { Cell::new(None) }; DEFAULT_THREADS],
            many: Cell::new(null_mut()),
            started: Condvar::new(),
        }
    }

    /// Makes room for so many; as many as there is room for without memory.
    fn reserve(&self, wanted: usize) -> usize {
        if wanted <= DEFAULT_THREADS {
            return wanted;
        }
        let many = alloc::calloc(wanted, size_of::<Cell<Option<sys::Thread>>>());
        self.many.set(many.cast());
        if many.is_null() {
            DEFAULT_THREADS
        } else {
            wanted
        }
    }

    fn place(&self, index: usize) -> &Cell<Option<sys::Thread>> {
        let many = self.many.get();
        if many.is_null() {
            return &self.few[index];
        }
        // SAFETY: `reserve` has made so many places, all zeroes, which is no thread or a
        // thread of that number: each place is written before it is read.
        unsafe { &*many.add(index) }
    }

    fn release(&self) {
        // SAFETY: null, or the block of `reserve`, to which nothing refers.
        unsafe { alloc::free(self.many.replace(null_mut()).cast()) };
    }
}

impl Pool {
    /// Starts the threads, if they are not running, and waits until they do.
    pub(super) fn start<'a>(&'a self, mut held: Held<'a, State>) -> Result<Held<'a, State>> {
        if held.nthreads > 0 {
            return Ok(held);
        }
        at_fork::repair_in_children()?;
        self.queue.init(&held);
        self.create_threads(&mut held)?;
        while held.started < held.nthreads {
            held = held.wait(&self.threads.started);
        }
        Ok(held)
    }

    /// Creates as many threads as the environment asks for. Some are enough: it is an error
    /// only if there cannot be any.
    fn create_threads(&self, state: &mut State) -> Result {
        let wanted = thread_count(sys::configured_size());
        for index in 0..self.threads.reserve(wanted) {
            match sys::spawn(run_worker, STACK_BYTES) {
                Ok(thread) => self.threads.place(index).set(Some(thread)),
                Err(error) if index == 0 => {
                    self.threads.release();
                    return Err(error);
                }
                Err(_) => break,
            }
            state.nthreads += 1;
        }
        Ok(())
    }

    /// The calling thread has come up.
    pub(super) fn has_started(&self) {
        self.queue.lock().started += 1;
        self.threads.started.notify_all();
    }
}

/// In a forked child, which has none of the threads: begins with a new pool.
pub(crate) fn forked() {
    // SAFETY: the child has only the thread that forked, and that is in fork. The parent's
    // lock, which another of its threads may have held, is not looked at.
    unsafe { POOL.0.get().write(Pool::new(true)) };
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
    let held = pool.queue.lock();
    if held.nthreads == 0 || held.closing {
        return;
    }
    let count = held.nthreads;
    pool.queue.close(held);
    for index in 0..count {
        // No other thread writes the places before the pool starts anew.
        if let Some(thread) = pool.threads.place(index).take() {
            sys::join(thread);
        }
    }
    let mut held = pool.queue.lock();
    pool.threads.release();
    held.started = 0;
    held.nthreads = 0;
    held.closing = false;
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
