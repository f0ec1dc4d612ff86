//! `secret`: generates a signing secret.

use anyhow::{Context as _, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::exit_code::ExitCode;
use crate::report::Console;
use crate::system::System;

pub(super) fn secret(system: &System, console: &mut Console) -> Result<ExitCode> {
    console.print(&generate(system)?);
    Ok(ExitCode::Success)
}

/// `whsec_` and 32 random bytes in base64: a Standard Webhooks secret as long as the SHA-256 hash it keys,
/// <https://www.standardwebhooks.com>.
pub(super) fn generate(system: &System) -> Result<String> {
    let key: [u8; 32] = system.random().context("cannot get random bytes from the system")?;
    Ok(format!("whsec_{}", STANDARD.encode(key)))
}
