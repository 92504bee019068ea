//! A temporary directory that every user can enter and that is removed when it is dropped.

use crate::interrupt;
use crate::toolbox::{Doing, Result};
use std::ffi::{CString, OsStr};
use std::io;
use std::ops::Deref;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The directory. Dropping it removes it with its contents.
pub struct TempDir(PathBuf);

impl TempDir {
    /// Creates a directory whose name begins with `prefix`.
    pub fn new(prefix: &str) -> Result<TempDir> {
        let pattern = parent().join(format!("{prefix}-XXXXXX"));
        let template = CString::new(pattern.as_os_str().as_bytes()).doing("temporary directory")?;
        let mut template = template.into_bytes_with_nul();
        // SAFETY: mkdtemp writes within the bytes, which end in a NUL.
        if unsafe { libc::mkdtemp(template.as_mut_ptr().cast()) }.is_null() {
            return Err(io::Error::last_os_error()).doing(pattern.display());
        }
        template.pop();
        let dir = TempDir(PathBuf::from(OsStr::from_bytes(&template)));
        interrupt::remember(dir.0.clone());
        let open = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&dir.0, open).doing(dir.0.display())?;
        Ok(dir)
    }
}

impl Deref for TempDir {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
        interrupt::forget(&self.0);
    }
}

/// Returns the system's temporary directory, or `/tmp` if only root can enter that one.
fn parent() -> PathBuf {
    let usual = std::env::temp_dir();
    match usual.is_absolute() && is_open(&usual) {
        true => usual,
        false => PathBuf::from("/tmp"),
    }
}

/// Returns whether every user can read a file or enter a directory.
pub fn is_open(path: &Path) -> bool {
    path.ancestors().all(|part| {
        let mode = std::fs::metadata(part).map(|meta| meta.permissions().mode());
        mode.is_ok_and(|mode| mode & 0o001 != 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_for_all_and_does_not_stay() {
        let dir = TempDir::new("uv-tempdir").unwrap();
        let path = dir.to_path_buf();
        std::fs::write(path.join("file"), "text").unwrap();
        assert!(is_open(&path));
        drop(dir);
        assert!(!path.exists());
    }
}
