//! Android apps: apk, aab, apks and xapk.

pub(super) mod aab;
pub(super) mod apk;
pub(super) mod apks;
mod binary_xml;
pub(super) mod bundle_resources;
pub(super) mod manifest;
mod protobuf;
pub(super) mod resource_table;
mod signature;
mod string_pool;
