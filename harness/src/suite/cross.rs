//! The suite on an emulated aarch64: both libraries and the tests are cross-compiled, and
//! the kernel starts their programs with qemu (binfmt_misc).

use crate::reference::{self, Genuine};
use crate::toolbox::{self, Doing, Failure, Result};
use crate::{ours, run};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// The cross compiler, which also links.
pub const COMPILER: &str = "aarch64-linux-gnu-gcc";

/// Tells qemu where aarch64's loader and libc are.
pub const ENVIRONMENT: &[(&str, &str)] = &[("QEMU_LD_PREFIX", "/usr/aarch64-linux-gnu")];

const TARGET: &str = "aarch64-unknown-linux-gnu";
const LINKER_OF_CARGO: &str = "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER";

/// Returns why the suite cannot run here, if it cannot.
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

/// Builds a minimal program and runs it.
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

/// Builds libuv for aarch64.
pub fn genuine() -> Result<Genuine> {
    let options = [
        "-DCMAKE_SYSTEM_NAME=Linux".to_owned(),
        "-DCMAKE_SYSTEM_PROCESSOR=aarch64".to_owned(),
        format!("-DCMAKE_C_COMPILER={COMPILER}"),
    ];
    reference::build_for("aarch64/reference", &options)
}

/// Builds our library for aarch64; returns the directory to load it from.
pub fn ours() -> Result<PathBuf> {
    ours::build_elsewhere("aarch64", TARGET, &[(LINKER_OF_CARGO, COMPILER)])
}
