//! What C sees: the types, constants and callbacks of libuv's public header.
//!
//! The names and layouts are C's, so that a program compiled against libuv's own
//! `uv.h` finds every public field where it expects it. There is no behaviour here.
//! Fields that C writes, or that change after initialisation, are cells: nothing in
//! the library ever holds `&mut` to a structure that a C program owns.
#![allow(non_camel_case_types)]

/// Lets a composed structure be used as the one it extends, as a C cast would.
macro_rules! extends {
    ($($derived:ty => $base:ty;)*) => {$(
        impl core::ops::Deref for $derived {
            type Target = $base;
            fn deref(&self) -> &$base {
                &self.base
            }
        }
    )*};
}

mod asserts;
pub mod callbacks;
pub mod consts;
pub mod fs;
pub mod handle;
pub mod io;
pub mod loop_;
pub mod misc;
pub mod pipe;
pub mod process;
pub mod request;
pub mod stream;
pub mod thread;
pub mod timer;
pub mod udp;
pub mod watchers;

pub use callbacks::*;
pub use consts::*;
pub use fs::*;
pub use handle::*;
pub use io::*;
pub use loop_::*;
pub use misc::*;
pub use pipe::*;
pub use process::*;
pub use request::*;
pub use stream::*;
pub use thread::*;
pub use timer::*;
pub use udp::*;
pub use watchers::*;
