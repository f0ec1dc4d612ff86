//! Points at which tests can kill a delivery, to verify that no event is lost. They do nothing in release builds.

#[cfg(all(debug_assertions, unix))]
mod enabled;

#[cfg(all(debug_assertions, unix))]
pub(crate) use enabled::reach;

/// Does nothing in this build.
#[cfg(not(all(debug_assertions, unix)))]
pub(crate) fn reach() {}
