//! Where a prefix's files go.

use crate::args::Args;
use harness::{Failure, Result};
use std::path::{Component, Path, PathBuf};

/// The directories, as the files will believe them to be.
#[derive(Clone, Debug)]
pub struct Place {
    /// Holds all others, unless they are given as absolute paths.
    pub prefix: PathBuf,
    /// Holds the libraries and the package files.
    pub libdir: PathBuf,
    /// Holds the debug file by its build id; if it is absent, the debug file lies beside the
    /// library.
    pub debug_dir: Option<PathBuf>,
    /// What to put before all of them for now.
    pub destdir: Option<PathBuf>,
}

impl Place {
    /// A prefix with the usual directories.
    pub fn at(prefix: &Path) -> Place {
        Place {
            prefix: prefix.to_owned(),
            libdir: prefix.join("lib"),
            debug_dir: None,
            destdir: None,
        }
    }

    /// Takes `--prefix`, `--libdir`, `--debug-dir` and `--destdir`, or `DESTDIR` of the
    /// environment in place of the last.
    pub fn taken_from(args: &mut Args) -> Result<Place> {
        let prefix: Option<PathBuf> = args.value("--prefix")?;
        let libdir: Option<PathBuf> = args.value("--libdir")?;
        let debug_dir: Option<PathBuf> = args.value("--debug-dir")?;
        let destdir: Option<PathBuf> = args.value("--destdir")?;
        args.finish()?;
        let prefix = prefix.ok_or_else(|| args.misunderstood("install wants --prefix DIR"))?;
        let here = std::env::current_dir()?;
        let prefix = here.join(prefix);
        let from_make = std::env::var_os("DESTDIR").filter(|dir| !dir.is_empty());
        Ok(Place {
            libdir: prefix.join(libdir.unwrap_or_else(|| "lib".into())),
            debug_dir: debug_dir.map(|dir| prefix.join(dir)),
            destdir: destdir
                .or(from_make.map(PathBuf::from))
                .map(|dir| here.join(dir)),
            prefix,
        })
    }

    /// Where a directory is now.
    pub fn now(&self, dir: &Path) -> PathBuf {
        match &self.destdir {
            Some(destdir) => destdir.join(dir.strip_prefix("/").unwrap_or(dir)),
            None => dir.to_owned(),
        }
    }

    /// Where a directory below the prefix is now.
    pub fn below(&self, name: &str) -> PathBuf {
        self.now(&self.prefix.join(name))
    }

    /// Where a directory below the one of the libraries is now.
    pub fn in_libdir(&self, name: &str) -> PathBuf {
        self.now(&self.libdir.join(name))
    }

    /// Fails if a path is not absolute, or has `.` or `..` in it.
    pub fn check(&self) -> Result {
        let plain = |dir: &Path| {
            let parts = dir.components().collect::<PathBuf>();
            let strange = |part| matches!(part, Component::ParentDir | Component::CurDir);
            dir.is_absolute() && !parts.components().any(strange)
        };
        for dir in [&self.prefix, &self.libdir]
            .into_iter()
            .chain(&self.debug_dir)
        {
            if !plain(dir) {
                let why = format!("{} is not an absolute path without ..", dir.display());
                return Err(Failure(why));
            }
        }
        Ok(())
    }
}

/// The way from one directory to another, both absolute.
pub fn way(from: &Path, to: &Path) -> String {
    let (from, to): (Vec<_>, Vec<_>) = (from.components().collect(), to.components().collect());
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = from[shared..].iter().map(|_| "..".to_owned());
    let down = to[shared..]
        .iter()
        .map(|part| part.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_up_and_down() {
        let way = |from: &str, to: &str| way(Path::new(from), Path::new(to));
        assert_eq!(way("/p/lib/cmake/libuv", "/p/include"), "../../../include");
        assert_eq!(way("/p/lib/x/cmake/libuv", "/p/lib/x"), "../..");
        assert_eq!(way("/a", "/b/c"), "../b/c");
    }

    #[test]
    fn directories_follow_the_prefix() {
        let line = "--prefix /p --libdir lib64 --debug-dir=/usr/lib/debug --destdir /d";
        let mut args = Args::new(line.split_whitespace().map(String::from));
        let place = Place::taken_from(&mut args).unwrap();
        assert_eq!(place.in_libdir("cmake"), Path::new("/d/p/lib64/cmake"));
        assert_eq!(place.below("include"), Path::new("/d/p/include"));
        assert_eq!(
            place.debug_dir.as_deref(),
            Some(Path::new("/usr/lib/debug"))
        );
        assert!(place.check().is_ok());
        assert!(Place::at(Path::new("/p/../q")).check().is_err());
    }
}
