//! The suite for a processor that this machine does not have: both libraries and the
//! tests are built for it, and the kernel hands its programs to an emulator.

use crate::reference::{self, Genuine};
use crate::toolbox::{self, Doing, Failure, Result};
use crate::{ours, run};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// The compiler, and its linker.
pub const COMPILER: &str = "aarch64-linux-gnu-gcc";

/// Tells the emulator where that processor's loader and libc are.
pub const ENVIRONMENT: &[(&str, &str)] = &[("QEMU_LD_PREFIX", "/usr/aarch64-linux-gnu")];

const TARGET: &str = "aarch64-unknown-linux-gnu";
const LINKER_OF_CARGO: &str = "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER";

/// Why the suite cannot be run for it here, if so.
pub fn obstacle() -> Option<String> {
    let packages = "apt-get install gcc-aarch64-linux-gnu qemu-user-binfmt";
    if cfg!(target_arch = "aarch64") {
        return Some("this is an aarch64, which the suite is run on anyway".into());
    }
    if !toolbox::have(COMPILER) {
        return Some(format!("there is no {COMPILER}: {packages}"));
    }
    if let Err(why) = run_something() {
        return Some(format!(
            "no program for aarch64 runs here ({why}): {packages}"
        ));
    }
    let installed = toolbox::output(Command::new("rustc").args(["--print", "sysroot"]));
    let libraries = PathBuf::from(installed.unwrap_or_default().trim()).join("lib/rustlib");
    let missing = !libraries.join(TARGET).is_dir();
    missing.then(|| format!("Rust is not set up for it: rustup target add {TARGET}"))
}

/// Builds a program that ends at once, and runs it.
fn run_something() -> Result {
    let dir = toolbox::fresh_dir(&toolbox::target().join("aarch64/probe"))?;
    let (source, program) = (dir.join("probe.c"), dir.join("probe"));
    std::fs::write(&source, "int main(void) { return 0; }\n").doing(source.display())?;
    let mut compiler = Command::new(COMPILER);
    toolbox::output(compiler.arg(&source).arg("-o").arg(&program))?;
    let mut probe = Command::new(&program);
    probe.envs(ENVIRONMENT.iter().copied());
    let ran = run::command(&mut probe, Duration::from_secs(30))?;
    match ran.success() {
        true => Ok(()),
        false => Err(Failure(ran.ending())),
    }
}

/// libuv, built for it.
pub fn genuine() -> Result<Genuine> {
    let options = [
        "-DCMAKE_SYSTEM_NAME=Linux".to_owned(),
        "-DCMAKE_SYSTEM_PROCESSOR=aarch64".to_owned(),
        format!("-DCMAKE_C_COMPILER={COMPILER}"),
    ];
    reference::build_for("aarch64/reference", &options)
}

/// Our library, built for it; returns the directory to load it from.
pub fn ours() -> Result<PathBuf> {
    ours::build_elsewhere("aarch64", TARGET, &[(LINKER_OF_CARGO, COMPILER)])
}
