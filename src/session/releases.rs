//! Releases that were sent, as they were sent: an update keeps what it does not mention.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Sender;
use super::kept::{self, Kind};
use crate::event::ReleaseDetails;
use crate::sent_build::SentBuild;

/// The parts of a release that an update keeps.
#[derive(Serialize, Deserialize)]
struct KeptRelease {
    title: Option<String>,
    notes: Option<String>,
    labels: Vec<String>,
    builds: Vec<SentBuild>,
    created_at: Timestamp,
}

/// Completes an update with what is kept of the release.
pub(crate) fn complete(id: &str, release: &mut ReleaseDetails, sender: &mut Sender) {
    let Sender { session, state, .. } = sender;
    let json = kept::find(Kind::Release, id, &session.settings, state, session.console);
    let kept: Option<KeptRelease> = json.and_then(|json| serde_json::from_str(&json).ok());
    let Some(KeptRelease { title, notes, labels, builds, created_at }) = kept else { return };
    release.created_at = created_at;
    release.title = release.title.take().or(title);
    release.notes = release.notes.take().or(notes);
    if release.labels.is_empty() {
        release.labels = labels;
    }
    if release.builds.is_empty() {
        release.builds = builds;
    }
}

/// Keeps the release. If that fails, it is a warning.
pub(crate) fn keep(id: &str, release: &ReleaseDetails, sender: &mut Sender) {
    let Sender { session, state, .. } = sender;
    let ReleaseDetails { title, notes, labels, builds, created_at, .. } = release.clone();
    let kept = KeptRelease { title, notes, labels, builds, created_at };
    if let Err(error) = kept::keep(Kind::Release, id, &kept, &session.settings, state) {
        session.console.warning(&format!("cannot keep the release in {}: {error}", state.display()));
    }
}
