//! Android apps: apk and aab.

pub(super) mod aab;
pub(super) mod apk;
mod binary_xml;
pub(super) mod bundle_resources;
pub(super) mod manifest;
mod protobuf;
pub(super) mod resource_table;
mod signature;
mod string_pool;
