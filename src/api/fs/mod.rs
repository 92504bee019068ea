//! `uv_fs_t`: files, paths and directories.
//!
//! Every function takes a request and may take a callback. Without one it waits and
//! returns the result; with one it returns at once, and the callback runs later, from
//! the loop. Either way the request is ended with
//! [`uv_fs_req_cleanup`](request::uv_fs_req_cleanup).

pub mod dir;
pub mod file;
pub mod name;
pub mod path;
pub mod request;
