//! The edge: the functions that C calls, one file per page of libuv's documentation.
//! Each turns pointers into references, calls a method and turns the result into a
//! number. Nothing inside the library calls them.

mod allocator;
mod async_;
mod check;
mod handle;
mod idle;
mod loop_;
mod metrics;
mod prepare;
mod request;
mod shutdown;
mod stream;
mod tcp;
mod timer;
