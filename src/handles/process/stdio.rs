//! The descriptors of a child, and the parent's ends of its new pipes.

use super::Block;
use crate::abi::*;
use crate::errno::{Errno, Result};
use crate::event_loop::flags::{READABLE, WRITABLE};
use crate::sys::spawn::Slot;
use crate::sys::{fd, socket};
use core::ffi::c_int;

/// The smallest buffers of a pair; smaller ones cost wake-ups.
const BUFFER: c_int = 64 * 1024;
const HOW: uv_stdio_flags = UV_IGNORE | UV_CREATE_PIPE | UV_INHERIT_FD | UV_INHERIT_STREAM;

/// The descriptors for a child. Dropping this closes the new ones.
pub(super) struct Stdio<'a> {
    containers: &'a [uv_stdio_container_t],
    block: Block,
    count: usize,
}

impl<'a> Stdio<'a> {
    /// Opens the descriptors that the options ask for.
    ///
    /// # Safety
    /// The containers are as many as the options say, and their streams initialised.
    pub(super) unsafe fn open(options: &'a uv_process_options_t) -> Result<Self> {
        let given = usize::try_from(options.stdio_count).unwrap_or(0);
        let containers = if given == 0 || options.stdio.is_null() {
            &[]
        } else {
            // SAFETY: the containers are as many as the options say.
            unsafe { core::slice::from_raw_parts(options.stdio, given) }
        };
        let count = containers.len().max(3);
        let stdio = Stdio {
            containers,
            block: Block::new(count * size_of::<Slot>())?,
            count,
        };
        for at in 0..count {
            // SAFETY: the block has room for `count` slots.
            unsafe { stdio.slots().add(at).write(Slot::EMPTY) };
        }
        for (at, container) in containers.iter().enumerate() {
            // SAFETY: the container's stream is initialised, and slots are as many.
            unsafe { open_one(container, &mut *stdio.slots().add(at)) }?;
        }
        Ok(stdio)
    }

    pub(super) fn slots(&self) -> *mut Slot {
        self.block.0.cast()
    }

    pub(super) fn count(&self) -> c_int {
        self.count as c_int
    }

    /// Opens the parent's streams. If one fails, the earlier ones are closed.
    pub(super) fn hand_over(self) -> Result {
        for (at, container) in self.containers.iter().enumerate() {
            if container.flags & UV_CREATE_PIPE == 0 {
                continue;
            }
            // SAFETY: slots are as many as containers.
            let slot = unsafe { &mut *self.slots().add(at) };
            let _ = fd::close(core::mem::replace(&mut slot.theirs, -1));
            // SAFETY: `open_one` made a pair, so the stream is an initialised pipe.
            let taken = unsafe { hand_over_one(container, slot.ours) };
            if taken.is_err() {
                for before in &self.containers[..at] {
                    if before.flags & UV_CREATE_PIPE != 0 {
                        // SAFETY: a container with UV_CREATE_PIPE holds an initialised pipe.
                        unsafe { &*before.data.stream }.close();
                    }
                }
                return taken;
            }
            slot.ours = -1;
        }
        Ok(())
    }
}

impl Drop for Stdio<'_> {
    fn drop(&mut self) {
        for (at, container) in self.containers.iter().enumerate() {
            if container.flags & UV_CREATE_PIPE == 0 {
                continue;
            }
            // SAFETY: slots are as many as containers.
            let slot = unsafe { *self.slots().add(at) };
            for end in [slot.ours, slot.theirs] {
                if end != -1 {
                    let _ = fd::close(end);
                }
            }
        }
    }
}

/// # Safety
/// The container's stream, if it is to have one, is initialised.
unsafe fn open_one(container: &uv_stdio_container_t, slot: &mut Slot) -> Result {
    match container.flags & HOW {
        UV_IGNORE => {}
        UV_CREATE_PIPE => {
            // SAFETY: the flags say that this is a stream.
            let stream = unsafe { container.data.stream.as_ref() };
            if stream.is_none_or(|stream| stream.type_.get() != UV_NAMED_PIPE) {
                return Err(Errno::INVAL);
            }
            let [ours, theirs] = socket::pair(libc::SOCK_STREAM, 0, false)?;
            (slot.ours, slot.theirs) = (ours, theirs);
            for option in [libc::SO_RCVBUF, libc::SO_SNDBUF] {
                enlarge([ours, theirs], option);
            }
        }
        UV_INHERIT_FD => {
            // SAFETY: the flags say that this is a descriptor.
            slot.theirs = unsafe { container.data.fd };
        }
        UV_INHERIT_STREAM => {
            // SAFETY: the flags say that this is a stream.
            slot.theirs = unsafe { container.data.stream.as_ref() }.map_or(-1, |s| s.fd());
        }
        _ => return Err(Errno::INVAL),
    }
    if container.flags & HOW != UV_IGNORE && slot.theirs == -1 {
        return Err(Errno::INVAL);
    }
    Ok(())
}

/// Both ends are new, so their buffers have the same size.
fn enlarge(pair: [c_int; 2], option: c_int) {
    let now = socket::int_option(pair[0], libc::SOL_SOCKET, option).unwrap_or(0);
    if now < BUFFER {
        for end in pair {
            // On failure the buffer stays small, which only costs speed.
            let _ = socket::set_option(end, libc::SOL_SOCKET, option, &BUFFER);
        }
    }
}

/// # Safety
/// The container's stream is an initialised pipe.
unsafe fn hand_over_one(container: &uv_stdio_container_t, ours: c_int) -> Result {
    // The flags name the child's directions.
    let mut flags = 0;
    if container.flags & UV_WRITABLE_PIPE != 0 {
        flags |= READABLE;
    }
    if container.flags & UV_READABLE_PIPE != 0 {
        flags |= WRITABLE;
    }
    fd::set_nonblocking(ours, true)?;
    // SAFETY: a container with UV_CREATE_PIPE holds an initialised pipe.
    unsafe { &*container.data.stream }.open(ours, flags)
}
