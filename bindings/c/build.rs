//! Gives the shared library its soname, so that a program finds the version of the interface that it was compiled for,
//! and keeps the library loaded.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let file = "src/version.rs";
    println!("cargo::rerun-if-changed={file}");
    let source = std::fs::read_to_string(file)?;
    let version = source.lines().find_map(|line| line.strip_prefix("pub const VODKIT_ABI_VERSION: u32 = "));
    let version = version.and_then(|rest| rest.strip_suffix(';')).ok_or("no VODKIT_ABI_VERSION was found")?;
    if std::env::var("CARGO_CFG_TARGET_OS")? == "linux" {
        // Cargo's own name for the file is libvodkit_capi.so, as the Rust library is called vodkit already;
        // scripts/install.sh gives it the name that programs look for, which is this one.
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libvodkit.so.{version}");
        // FFmpeg's log, and the threads of a job that was freed in its own callback, may return after a dlclose.
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
    Ok(())
}
