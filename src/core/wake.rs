//! Waking the loop from other threads and signal handlers.
//!
//! `uv_async_send` pushes its handle on a lock-free stack that only the loop
//! empties, and wakes the poll only when the loop may be asleep: sending costs what
//! was sent, however many handles exist.
//!
//! A handle's `pending` word is libuv's: bit 0 says that a send has not been
//! answered (or that the handle closes), the bits above count senders that are
//! still at work inside it, which closing waits for.
//!
//! Ordering. The sender that sets bit 0 does so with a sequentially consistent CAS,
//! and so does the failing CAS of one that finds it set; the loop clears it with a
//! sequentially consistent read-modify-write before the callback. Every sender is
//! therefore ordered before or after that clearing: before, and the callback sees
//! what it wrote; after, and it finds bit 0 clear and pushes again. The wake-up is
//! Dekker's pattern: the sender pushes and then reads `asleep`, the loop sets
//! `asleep` and then reads the stack, all sequentially consistent, so at least one
//! of them sees the other.

use super::queue::container_of;
use crate::abi::{UV_ASYNC, uv__queue, uv_async_t, uv_handle_t, uv_loop_t};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, AtomicPtr, Ordering::*};

/// A send that no callback has answered yet.
const PENDING: i32 = 1;
/// One sender inside `send`.
const BUSY: i32 = 2;

pub(crate) struct Wake {
    /// Handles sent to since the loop last looked, the last one first.
    sent: AtomicPtr<uv_async_t>,
    /// Whether the loop is in its poll, or outside `uv_run` altogether.
    asleep: AtomicBool,
    /// Handles to call, in the order in which they were initialised.
    due: uv__queue,
}

impl Wake {
    pub(crate) const fn new() -> Self {
        Self {
            sent: AtomicPtr::new(null_mut()),
            asleep: AtomicBool::new(true),
            due: uv__queue {
                next: core::cell::Cell::new(null_mut()),
                prev: core::cell::Cell::new(null_mut()),
            },
        }
    }

    /// Ties the queue's ends together, once the engine is where it stays.
    pub(crate) fn init(&self) {
        self.due.init();
    }

    /// The loop is about to wait. False when something was sent meanwhile, so that
    /// it must not.
    pub(crate) fn fall_asleep(&self) -> bool {
        self.asleep.store(true, SeqCst);
        self.sent.load(SeqCst).is_null() && self.due.is_empty()
    }

    /// The loop is awake and will look at what was sent before it sleeps.
    pub(crate) fn awake(&self) {
        self.asleep.store(false, Relaxed);
    }

    /// Whether a handle waits for its callback.
    pub(crate) fn is_due(&self) -> bool {
        !self.sent.load(Relaxed).is_null() || !self.due.is_empty()
    }

    /// Pushes a handle and says whether the loop must be woken.
    fn push(&self, handle: &uv_async_t) -> bool {
        let me = core::ptr::from_ref(handle).cast_mut();
        let mut top = self.sent.load(Relaxed);
        loop {
            handle.queue.next.set(top.cast());
            match self.sent.compare_exchange_weak(top, me, SeqCst, Relaxed) {
                Ok(_) => break,
                Err(now) => top = now,
            }
        }
        self.asleep.load(SeqCst)
    }

    /// Moves what was sent to the due queue, which is kept in order of initialisation.
    fn collect(&self) {
        let mut node = self.sent.swap(null_mut(), SeqCst);
        while !node.is_null() {
            // SAFETY: a handle on the stack is not freed: closing takes it off first.
            let handle = unsafe { &*node };
            node = handle.queue.next.get().cast();
            self.insert(handle);
        }
    }

    /// Inserts by order of initialisation, searching from the back.
    fn insert(&self, handle: &uv_async_t) {
        let head = core::ptr::from_ref(&self.due).cast_mut();
        let mut at = self.due.prev.get();
        // SAFETY: every link in the queue belongs to a live handle.
        while at != head && unsafe { precedes(handle, &*of_link(at)) } {
            // SAFETY: as above.
            at = unsafe { (*at).prev.get() };
        }
        // SAFETY: `at` is the head or a live link; its successor likewise.
        unsafe { (*(*at).next.get()).push_back(&handle.queue) };
    }
}

fn of_link(link: *mut uv__queue) -> *mut uv_async_t {
    container_of!(link, uv_async_t, queue)
}

/// Whether `a` was initialised before `b`.
fn precedes(a: &uv_async_t, b: &uv_async_t) -> bool {
    (a.sequence.get().wrapping_sub(b.sequence.get()) as i32) < 0
}

impl uv_async_t {
    /// Asks for the callback. Any thread, any signal handler; keeps `errno`.
    pub(crate) fn send(&self) {
        let mut state = 0;
        while let Err(now) =
            self.pending
                .compare_exchange_weak(state, state + PENDING + BUSY, SeqCst, SeqCst)
        {
            if now & PENDING != 0 {
                return;
            }
            state = now;
        }
        // SAFETY: the loop outlives its handles, and closing this one waits for BUSY.
        let engine = unsafe { &*self.loop_.get() }.engine();
        if engine.wake.push(self) {
            let errno = crate::sys::errno::save();
            engine.reactor().wake();
            crate::sys::errno::restore(errno);
        }
        self.pending.fetch_sub(BUSY, SeqCst);
    }

    /// Keeps new senders out, waits for those inside, and takes the handle off the
    /// lists. The loop's thread only.
    pub(crate) fn retire(&self) {
        let wake = &self.loop_().engine().wake;
        let was_pending = self.pending.fetch_or(PENDING, SeqCst) & PENDING != 0;
        let mut spins = 0u32;
        while self.pending.load(SeqCst) & !PENDING != 0 {
            spins += 1;
            if spins % 1000 == 0 {
                // The sender may be waiting for this very processor.
                std::thread::yield_now();
            } else {
                core::hint::spin_loop();
            }
        }
        if was_pending {
            wake.collect();
            self.queue.remove();
        }
    }
}

impl uv_loop_t {
    /// After a fork: whoever was sending lives on in the parent only.
    pub(crate) fn forget_sends(&self) {
        let wake = &self.engine().wake;
        wake.sent.store(null_mut(), SeqCst);
        wake.due.init();
        let head = core::ptr::from_ref(&self.handle_queue).cast_mut();
        let mut link = self.handle_queue.next.get();
        while link != head {
            // SAFETY: a handle in the list is alive: closing takes it out.
            let handle = unsafe { &*uv_handle_t::of_link(link) };
            if handle.type_.get() == UV_ASYNC {
                // SAFETY: a handle of this type is a uv_async_t.
                unsafe { &*core::ptr::from_ref(handle).cast::<uv_async_t>() }
                    .pending
                    .store(0, SeqCst);
            }
            link = handle.handle_queue.next.get();
        }
    }

    /// Calls back every handle that was sent to; says whether there was any. One
    /// that is sent to meanwhile joins this pass if it comes later in order of
    /// initialisation, and waits for the next turn otherwise.
    pub(crate) fn run_async(&self) -> bool {
        let wake = &self.engine().wake;
        wake.collect();
        if wake.due.is_empty() {
            return false;
        }
        let mut seen: Option<u32> = None;
        while let Some(handle) = next_due(wake, seen) {
            handle.queue.remove();
            seen = Some(handle.sequence.get());
            handle.pending.fetch_and(!PENDING, SeqCst);
            if let Some(callback) = handle.async_cb.get() {
                // SAFETY: the handle is alive, and nothing of it is touched after.
                unsafe { callback(core::ptr::from_ref(handle).cast_mut()) };
            }
            wake.collect();
        }
        true
    }
}

/// The first due handle that was initialised after `seen`.
fn next_due(wake: &Wake, seen: Option<u32>) -> Option<&uv_async_t> {
    let head = core::ptr::from_ref(&wake.due).cast_mut();
    let mut link = wake.due.next.get();
    while link != head {
        // SAFETY: every link in the queue belongs to a live handle.
        let handle = unsafe { &*of_link(link) };
        if seen.is_none_or(|seen| (seen.wrapping_sub(handle.sequence.get()) as i32) < 0) {
            return Some(handle);
        }
        link = handle.queue.next.get();
    }
    None
}
