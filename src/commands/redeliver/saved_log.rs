//! Records in a saved log, as `log_undelivered` writes them.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use anyhow::{Context as _, Result};

use super::not_resent::NotResent;
use crate::delivery::{DeliveryStatus, Record, Records};
use crate::report::Console;
use crate::settings::Endpoint;
use crate::state::lines_in;
use crate::system::System;

/// Largest log, in bytes.
const MAX_BYTES: u64 = 256 << 20;

/// Stores the records in a log that may be sent, by default to their own endpoints, and reads those of them that the folder has. Lines that cannot be opened are a warning.
pub(super) fn records(
    path: &Path,
    records: &Records,
    target: Option<&Endpoint>,
    endpoints: &[Endpoint],
    system: &System,
    console: &mut Console,
    not_resent: &mut NotResent,
) -> Result<Vec<Record>> {
    let log = read(path, system).with_context(|| format!("cannot read the log {}", path.display()))?;
    let lines = lines_in(&log);
    if lines.is_empty() {
        console.notice("the log has no undelivered events");
    }
    let (mut found, mut damaged, mut not_sealed) = (Vec::new(), 0, 0);
    for line in lines {
        let mut keys = endpoints.iter().flat_map(Endpoint::log_keys);
        let Some(first_line) = keys.find_map(|key| key.open(line)) else {
            damaged += 1;
            continue;
        };
        let adopted = records.adopt(&first_line, target, endpoints);
        match adopted.and_then(|id| id.map(|id| records.read(&id, endpoints)).transpose()) {
            Ok(Some(record)) => found.push(record),
            Ok(None) => not_sealed += 1,
            Err(error) => {
                console.warning(&format!("an event of the log is not resent: {error:#}"));
                not_resent.add_reported(1, true);
            }
        }
    }
    not_resent.add_reported(not_sealed + damaged, true);
    let delivered = found.iter().filter(|record| record.status == DeliveryStatus::Delivered).count();
    if delivered > 0 {
        console.notice(&format!("events of the log delivered before: {delivered}"));
    }
    if not_sealed > 0 {
        console.warning(&format!(
            "events of the log not resent: {not_sealed}; no configured endpoint has sealed them (another secret, or an \
             endpoint that is not configured)"
        ));
    }
    if damaged > 0 {
        console.warning(&format!(
            "lines of the log that no configured secret opens: {damaged}; the secret was changed (set the old one as previous_secret), \
             or the CI has hidden a part of them"
        ));
    }
    Ok(found)
}

/// A log may have bytes that are not text.
fn read(path: &Path, system: &System) -> io::Result<String> {
    let mut bytes = Vec::new();
    match path.to_str() {
        Some("-") => io::stdin().take(MAX_BYTES + 1).read_to_end(&mut bytes)?,
        _ => File::open(system.folder.join(path))?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?,
    };
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 256 MB"));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
