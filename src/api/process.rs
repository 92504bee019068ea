//! `uv_process_t`: child processes.
//!
//! Functions that take a loop, a handle or a request are called on the loop's thread,
//! [`uv_kill`] excepted.

use crate::abi::{uv_loop_t, uv_pid_t, uv_process_options_t, uv_process_t};
use crate::errno::IntoC;
use crate::sys::signal;
use core::ffi::c_int;

/// Initialises the handle and starts a program in a child process.
///
/// `options->file` is the program. Without a slash in it, it is looked for in the
/// `PATH` of the child's environment. `args` has its arguments, its own name first, and
/// ends in null. `env` has the environment and ends in null; null means the caller's.
/// `cwd` is the working directory; null means the caller's. What `options` points to is
/// needed only during the call. The child starts with default signal actions and no
/// signal blocked.
///
/// `options->stdio` describes the child's descriptors from 0 on; it has `stdio_count`
/// entries and may be null if that is 0. `UV_IGNORE` gives none. `UV_CREATE_PIPE`
/// connects a new pair of sockets to `data.stream`, an initialised and unopened
/// `uv_pipe_t`; `UV_READABLE_PIPE` means that the child reads from it,
/// `UV_WRITABLE_PIPE` that it writes. `UV_INHERIT_FD` passes on `data.fd`,
/// `UV_INHERIT_STREAM` the descriptor of `data.stream`; these may become blocking, for
/// the caller, too. Where 0, 1 or 2 is not given, the child has `/dev/null`. It also
/// inherits descriptors of the caller's that are not close-on-exec.
///
/// In `options->flags`, `UV_PROCESS_DETACHED` makes the child the leader of a new
/// session, which may outlive the caller; `uv_unref` its handle so that the loop does
/// not wait for it. `UV_PROCESS_SETUID` and `UV_PROCESS_SETGID` run it as the user
/// `options->uid` or the group `options->gid`, without supplementary groups; only these
/// use fork(2) and run the hooks of pthread_atfork(3). The flags for Windows do
/// nothing.
///
/// `options->exit_cb` may be null. It runs once, on the loop's thread, in the poll
/// phase as a rule, with the handle, the exit status and the number of the signal that
/// ended the child, or 0. If other code has reaped the child, the exit status is
/// `-ECHILD`. The handle is active until the child has ended. Closing it does not end
/// the child; `exit_cb` then does not run, unless its turn has come already, and the
/// loop reaps the child if it runs.
///
/// The memory of `handle` may hold anything before the call; `handle->data` is kept. It
/// must stay where it is until the callback of `uv_close` has run. The handle must be
/// closed, after an error, too. Pipes that were to be created may be open after an
/// error.
///
/// Returns 0 once the program runs. Otherwise the error of the step that failed:
/// `UV_ENOENT` or `UV_EACCES` (the file or the directory), `UV_ENOEXEC` (not a
/// program), `UV_EPERM` (user or group), `UV_EINVAL` (a bad entry in `stdio`),
/// `UV_EBUSY` (a pipe that is open already; the program runs nevertheless),
/// `UV_EMFILE`, `UV_EAGAIN`, `UV_ENOMEM` or another.
///
/// # Safety
/// `loop_` is an initialised loop; `handle` is memory for a handle that stays where it
/// is until its close callback; what `options` points to is valid during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_spawn(
    loop_: *mut uv_loop_t,
    handle: *mut uv_process_t,
    options: *const uv_process_options_t,
) -> c_int {
    // SAFETY: the loop is initialised, every field of the handle may hold anything
    // before it is set, and the options are valid.
    unsafe { (*handle).spawn(&*loop_, &*options) }.into_c()
}

/// Sends the signal `signum` to the child of the handle.
///
/// With 0 it only asks whether the child is there. Unlike [`uv_kill`] it does not reach
/// another process that has got the number of a child that has ended. Do not call it if
/// [`uv_spawn`] has failed: the number is 0 then, which kill(2) takes for the caller's
/// own process group.
///
/// Returns 0; `UV_ESRCH` if the child has ended and was reaped; `UV_EINVAL` if `signum`
/// is no signal; `UV_EPERM` if the child runs as a user that the caller may not send
/// signals to.
///
/// # Safety
/// `handle` is a handle that was given to [`uv_spawn`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_process_kill(handle: *mut uv_process_t, signum: c_int) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.kill(signum).into_c()
}

/// Returns the process number of the child, also after its end; 0 if [`uv_spawn`] has
/// failed.
///
/// Since libuv 1.19.
///
/// # Safety
/// `handle` is a handle that was given to [`uv_spawn`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_process_get_pid(handle: *const uv_process_t) -> uv_pid_t {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.pid.get()
}

/// Sends the signal `signum` to a process, as kill(2) does.
///
/// `pid` is the number of a process; 0 means the caller's process group, -1 every
/// process that the caller may send signals to, another negative number the process
/// group `-pid`. With a `signum` of 0 it only asks whether the process is there.
///
/// Returns 0; `UV_EINVAL` if `signum` is no signal; `UV_ESRCH` if there is no such
/// process; `UV_EPERM` if the caller may not send it signals.
///
/// May be called from any thread.
///
/// # Safety
/// None is needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_kill(pid: c_int, signum: c_int) -> c_int {
    signal::kill(pid, signum).into_c()
}
