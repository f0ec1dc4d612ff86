//! Apple's apps, installers and programs: ipa, pkg, Mach-O.

mod bundle;
mod installer;
pub(super) mod ipa;
pub(super) mod macho;
pub(super) mod pkg;
pub(super) mod plist;
mod xar;
pub(super) mod zipped_app;

/// Architectures as they are named on macOS, where 64-bit ARM is Apple Silicon, and together with x86-64 Apple Universal.
pub(super) fn macos_architectures(mut architectures: Vec<&'static str>) -> Vec<&'static str> {
    architectures.iter_mut().filter(|name| **name == "arm64v8").for_each(|name| *name = "apple");
    if architectures.contains(&"apple") && architectures.contains(&"x64") {
        vec!["u2b"]
    } else {
        architectures
    }
}
