//! C programs, one behaviour each, and the drivers that build and run them.
