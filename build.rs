//! Refuses a compiler whose static programs would crash at their start.

use std::env;
use std::process::Command;

/// The first Rust version whose C library for static programs, musl 1.2.5, understands packed relocations.
const MIN_MINOR_VERSION: u32 = 93;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    if flags.contains("pack-relative-relocs")
        && minor_version().is_some_and(|minor| minor < MIN_MINOR_VERSION)
    {
        println!(
            "cargo::error=static programs need Rust 1.{MIN_MINOR_VERSION} or newer; see .cargo/config.toml"
        );
    }
}

/// The second number of the compiler's version. `None` if the compiler does not report it.
fn minor_version() -> Option<u32> {
    let output = Command::new(env::var_os("RUSTC")?).arg("--version").output().ok()?;
    String::from_utf8(output.stdout).ok()?.split('.').nth(1)?.parse().ok()
}
