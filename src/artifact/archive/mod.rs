//! zip and tar archives, and packages for more than one platform: jar, nupkg, tgz, whl.

pub(super) mod jar;
mod npm;
pub(super) mod nupkg;
pub(super) mod tar;
pub(super) mod tarball;
pub(super) mod wheel;
pub(super) mod zip;
