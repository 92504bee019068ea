//! Streams of a loop that cannot poll any more.

use crate::abi::uv_stream_t;
use crate::errno::Errno;
use crate::event_loop::flags::{READABLE, WRITABLE};
use crate::event_loop::io::interest::Interest;
use crate::event_loop::io::watcher::Source;
use crate::handles::bufs;

impl uv_stream_t {
    /// Ends the first of these with `error`: a connect, the writes and the shutdown after them,
    /// listening, reading. Returns whether there was one.
    pub(crate) fn fail(&self, error: Errno) -> bool {
        if !self.connect_req.get().is_null() {
            self.delayed_error.set(error.raw());
            self.finish_connect();
        } else if !self.write_queue.is_empty() {
            self.cancel_writes(error);
            // The pending phase calls back, and then makes the shutdown.
            self.io_watcher.feed(self.loop_());
        } else if self.io_watcher.source() == Source::Server && self.is_active() {
            self.stop_listening();
            self.call_back(error.raw());
        } else if self.read_cb.get().is_some() {
            self.clear(READABLE | WRITABLE);
            let reader = self.read_cb.get();
            self.read_stop();
            self.deliver(reader, error.raw() as isize, &bufs::NONE);
        } else {
            return false;
        }
        true
    }

    fn stop_listening(&self) {
        self.io_watcher.unwant(self.loop_(), Interest::READABLE);
        self.base.stop();
    }
}
