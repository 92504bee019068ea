//! `uv_process_t`: child processes.

use crate::abi::{uv_loop_t, uv_pid_t, uv_process_options_t, uv_process_t};
use crate::errno::IntoC;
use crate::sys::signal;
use core::ffi::c_int;

/// Initialises the handle and starts a program.
///
/// The program is `options.file`, looked for in the `PATH` of its own environment
/// (`options.env`, or the caller's when that is null) unless the name has a slash, and
/// gets `options.args`, its own name first. It starts in `options.cwd`, with default
/// signal dispositions and no signal blocked. Of the caller's descriptors it has those
/// that `options.stdio` names, at the places where they stand there, and those that are
/// not close-on-exec; descriptors 0, 1 and 2 are `/dev/null` where nothing else was
/// asked for. A new pipe (`UV_CREATE_PIPE`) needs an initialised, unopened `uv_pipe_t`,
/// which is connected to the child when this returns.
///
/// `UV_PROCESS_DETACHED` makes the child the leader of a new session.
/// `UV_PROCESS_SETUID` and `UV_PROCESS_SETGID` run it as another user or group, without
/// supplementary groups; only with them does the caller's memory get copied (`fork(2)`),
/// so that the hooks of `pthread_atfork` run. Flags for Windows do nothing.
///
/// `options.exit_cb`, which may be null, runs when the child has ended, with its exit
/// status and the number of the signal that ended it or 0. The handle is active until
/// then. Closed earlier, its exit callback is not called; the loop still reaps the child if
/// it is run then. If other code has reaped the child, so that its status is lost, the
/// callback runs with `-ECHILD` as the exit status and 0 as the signal (libuv never calls
/// it).
///
/// Returns 0 once the program runs. Otherwise the error of what failed: `UV_ENOENT`,
/// `UV_EACCES`, `UV_ENOEXEC` (not a program), `UV_EPERM` (user or group), `UV_EINVAL`
/// (stdio), `UV_EMFILE`, `UV_EAGAIN`, `UV_ENOMEM` or another. After an error, too, the
/// handle must be closed, and pipes that were asked for are open.
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

/// Sends a signal to the child: [`uv_kill`], which cannot reach another process that
/// has got the id of a child that has ended.
///
/// Returns 0; `UV_ESRCH` when the child has ended and been reaped; `UV_EINVAL` for a
/// number that is no signal.
///
/// # Safety
/// `handle` is a handle that was given to [`uv_spawn`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_process_kill(handle: *mut uv_process_t, signum: c_int) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.kill(signum).into_c()
}

/// Gives the child's process id, also after its end.
///
/// Returns the id; 0 when the child was not started.
///
/// # Safety
/// `handle` is a handle that was given to [`uv_spawn`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_process_get_pid(handle: *const uv_process_t) -> uv_pid_t {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.pid.get()
}

/// Sends a signal to a process: `kill(2)`. With a `signum` of 0 it only asks whether
/// the process is there.
///
/// Returns 0; `UV_EINVAL` for a number that is no signal; `UV_ESRCH`; `UV_EPERM`.
///
/// # Safety
/// None is needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_kill(pid: c_int, signum: c_int) -> c_int {
    signal::kill(pid, signum).into_c()
}
