use super::links::{container_of, unlinked};
use super::primitives::{AtomicBool, AtomicI32, Condvar, Monitor};
use super::queue::{Pace, Queue, State};
use super::sending::{self, Linked, Sends, Stack, Target};
use crate::abi::uv__queue;
use core::ptr::null_mut;
use core::sync::atomic::Ordering::{Relaxed, SeqCst};
use loom::cell::Cell;
use loom::sync::Arc;
use loom::thread;

/// Runs a test under every order of steps in which threads are interrupted so often at most
/// where they need not wait. Faults that need more are rare, and all orders take hours.
fn bounded(preemptions: usize) -> loom::model::Builder {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder
}

/// An async handle, and what its senders tell its callback.
struct Handle {
    state: AtomicI32,
    next: Cell<*mut Handle>,
    message: AtomicI32,
    /// What the callback has seen.
    seen: AtomicI32,
    is_open: AtomicBool,
}

impl Linked for Handle {
    fn next(&self) -> *mut Self {
        self.next.get()
    }
    fn set_next(&self, next: *mut Self) {
        self.next.set(next);
    }
}

impl Target for Handle {
    fn state(&self) -> &AtomicI32 {
        &self.state
    }
}

/// A loop: its sends, and an eventfd in its place.
struct Loop {
    sends: Sends<Handle>,
    handles: [Handle; 2],
    eventfd: Monitor<u32>,
    written: Condvar,
}

// SAFETY: loom reports accesses to the cells that are not ordered.
unsafe impl Sync for Loop {}
// SAFETY: loom reports accesses to the cells that are not ordered.
unsafe impl Send for Loop {}

impl Loop {
    fn new() -> Arc<Self> {
        let handle = |_| Handle {
            state: AtomicI32::new(0),
            next: Cell::new(null_mut()),
            message: AtomicI32::new(0),
            seen: AtomicI32::new(0),
            is_open: AtomicBool::new(true),
        };
        Arc::new(Self {
            sends: Sends::new(),
            handles: [0, 1].map(handle),
            eventfd: Monitor::new(0),
            written: Condvar::new(),
        })
    }

    /// As `uv_async_t::send` does.
    fn send(&self, handle: &Handle) {
        if sending::begin(handle) {
            sending::finish(handle, &self.sends, || self.wake());
        }
    }

    fn wake(&self) {
        *self.eventfd.lock() += 1;
        self.written.notify_one();
    }

    /// Waits as a poll does, and returns the handles that were sent to.
    fn poll(&self) -> *mut Handle {
        if self.sends.fall_asleep() {
            let mut count = self.eventfd.lock();
            while *count == 0 {
                count = count.wait(&self.written);
            }
            *count = 0;
        }
        self.sends.awake();
        self.sends.take()
    }

    /// Polls once and calls back.
    fn turn(&self) {
        let mut next = self.poll();
        // SAFETY: the handles live as long as the loop.
        while let Some(handle) = unsafe { next.as_ref() } {
            next = handle.next();
            assert!(handle.is_open.load(Relaxed));
            sending::clear_pending(handle);
            handle.seen.store(handle.message.load(Relaxed), Relaxed);
        }
    }
}

fn tell(loop_: &Arc<Loop>, handle: usize, message: i32) -> thread::JoinHandle<()> {
    let loop_ = loop_.clone();
    thread::spawn(move || {
        let handle = &loop_.handles[handle];
        // The others' messages are bits of their own.
        handle.message.fetch_or(message, Relaxed);
        loop_.send(handle);
    })
}

#[test]
fn loom_two_senders_wake_a_loop_that_sleeps() {
    bounded(2).check(|| {
        let loop_ = Loop::new();
        let senders = [tell(&loop_, 0, 1), tell(&loop_, 1, 1)];
        let seen = |handle: &Handle| handle.seen.load(Relaxed) == 1;
        while !loop_.handles.iter().all(seen) {
            loop_.turn();
        }
        for sender in senders {
            sender.join().unwrap();
        }
    });
}

#[test]
fn loom_a_send_to_a_pending_handle_is_seen() {
    bounded(2).check(|| {
        let loop_ = Loop::new();
        let senders = [tell(&loop_, 0, 1), tell(&loop_, 0, 2)];
        while loop_.handles[0].seen.load(Relaxed) != 3 {
            loop_.turn();
        }
        for sender in senders {
            sender.join().unwrap();
        }
    });
}

#[test]
fn loom_a_wakeup_that_fails_is_made_by_the_next_sender() {
    bounded(2).check(|| {
        let loop_ = Loop::new();
        let failing = {
            let loop_ = loop_.clone();
            thread::spawn(move || {
                let handle = &loop_.handles[0];
                assert!(sending::begin(handle));
                sending::finish(handle, &loop_.sends, || ());
            })
        };
        let sender = tell(&loop_, 1, 1);
        while loop_.handles[1].seen.load(Relaxed) != 1 {
            loop_.turn();
        }
        failing.join().unwrap();
        sender.join().unwrap();
    });
}

#[test]
fn loom_no_thread_uses_a_handle_that_is_closed() {
    bounded(2).check(|| {
        let loop_ = Loop::new();
        let handle = &loop_.handles[0];
        let sender = {
            let loop_ = loop_.clone();
            thread::spawn(move || {
                let handle = &loop_.handles[0];
                if sending::begin(handle) {
                    sending::finish(handle, &loop_.sends, || loop_.wake());
                    // The last step of `finish` lets the closing go on.
                }
            })
        };
        if sending::close(handle) {
            // On the stack, from which closing takes it.
            assert!(!loop_.sends.take().is_null());
        }
        // Its memory is the program's again.
        handle.next.set(null_mut());
        handle.is_open.store(false, Relaxed);
        assert!(loop_.sends.is_empty());
        sender.join().unwrap();
        assert!(loop_.sends.is_empty());
    });
}

/// A job of the pool.
struct Job {
    wq: uv__queue,
    next: Cell<*mut Job>,
    done: AtomicBool,
}

impl Linked for Job {
    fn next(&self) -> *mut Self {
        self.next.get()
    }
    fn set_next(&self, next: *mut Self) {
        self.next.set(next);
    }
}

/// A pool with its jobs, and the loop that has submitted them.
struct Pool {
    queue: Queue,
    jobs: [Job; 2],
    completions: Stack<Job>,
    loop_: Arc<Loop>,
}

// SAFETY: loom reports accesses to the cells that are not ordered.
unsafe impl Sync for Pool {}
// SAFETY: loom reports accesses to the cells that are not ordered.
unsafe impl Send for Pool {}

impl Pool {
    fn new(threads: usize) -> Arc<Self> {
        let job = |_| Job {
            wq: unlinked(),
            next: Cell::new(null_mut()),
            done: AtomicBool::new(false),
        };
        let pool = Arc::new(Self {
            queue: Queue::new(Monitor::new(State::new()), Condvar::new(), false),
            jobs: [0, 1].map(job),
            completions: Stack::new(),
            loop_: Loop::new(),
        });
        let mut held = pool.queue.lock();
        pool.queue.init(&held);
        held.nthreads = threads;
        drop(held);
        pool
    }

    /// As `worker.rs` does.
    fn work(&self) {
        let mut finished = None;
        while let Some((held, link, pace)) = self.queue.take(finished.take()) {
            self.queue.unlock(held);
            // SAFETY: the jobs live as long as the pool.
            let job = unsafe { &*container_of!(link, Job, wq) };
            assert!(!job.done.swap(true, SeqCst), "a job is done once");
            if self.completions.push(job) {
                self.loop_.send(&self.loop_.handles[0]);
            }
            finished = Some(pace);
        }
    }

    /// Runs the loop until so many jobs were called back.
    fn run_loop(&self, jobs: usize) {
        let mut called = 0;
        while called < jobs {
            if self.loop_.poll().is_null() {
                continue;
            }
            sending::clear_pending(&self.loop_.handles[0]);
            let mut next = self.completions.take();
            assert!(!next.is_null(), "each batch is announced once");
            // SAFETY: the jobs live as long as the pool.
            while let Some(job) = unsafe { next.as_ref() } {
                next = job.next();
                assert!(job.done.load(Relaxed));
                called += 1;
            }
        }
    }
}

/// Every job is done and called back, whatever the workers do; they end afterwards.
fn all_jobs_come_back(workers: usize, pace: Pace) {
    let pool = Pool::new(workers);
    let spawn = |pool: &Arc<Pool>| {
        let pool = pool.clone();
        thread::spawn(move || pool.work())
    };
    let threads: Vec<_> = (0..workers).map(|_| spawn(&pool)).collect();
    for job in &pool.jobs {
        pool.queue.submit(pool.queue.lock(), &job.wq, pace);
    }
    pool.run_loop(pool.jobs.len());
    pool.queue.close(pool.queue.lock());
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn loom_one_worker_does_every_job() {
    bounded(2).check(|| all_jobs_come_back(1, Pace::Quick));
}

#[test]
fn loom_two_workers_do_every_job() {
    bounded(2).check(|| all_jobs_come_back(2, Pace::Quick));
}

#[test]
fn loom_slow_jobs_are_done_by_one_of_two_workers() {
    bounded(2).check(|| all_jobs_come_back(2, Pace::Slow));
}
