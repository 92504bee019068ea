//! The worker threads: created on first use, absent in a forked child, ended with the process.

use super::links::container_of;
use super::queue::State;
use super::{POOL, Pool, complete};
use crate::abi::{uv__work, uv_thread_t};
use crate::errno::Result;
use crate::event_loop::{alloc, at_fork};
use crate::sys::monitor::Held;
use crate::sys::{env, thread};
use core::cell::Cell;
use core::ffi::{c_int, c_void};
use core::ptr::null_mut;
use std::sync::Condvar;

const DEFAULT_THREADS: usize = 4;
const MAX_THREADS: usize = 1024;
const STACK_BYTES: usize = 8 << 20;

/// The handles of the threads.
pub(super) struct Threads {
    few: [Cell<Option<uv_thread_t>>; DEFAULT_THREADS],
    /// A block for the handles of more threads than `few` has room for, or null.
    many: Cell<*mut Cell<Option<uv_thread_t>>>,
    /// Notified when a thread is running.
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

    /// Makes room for so many handles; returns for how many there is room.
    fn reserve(&self, wanted: usize) -> usize {
        if wanted <= DEFAULT_THREADS {
            return wanted;
        }
        let many = alloc::calloc(wanted, size_of::<Cell<Option<uv_thread_t>>>());
        self.many.set(many.unwrap_or(null_mut()));
        many.map_or(DEFAULT_THREADS, |_| wanted)
    }

    fn slot(&self, index: usize) -> &Cell<Option<uv_thread_t>> {
        let many = self.many.get();
        if many.is_null() {
            return &self.few[index];
        }
        // SAFETY: the index is below the number that `reserve` made room for, and a slot is
        // written before it is read.
        unsafe { &*many.add(index) }
    }

    fn release(&self) {
        // SAFETY: null, or the block of `reserve`, which nothing refers to.
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

    /// Creates as many threads as the environment asks for, or fewer if that fails. An error
    /// means that there is none.
    fn create_threads(&self, state: &mut State) -> Result {
        let wanted = thread_count(env::threadpool_size());
        for index in 0..self.threads.reserve(wanted) {
            match thread::spawn(run_worker, STACK_BYTES) {
                Ok(thread) => self.threads.slot(index).set(Some(thread)),
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

    /// Counts the calling thread as running.
    pub(super) fn has_started(&self) {
        self.queue.lock().started += 1;
        self.threads.started.notify_all();
    }
}

/// Runs jobs until the pool closes.
unsafe extern "C" fn run_worker(_: *mut c_void) {
    // Only for display, so a failure does not matter.
    let _ = thread::set_name(c"libuv-worker");
    let pool = Pool::get();
    pool.has_started();
    let mut finished = None;
    while let Some((held, link, pace)) = pool.queue.take(finished.take()) {
        // SAFETY: the link of a submitted job, which lives until `done` is called.
        let job = unsafe { &*container_of!(link, uv__work, wq) };
        // Under the lock: from now on the job cannot be cancelled.
        let work = job.work.take();
        pool.queue.unlock(held);
        if let Some(work) = work {
            // SAFETY: `work` was submitted together with this job.
            unsafe { work(core::ptr::from_ref(job).cast_mut()) };
        }
        // SAFETY: the job's request is active, so the loop is not closed.
        complete(unsafe { &*job.loop_.get() }, job);
        finished = Some(pace);
    }
}

/// Makes a new pool, in a forked child, which has none of the threads.
pub(crate) fn forked() {
    // SAFETY: the child's only thread is in `fork` and has no reference to the pool. The old
    // lock, which a thread of the parent may hold, is not used.
    unsafe { POOL.0.get().write(Pool::new(true)) };
}

/// The number of threads for what `UV_THREADPOOL_SIZE` says.
fn thread_count(configured: Option<c_int>) -> usize {
    match configured {
        None => DEFAULT_THREADS,
        Some(0) => 1,
        // libuv reads a negative number as a huge unsigned one.
        Some(size) => usize::try_from(size)
            .unwrap_or(MAX_THREADS)
            .min(MAX_THREADS),
    }
}

/// Ends the threads after the jobs that are queued. The next job creates new ones.
pub(crate) fn cleanup() {
    let pool = Pool::get();
    let held = pool.queue.lock();
    if held.nthreads == 0 || held.closing {
        return;
    }
    let count = held.nthreads;
    pool.queue.close(held);
    for index in 0..count {
        // No other thread uses the slots before the pool is started again.
        // A job may call this, and its thread cannot wait for itself.
        let worker = pool.threads.slot(index).take();
        if let Some(worker) = worker.filter(|worker| !thread::equal(*worker, thread::current())) {
            // SAFETY: the slot was the only copy of the thread's handle, so it is joined once.
            let _ = unsafe { thread::join(worker) };
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
