//! `uv_fs_t`: files, paths and directories.
//!
//! Every function that makes a request takes a `uv_fs_t` and may take a callback. Without
//! one it waits and returns the result. With one it returns at once, and the callback runs
//! later, from the loop. [`uv_fs_open`](file::uv_fs_open) says what holds for all of them.
//! Either way the request is ended with [`uv_fs_req_cleanup`](request::uv_fs_req_cleanup).
//!
//! A function is called on the thread of the loop that it is given. A request without a
//! callback uses no loop and may be made on any thread.

pub mod dir;
pub mod file;
pub mod file_status;
pub mod name;
pub mod path;
pub mod request;
