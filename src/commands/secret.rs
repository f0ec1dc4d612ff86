//! `secret`: a fresh secret for signing.

use anyhow::{Context as _, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::exit_code::ExitCode;
use crate::report::Console;
use crate::system::System;

pub(super) fn secret(system: &System, console: &mut Console) -> Result<ExitCode> {
    console.print(&fresh(system)?);
    Ok(ExitCode::Success)
}

/// `whsec_` and 32 random bytes in base64: a key for Standard Webhooks, as long as the hash that it keys.
pub(super) fn fresh(system: &System) -> Result<String> {
    let key: [u8; 32] = system.random().context("this machine gives no randomness")?;
    Ok(format!("whsec_{}", STANDARD.encode(key)))
}
