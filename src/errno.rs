//! Errors: libuv's negative numbers, their names and messages.
//!
//! Errors of the system are its own numbers negated; the others are libuv's. The one
//! table below gives the constants, `uv_err_name`, `uv_strerror` and the header.

use core::ffi::{CStr, c_int};
use core::num::NonZero;

/// An error as C sees it: a negative number.
///
/// Constants instead of an enum, since the system may answer with any number. It is never
/// 0, so that a [`Result`] without a value is the very number that C gets.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Errno(NonZero<c_int>);

/// Result of an operation that fails with an [`Errno`].
pub type Result<T = ()> = core::result::Result<T, Errno>;

/// One row of the table of errors.
pub struct Entry {
    /// The error.
    pub errno: Errno,
    /// Its name without the prefix, such as `EINVAL`.
    pub name: &'static CStr,
    /// Its message.
    pub message: &'static CStr,
}

/// A literal as a C string, without its first `skip` bytes.
const fn c_str(literal: &'static str, skip: usize) -> &'static CStr {
    let (_, rest) = literal.as_bytes().split_at(skip);
    match CStr::from_bytes_with_nul(rest) {
        Ok(text) => text,
        Err(_) => panic!("a message must not hold a zero byte"),
    }
}

macro_rules! errors {
    ($($name:ident $c_name:ident $value:expr, $message:literal;)*) => {
        impl Errno {
            $(
                #[doc = concat!("`", stringify!($c_name), "`: ", $message)]
                pub const $name: Errno = Errno(NonZero::new(-$value).unwrap());
            )*
        }

        /// Every error that has a name, in the order of the header.
        pub static TABLE: &[Entry] = &[$(
            Entry {
                errno: Errno::$name,
                name: c_str(concat!(stringify!($c_name), "\0"), "UV_".len()),
                message: c_str(concat!($message, "\0"), 0),
            },
        )*];
    };
}

errors! {
    TOOBIG UV_E2BIG libc::E2BIG, "argument list too long";
    ACCES UV_EACCES libc::EACCES, "permission denied";
    ADDRINUSE UV_EADDRINUSE libc::EADDRINUSE, "address already in use";
    ADDRNOTAVAIL UV_EADDRNOTAVAIL libc::EADDRNOTAVAIL, "address not available";
    AFNOSUPPORT UV_EAFNOSUPPORT libc::EAFNOSUPPORT, "address family not supported";
    AGAIN UV_EAGAIN libc::EAGAIN, "resource temporarily unavailable";
    EAI_ADDRFAMILY UV_EAI_ADDRFAMILY 3000, "address family not supported";
    EAI_AGAIN UV_EAI_AGAIN 3001, "temporary failure";
    EAI_BADFLAGS UV_EAI_BADFLAGS 3002, "bad ai_flags value";
    EAI_BADHINTS UV_EAI_BADHINTS 3013, "invalid value for hints";
    EAI_CANCELED UV_EAI_CANCELED 3003, "request canceled";
    EAI_FAIL UV_EAI_FAIL 3004, "permanent failure";
    EAI_FAMILY UV_EAI_FAMILY 3005, "ai_family not supported";
    EAI_MEMORY UV_EAI_MEMORY 3006, "out of memory";
    EAI_NODATA UV_EAI_NODATA 3007, "no address";
    EAI_NONAME UV_EAI_NONAME 3008, "unknown node or service";
    EAI_OVERFLOW UV_EAI_OVERFLOW 3009, "argument buffer overflow";
    EAI_PROTOCOL UV_EAI_PROTOCOL 3014, "resolved protocol is unknown";
    EAI_SERVICE UV_EAI_SERVICE 3010, "service not available for socket type";
    EAI_SOCKTYPE UV_EAI_SOCKTYPE 3011, "socket type not supported";
    ALREADY UV_EALREADY libc::EALREADY, "connection already in progress";
    BADF UV_EBADF libc::EBADF, "bad file descriptor";
    BUSY UV_EBUSY libc::EBUSY, "resource busy or locked";
    CANCELED UV_ECANCELED libc::ECANCELED, "operation canceled";
    CHARSET UV_ECHARSET 4080, "invalid Unicode character";
    CONNABORTED UV_ECONNABORTED libc::ECONNABORTED, "software caused connection abort";
    CONNREFUSED UV_ECONNREFUSED libc::ECONNREFUSED, "connection refused";
    CONNRESET UV_ECONNRESET libc::ECONNRESET, "connection reset by peer";
    DESTADDRREQ UV_EDESTADDRREQ libc::EDESTADDRREQ, "destination address required";
    EXIST UV_EEXIST libc::EEXIST, "file already exists";
    FAULT UV_EFAULT libc::EFAULT, "bad address in system call argument";
    FBIG UV_EFBIG libc::EFBIG, "file too large";
    HOSTUNREACH UV_EHOSTUNREACH libc::EHOSTUNREACH, "host is unreachable";
    INTR UV_EINTR libc::EINTR, "interrupted system call";
    INVAL UV_EINVAL libc::EINVAL, "invalid argument";
    IO UV_EIO libc::EIO, "i/o error";
    ISCONN UV_EISCONN libc::EISCONN, "socket is already connected";
    ISDIR UV_EISDIR libc::EISDIR, "illegal operation on a directory";
    LOOP UV_ELOOP libc::ELOOP, "too many symbolic links encountered";
    MFILE UV_EMFILE libc::EMFILE, "too many open files";
    MSGSIZE UV_EMSGSIZE libc::EMSGSIZE, "message too long";
    NAMETOOLONG UV_ENAMETOOLONG libc::ENAMETOOLONG, "name too long";
    NETDOWN UV_ENETDOWN libc::ENETDOWN, "network is down";
    NETUNREACH UV_ENETUNREACH libc::ENETUNREACH, "network is unreachable";
    NFILE UV_ENFILE libc::ENFILE, "file table overflow";
    NOBUFS UV_ENOBUFS libc::ENOBUFS, "no buffer space available";
    NODEV UV_ENODEV libc::ENODEV, "no such device";
    NOENT UV_ENOENT libc::ENOENT, "no such file or directory";
    NOMEM UV_ENOMEM libc::ENOMEM, "not enough memory";
    NONET UV_ENONET libc::ENONET, "machine is not on the network";
    NOPROTOOPT UV_ENOPROTOOPT libc::ENOPROTOOPT, "protocol not available";
    NOSPC UV_ENOSPC libc::ENOSPC, "no space left on device";
    NOSYS UV_ENOSYS libc::ENOSYS, "function not implemented";
    NOTCONN UV_ENOTCONN libc::ENOTCONN, "socket is not connected";
    NOTDIR UV_ENOTDIR libc::ENOTDIR, "not a directory";
    NOTEMPTY UV_ENOTEMPTY libc::ENOTEMPTY, "directory not empty";
    NOTSOCK UV_ENOTSOCK libc::ENOTSOCK, "socket operation on non-socket";
    NOTSUP UV_ENOTSUP libc::ENOTSUP, "operation not supported on socket";
    OVERFLOW UV_EOVERFLOW libc::EOVERFLOW, "value too large for defined data type";
    PERM UV_EPERM libc::EPERM, "operation not permitted";
    PIPE UV_EPIPE libc::EPIPE, "broken pipe";
    PROTO UV_EPROTO libc::EPROTO, "protocol error";
    PROTONOSUPPORT UV_EPROTONOSUPPORT libc::EPROTONOSUPPORT, "protocol not supported";
    PROTOTYPE UV_EPROTOTYPE libc::EPROTOTYPE, "protocol wrong type for socket";
    RANGE UV_ERANGE libc::ERANGE, "result too large";
    ROFS UV_EROFS libc::EROFS, "read-only file system";
    SHUTDOWN UV_ESHUTDOWN libc::ESHUTDOWN, "cannot send after transport endpoint shutdown";
    SPIPE UV_ESPIPE libc::ESPIPE, "invalid seek";
    SRCH UV_ESRCH libc::ESRCH, "no such process";
    TIMEDOUT UV_ETIMEDOUT libc::ETIMEDOUT, "connection timed out";
    TXTBSY UV_ETXTBSY libc::ETXTBSY, "text file is busy";
    XDEV UV_EXDEV libc::EXDEV, "cross-device link not permitted";
    UNKNOWN UV_UNKNOWN 4094, "unknown error";
    EOF UV_EOF 4095, "end of file";
    NXIO UV_ENXIO libc::ENXIO, "no such device or address";
    MLINK UV_EMLINK libc::EMLINK, "too many links";
    HOSTDOWN UV_EHOSTDOWN libc::EHOSTDOWN, "host is down";
    REMOTEIO UV_EREMOTEIO libc::EREMOTEIO, "remote I/O error";
    NOTTY UV_ENOTTY libc::ENOTTY, "inappropriate ioctl for device";
    FTYPE UV_EFTYPE 4028, "inappropriate file type or format";
    ILSEQ UV_EILSEQ libc::EILSEQ, "illegal byte sequence";
    SOCKTNOSUPPORT UV_ESOCKTNOSUPPORT libc::ESOCKTNOSUPPORT, "socket type not supported";
    NODATA UV_ENODATA libc::ENODATA, "no data available";
    UNATCH UV_EUNATCH libc::EUNATCH, "protocol driver not attached";
    NOEXEC UV_ENOEXEC libc::ENOEXEC, "exec format error";
}

/// One more than the place in [`TABLE`] of each error, by its positive number; 0 where
/// there is none.
static PLACES: [u8; 4096] = {
    let mut places = [0; 4096];
    let mut index = 0;
    while index < TABLE.len() {
        index += 1;
        places[-TABLE[index - 1].errno.raw() as usize] = index as u8;
    }
    places
};

impl Errno {
    /// The error for a positive number of the system.
    #[inline]
    pub const fn from_raw(errno: c_int) -> Errno {
        match NonZero::new(errno.wrapping_neg()) {
            Some(number) => Errno(number),
            // A failure without a number.
            None => Errno::UNKNOWN,
        }
    }

    /// The negative number that C sees.
    #[inline]
    pub const fn raw(self) -> c_int {
        self.0.get()
    }

    /// The row of an error that has a name, by the number that C sees.
    pub fn entry(err: c_int) -> Option<&'static Entry> {
        // What is no error is a huge number here.
        let place = *PLACES.get(err.wrapping_neg() as usize)?;
        TABLE.get(usize::from(place).checked_sub(1)?)
    }
}

/// The way from a [`Result`] to the number that C sees.
pub trait IntoC {
    /// The value, 0 for none, or the negative error.
    fn into_c(self) -> c_int;
}

impl IntoC for Result<()> {
    #[inline]
    fn into_c(self) -> c_int {
        self.map_or_else(Errno::raw, |()| 0)
    }
}

impl IntoC for Result<c_int> {
    #[inline]
    fn into_c(self) -> c_int {
        self.unwrap_or_else(Errno::raw)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_messages_are_looked_up_by_number() {
        let entry = Errno::entry(-libc::EINVAL).unwrap();
        assert_eq!(entry.name, c"EINVAL");
        assert_eq!(entry.message, c"invalid argument");
        assert_eq!(Errno::EOF.raw(), -4095);
        assert_eq!(Errno::entry(-4095).unwrap().name, c"EOF");
        for entry in TABLE {
            assert_eq!(Errno::entry(entry.errno.raw()).unwrap().errno, entry.errno);
        }
        for nameless in [
            -12345,
            -4096,
            -4093,
            0,
            1,
            libc::EINVAL,
            c_int::MIN,
            c_int::MAX,
        ] {
            assert!(Errno::entry(nameless).is_none());
        }
    }

    #[test]
    fn no_number_appears_twice() {
        for (i, entry) in TABLE.iter().enumerate() {
            assert!(TABLE[..i].iter().all(|other| other.errno != entry.errno));
        }
    }

    #[test]
    fn results_become_numbers() {
        assert_eq!(Ok(()).into_c(), 0);
        assert_eq!(Ok(7).into_c(), 7);
        assert_eq!(Result::<()>::Err(Errno::BADF).into_c(), -libc::EBADF);
        assert_eq!(size_of::<Result>(), size_of::<c_int>());
        assert_eq!(Errno::from_raw(0), Errno::UNKNOWN);
    }
}
