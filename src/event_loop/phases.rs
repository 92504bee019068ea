//! The idle, prepare and check handles of a loop: which of them a phase calls, and in which
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

    /// Initialises the list, once the phase is at its final address.
    pub(crate) fn init(&self) {
        self.list.init();
    }

    /// Whether the phase has no handles. During a call of the phase it has those that were
    /// called already or started since.
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Adds a handle, before all others. A call of the phase that is under way does not call it.
    pub(crate) fn add(&self, handle: &H) {
        self.list.push_front(handle.link());
    }

    /// Removes a handle, which is not called any more.
    pub(crate) fn remove(&self, handle: &H) {
        handle.link().detach();
    }

    /// Calls every handle, the one that was started last first.
    #[inline]
    pub(crate) fn call(&self) {
        if !self.is_empty() {
            self.call_all();
        }
    }

    /// Each handle is back in the list when its callback runs. So the callback may stop it, and
    /// a nested `uv_run` calls it again.
    #[inline(never)]
    fn call_all(&self) {
        let round = unlinked();
        self.list.take_into(&round);
        // SAFETY: a handle in the list is active and so alive: stopping and closing remove it.
        while let Some(link) = unsafe { round.first().as_ref() } {
            link.detach();
            self.list.push_back(link);
            let handle = H::of_link(core::ptr::from_ref(link).cast_mut());
            // SAFETY: the handle is alive, and is not touched after its callback.
            unsafe {
                if let Some(callback) = (*handle).callback() {
                    callback(handle);
                }
            }
        }
    }
}
