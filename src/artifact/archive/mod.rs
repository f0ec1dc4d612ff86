//! zip and tar archives, and the packages that are one: jar, whl, nupkg, msix, tgz.

pub(super) mod package;
pub(super) mod tar;
pub(super) mod tarball;
pub(super) mod zip;
