//! Undelivered events in the log: for machines that are thrown away with their state folder.

use std::sync::Arc;

use super::Session;
use crate::delivery::{Outcome, Records};

/// The longest line, in bytes: CIs cut longer ones.
const MAX_LINE_BYTES: usize = 8 << 10;
/// The most bytes of all lines of a command: CIs cut longer logs.
const MAX_BYTES: usize = 64 << 10;

/// Writes the records of undelivered events into the log, if the user wants that, below how to resend them. Only those with a strong
/// secret are written. Returns whether any were.
pub(super) fn write(outcomes: &[Outcome], records: &Records, session: &mut Session) -> bool {
    if !session.settings.general.log_undelivered {
        return false;
    }
    let (mut lines, mut count) = (String::new(), 0);
    let (mut weak, mut too_large): (Vec<Arc<str>>, usize) = (Vec::new(), 0);
    for outcome in outcomes.iter().filter(|outcome| !outcome.is_delivered()) {
        let endpoints = &session.settings.endpoints;
        let Some(key) = endpoints
            .iter()
            .find(|endpoint| endpoint.name == *outcome.endpoint)
            .and_then(|endpoint| endpoint.log_key())
        else {
            if !weak.contains(&outcome.endpoint) {
                weak.push(Arc::clone(&outcome.endpoint));
            }
            continue;
        };
        let record = records.first_line(&outcome.delivery).ok();
        let nonce = session.system.random().ok();
        let line = record.zip(nonce).and_then(|(record, nonce)| key.seal(&record, nonce));
        let left = MAX_BYTES.saturating_sub(session.logged_bytes).min(MAX_LINE_BYTES);
        match line.filter(|line| line.len() <= left) {
            Some(line) => {
                session.logged_bytes += line.len();
                lines += &line;
                lines.push('\n');
                count += 1;
            }
            None => too_large += 1,
        }
    }
    if count > 0 {
        let (events, them) = if count == 1 { ("event was", "it") } else { ("events were", "them") };
        session.console.advice(&format!(
            "{count} {events} not delivered; save this log and resend {them} with `buildhook redeliver --from LOG`"
        ));
        session.console.write(&lines);
    }
    for name in weak {
        session.console.warning(&format!(
            "{name}: undelivered events are not written into the log: it has no secret of 24 bytes or more, so they could be read; \
             `buildhook secret` generates one"
        ));
    }
    if too_large > 0 {
        session.console.warning(&format!(
            "undelivered events that do not fit into the log: {too_large}; set BUILDHOOK_STATE_DIR to a folder that is kept"
        ));
    }
    count > 0
}
