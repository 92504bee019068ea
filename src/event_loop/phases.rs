//! The idle, prepare and check handles of a loop: which are called in a phase, in which
//! order, while callbacks start, stop and close them. All as in libuv.

use super::queue::unlinked;
use crate::abi::uv__queue;
use core::marker::PhantomData;

/// A handle's callback.
pub(crate) type Callback<H> = unsafe extern "C" fn(*mut H);

/// A handle that a phase calls.
pub(crate) trait Member: Sized {
    /// Its link in the phase's list.
    fn link(&self) -> &uv__queue;
    /// The handle that has this link.
    fn of_link(link: *mut uv__queue) -> *mut Self;
    /// The callback it was started with.
    fn callback(&self) -> Option<Callback<Self>>;
}

/// The started handles of one kind.
pub(crate) struct Phase<H> {
    list: uv__queue,
    members: PhantomData<*const H>,
}

impl<H: Member> Phase<H> {
    pub(crate) const fn new() -> Self {
        Self {
            list: unlinked(),
            members: PhantomData,
        }
    }

    /// Ties the list's ends together, once the phase is where it stays.
    pub(crate) fn init(&self) {
        self.list.init();
    }

    /// Whether no handle is waiting for the next walk. Inside a walk those do that were
    /// called already or started meanwhile.
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Has a handle called from the next walk on, before all others.
    pub(crate) fn add(&self, handle: &H) {
        self.list.push_front(handle.link());
    }

    /// Has a handle called no more, in a walk that is going on neither.
    pub(crate) fn remove(&self, handle: &H) {
        handle.link().detach();
    }

    /// Calls every handle, the one started last first. Those that a callback starts have
    /// to wait for the next walk.
    #[inline]
    pub(crate) fn call(&self) {
        if !self.is_empty() {
            self.call_all();
        }
    }

    /// Each handle is back in the list when its callback runs. So a callback may stop it,
    /// and an inner walk, of a callback that runs the loop, calls it again.
    #[inline(never)]
    fn call_all(&self) {
        let round = unlinked();
        self.list.take_into(&round);
        // SAFETY: a member of the list is a started handle, which is alive: stopping takes
        // it out. Nothing of it is used after the callback.
        while let Some(link) = unsafe { round.first().as_ref() } {
            link.detach();
            self.list.push_back(link);
            let handle = H::of_link(core::ptr::from_ref(link).cast_mut());
            // SAFETY: as above.
            unsafe {
                if let Some(callback) = (*handle).callback() {
                    callback(handle);
                }
            }
        }
    }
}
