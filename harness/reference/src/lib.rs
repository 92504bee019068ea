//! Empty: this package only names the reference crate.
