//! Makes the static program smaller, where the linker is the usual one; one that somebody chose may not know the
//! flags.
//!
//! - Relocations are packed, which takes 115 KB off it and a page fault off its start for each page that they no
//!   longer fill. The program relocates itself, by code of musl that knows packed relocations since musl 1.2.4; Rust
//!   brings that since 1.93, <https://blog.rust-lang.org/2026/01/22/Rust-1.93.0/>. Older ones are left alone.
//! - The tables for unwinding are left out of release builds, 360 KB: a panic aborts there.

use std::env;
use std::process::Command;

/// The first release of Rust, `1.` in front, with a musl that is new enough.
const WITH_NEW_MUSL: u32 = 93;
/// What tells the linker to leave out the tables for unwinding.
const SCRIPT: &str = "linker/no-unwind-tables.ld";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={SCRIPT}");
    let is_musl = env::var("CARGO_CFG_TARGET_ENV").is_ok_and(|name| name == "musl");
    let has_usual_linker = env::var_os("RUSTC_LINKER").is_none();
    if !(is_musl && has_usual_linker) {
        return;
    }
    if release_of_rust().is_some_and(|minor| minor >= WITH_NEW_MUSL) {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
    if let Ok(folder) = env::var("CARGO_MANIFEST_DIR")
        && env::var("PROFILE").is_ok_and(|name| name == "release")
    {
        println!("cargo::rustc-link-arg-bins=-Wl,-T,{folder}/{SCRIPT}");
    }
}

/// The second number of the compiler's version.
fn release_of_rust() -> Option<u32> {
    let output = Command::new(env::var_os("RUSTC")?).arg("--version").output().ok()?;
    String::from_utf8(output.stdout).ok()?.split('.').nth(1)?.parse().ok()
}
