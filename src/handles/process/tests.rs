//! What genuine libuv leaves to the program, and so no comparison can show.

use crate::abi::*;
use crate::event_loop::dispatch;
use crate::sys::child;
use core::mem::{MaybeUninit, zeroed};
use core::ptr::null_mut;

/// Starts a shell with `script` and closes the handle while it runs.
fn spawn_and_close(loop_: &uv_loop_t, script: &core::ffi::CStr) -> i32 {
    let mut args = [
        c"/bin/sh".as_ptr().cast_mut(),
        c"-c".as_ptr().cast_mut(),
        script.as_ptr().cast_mut(),
        null_mut(),
    ];
    // SAFETY: integers, pointers and absent callbacks may all be zero.
    let mut options: uv_process_options_t = unsafe { zeroed() };
    options.file = args[0];
    options.args = args.as_mut_ptr();
    let process = Box::new(MaybeUninit::<uv_process_t>::zeroed());
    // SAFETY: zeroes are a valid handle before it is initialised.
    let process = unsafe { process.assume_init() };
    // SAFETY: the options point to strings and an array that outlive the call.
    unsafe { process.spawn(loop_, &options) }.unwrap();
    let pid = process.pid.get();
    dispatch::close(&process, None);
    assert!(!loop_.run(UV_RUN_DEFAULT));
    pid
}

fn new_loop() -> Box<uv_loop_t> {
    let mut place = Box::new(MaybeUninit::<uv_loop_t>::zeroed());
    // SAFETY: the place is valid for writes and stays where it is.
    unsafe {
        uv_loop_t::init(place.as_mut_ptr()).unwrap();
        place.assume_init()
    }
}

#[test]
fn a_child_whose_handle_is_closed_leaves_no_zombie() {
    let loop_ = new_loop();
    let pid = spawn_and_close(&loop_, c"exit 3");
    // A loop with nothing else to do does not look.
    // SAFETY: zeroes are a valid handle before it is initialised.
    let idle = unsafe { Box::new(MaybeUninit::<uv_idle_t>::zeroed()).assume_init() };
    unsafe extern "C" fn nothing(_: *mut uv_idle_t) {}
    idle.init(&loop_);
    idle.start(Some(nothing)).unwrap();
    for _ in 0..1000 {
        loop_.run(UV_RUN_NOWAIT);
        if loop_.engine().orphans.is_empty() {
            assert!(child::reap(pid).is_err());
            dispatch::close(&idle, None);
            loop_.run(UV_RUN_DEFAULT);
            return loop_.close().unwrap();
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("the child was not reaped");
}

#[test]
fn a_loop_closes_while_such_a_child_runs() {
    let loop_ = new_loop();
    let pid = spawn_and_close(&loop_, c"exec sleep 60");
    loop_.close().unwrap();
    crate::sys::signal::kill(pid, libc::SIGKILL).unwrap();
    child::wait_for_exit(pid);
}
