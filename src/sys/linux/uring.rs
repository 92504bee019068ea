//! A small io_uring: submissions one at a time, completions drained. The library has it because
//! `threadpool_cancel_fs_iouring_sync_cancel` of libuv's suite needs it.
//!
//! The libc crate has the numbers of the system calls but not the structures, which are declared
//! here as far as they are used.

use crate::errno::{Errno, Result};
use crate::sys::{call, fd};
use core::ffi::{c_int, c_void};
use core::mem::{size_of, zeroed};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicU32, Ordering};

const OFF_SQES: i64 = 0x1000_0000;
const FEAT_SINGLE_MMAP: u32 = 1;
const FEAT_NODROP: u32 = 2;
const ENTER_GETEVENTS: u32 = 1;
const SQ_CQ_OVERFLOW: u32 = 2;
const REGISTER_SYNC_CANCEL: u32 = 24;
/// `IOSQE_ASYNC`.
const SQE_ASYNC: u8 = 1 << 4;

/// The operation of a submission.
#[repr(u8)]
pub(crate) enum Op {
    /// `preadv(2)`.
    Readv = 1,
    /// `pwritev(2)`.
    Writev = 2,
}

/// How an operation waits that cannot complete at once.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    /// The kernel attempts it, and waits until the descriptor is ready.
    Poll,
    /// A thread of the kernel does it from the beginning.
    Thread,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct SqOffsets {
    head: u32,
    tail: u32,
    ring_mask: u32,
    ring_entries: u32,
    flags: u32,
    dropped: u32,
    array: u32,
    reserved: [u32; 3],
}

#[repr(C)]
#[derive(Clone, Copy)]
struct CqOffsets {
    head: u32,
    tail: u32,
    ring_mask: u32,
    ring_entries: u32,
    overflow: u32,
    cqes: u32,
    flags: u32,
    reserved: [u32; 3],
}

#[repr(C)]
struct Params {
    sq_entries: u32,
    cq_entries: u32,
    flags: u32,
    sq_thread_cpu: u32,
    sq_thread_idle: u32,
    features: u32,
    wq_fd: u32,
    reserved: [u32; 3],
    sq: SqOffsets,
    cq: CqOffsets,
}

#[repr(C)]
struct Submission {
    opcode: u8,
    flags: u8,
    ioprio: u16,
    fd: i32,
    offset: u64,
    address: u64,
    len: u32,
    rw_flags: u32,
    user_data: u64,
    rest: [u64; 3],
}

#[repr(C)]
struct Completion {
    user_data: u64,
    result: i32,
    flags: u32,
}

#[repr(C)]
#[derive(Default)]
struct SyncCancel {
    address: u64,
    fd: i32,
    flags: u32,
    timeout: [i64; 2],
    opcode: u8,
    padding: [u8; 7],
    reserved: [u64; 3],
}

/// An io_uring with its two mappings.
pub(crate) struct Ring {
    fd: c_int,
    rings: *mut u8,
    rings_len: usize,
    submissions: *mut Submission,
    submissions_len: usize,
    sq: SqOffsets,
    cq: CqOffsets,
}

fn map(fd: c_int, len: usize, offset: i64) -> Result<*mut c_void> {
    let access = libc::PROT_READ | libc::PROT_WRITE;
    let flags = libc::MAP_SHARED | libc::MAP_POPULATE;
    // SAFETY: a fresh shared mapping of a descriptor touches no memory of ours.
    let at = unsafe { libc::mmap(null_mut(), len, access, flags, fd, offset) };
    if at == libc::MAP_FAILED {
        Err(Errno::last())
    } else {
        Ok(at)
    }
}

fn unmap(at: *mut c_void, len: usize) {
    // SAFETY: the range came from `map`, and nothing refers to it any more.
    unsafe { libc::munmap(at, len) };
}

impl Ring {
    /// Opens a ring for `entries` submissions at a time. `UV_ENOSYS` if the kernel has none, or one
    /// that is too old.
    pub(crate) fn new(entries: u32) -> Result<Self> {
        // SAFETY: integers may all be zero.
        let mut params: Params = unsafe { zeroed() };
        // SAFETY: `params` has the kernel's layout.
        let fd = call!(unsafe { libc::syscall(libc::SYS_io_uring_setup, entries, &mut params) })?
            as c_int;
        let wanted = FEAT_SINGLE_MMAP | FEAT_NODROP;
        if params.features & wanted != wanted {
            let _ = fd::close(fd);
            return Err(Errno::NOSYS);
        }
        Self::map(fd, &params).inspect_err(|_| {
            let _ = fd::close(fd);
        })
    }

    fn map(fd: c_int, params: &Params) -> Result<Self> {
        let sq_len = params.sq.array as usize + params.sq_entries as usize * size_of::<u32>();
        let cq_len = params.cq.cqes as usize + params.cq_entries as usize * size_of::<Completion>();
        let rings_len = sq_len.max(cq_len);
        let submissions_len = params.sq_entries as usize * size_of::<Submission>();
        let rings = map(fd, rings_len, 0)?;
        let submissions =
            map(fd, submissions_len, OFF_SQES).inspect_err(|_| unmap(rings, rings_len))?;
        Ok(Self {
            fd,
            rings: rings.cast(),
            rings_len,
            submissions: submissions.cast(),
            submissions_len,
            sq: params.sq,
            cq: params.cq,
        })
    }

    /// Returns the descriptor, which is readable while completions wait.
    pub(crate) fn fd(&self) -> c_int {
        self.fd
    }

    fn shared(&self, offset: u32) -> &AtomicU32 {
        // SAFETY: the kernel's offsets lie within the mapping and are aligned; kernel
        // and process both access these words atomically.
        unsafe { &*self.rings.add(offset as usize).cast() }
    }

    /// Submits one operation on `count` vectors; its completion has the same `tag`. `UV_EAGAIN` if
    /// the ring is full.
    ///
    /// # Safety
    /// The vectors and their memory stay valid until the completion.
    pub(crate) unsafe fn submit(
        &self,
        op: Op,
        fd: c_int,
        vectors: &[libc::iovec],
        offset: i64,
        tag: usize,
        wait: Wait,
    ) -> Result {
        let tail = self.shared(self.sq.tail);
        let at = tail.load(Ordering::Relaxed);
        let mask = self.shared(self.sq.ring_mask).load(Ordering::Relaxed);
        if at.wrapping_sub(self.shared(self.sq.head).load(Ordering::Acquire)) > mask {
            return Err(Errno::AGAIN);
        }
        let slot = at & mask;
        // SAFETY: the slot is the process's until the tail passes it, and is within the
        // mapping, as is the index array.
        unsafe {
            let mut entry: Submission = zeroed();
            entry.opcode = op as u8;
            entry.flags = if wait == Wait::Thread { SQE_ASYNC } else { 0 };
            entry.fd = fd;
            entry.offset = offset as u64;
            entry.address = vectors.as_ptr() as u64;
            entry.len = vectors.len() as u32;
            entry.user_data = tag as u64;
            self.submissions.add(slot as usize).write(entry);
            let array = self.rings.add(self.sq.array as usize).cast::<u32>();
            array.add(slot as usize).write(slot);
        }
        tail.store(at.wrapping_add(1), Ordering::Release);
        match self.enter(1, 0) {
            Ok(1..) => Ok(()),
            failed => {
                // The kernel has not taken it. No other code submits, so the entry can be
                // withdrawn.
                tail.store(at, Ordering::Release);
                failed.and(Err(Errno::AGAIN))
            }
        }
    }

    fn enter(&self, submit: u32, flags: u32) -> Result<c_int> {
        let no_mask = null_mut::<c_void>();
        let enter = libc::SYS_io_uring_enter;
        // SAFETY: the null mask is not read.
        crate::sys::call_retry!(unsafe {
            libc::syscall(enter, self.fd, submit, 0u32, flags, no_mask, 0usize)
        })
        .map(|n| n as c_int)
    }

    /// Takes the next completion: its tag and its result, a negative errno on failure.
    pub(crate) fn next(&self) -> Option<(usize, i32)> {
        let head = self.shared(self.cq.head);
        let at = head.load(Ordering::Relaxed);
        if at == self.shared(self.cq.tail).load(Ordering::Acquire) {
            return None;
        }
        let slot = at & self.shared(self.cq.ring_mask).load(Ordering::Relaxed);
        // SAFETY: entries between head and tail are written and within the mapping.
        let done = unsafe {
            let entries = self.rings.add(self.cq.cqes as usize).cast::<Completion>();
            entries.add(slot as usize).read()
        };
        head.store(at.wrapping_add(1), Ordering::Release);
        Some((done.user_data as usize, done.result))
    }

    /// Makes the kernel write the completions that did not fit into the queue, if it has free
    /// entries now.
    pub(crate) fn flush_overflow(&self) {
        if self.shared(self.sq.flags).load(Ordering::Acquire) & SQ_CQ_OVERFLOW != 0 {
            let _ = self.enter(0, ENTER_GETEVENTS);
        }
    }

    /// Cancels the operation with the tag, which then completes with ECANCELED. Returns an error if
    /// it is too late. Does not wait for a kernel thread that has begun with it.
    pub(crate) fn cancel(&self, tag: usize) -> Result {
        let asked = SyncCancel {
            address: tag as u64,
            fd: -1,
            ..SyncCancel::default()
        };
        let register = libc::SYS_io_uring_register;
        // SAFETY: `asked` has the kernel's layout.
        call!(unsafe { libc::syscall(register, self.fd, REGISTER_SYNC_CANCEL, &asked, 1u32) })
            .map(drop)
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        unmap(self.rings.cast(), self.rings_len);
        unmap(self.submissions.cast(), self.submissions_len);
        let _ = fd::close(self.fd);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a ring; `None` if the kernel or a sandbox has no io_uring, which is not a failure of
    /// the test.
    fn ring() -> Option<Ring> {
        let ring = Ring::new(4);
        if let Err(error) = &ring {
            eprintln!("no io_uring here ({}): nothing to test", error.raw());
        }
        ring.ok()
    }

    #[test]
    fn a_read_completes_and_a_blocked_one_can_be_cancelled() {
        let Some(ring) = ring() else { return };
        let pipe = crate::sys::socket::pair(libc::SOCK_STREAM, 0, false).unwrap();
        let mut byte = [0u8];
        let vectors = [libc::iovec {
            iov_base: byte.as_mut_ptr().cast(),
            iov_len: 1,
        }];
        // SAFETY: the vectors live until both completions have been seen.
        unsafe { ring.submit(Op::Readv, pipe[0], &vectors, -1, 7, Wait::Poll) }.unwrap();
        ring.cancel(7).unwrap();
        assert_eq!(ring.next(), Some((7, -libc::ECANCELED)));
        // SAFETY: the vectors and their memory outlive the ring.
        unsafe { ring.submit(Op::Writev, pipe[1], &vectors, -1, 8, Wait::Poll) }.unwrap();
        // SAFETY: the vectors and their memory outlive the ring.
        unsafe { ring.submit(Op::Readv, pipe[0], &vectors, -1, 9, Wait::Thread) }.unwrap();
        while ring.shared(ring.cq.tail).load(Ordering::Acquire)
            - ring.shared(ring.cq.head).load(Ordering::Acquire)
            < 2
        {
            std::thread::yield_now();
        }
        assert_eq!(ring.next(), Some((8, 1)));
        assert_eq!(ring.next(), Some((9, 1)));
        assert_eq!(ring.next(), None);
        crate::sys::socket::close_pair(pipe);
    }
}
