//! Apple's apps, installers and programs: ipa, pkg, Mach-O.

pub(super) mod ipa;
pub(super) mod macho;
pub(super) mod pkg;
pub(super) mod plist;
