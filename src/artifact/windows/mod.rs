//! Windows installers and programs: msi, PE.

pub(super) mod compound_file;
pub(super) mod msi;
pub(super) mod pe;
