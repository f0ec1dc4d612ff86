//! What the commands that send events share: from the detected build to the outcomes of its deliveries.

pub(crate) mod artifacts;
pub(crate) mod builds;
pub(crate) mod dispatch;
pub(crate) mod files;
pub(crate) mod sending;
