//! The table of deliveries in the summary of a job: one for all commands from the build's start to its end, in place of one for
//! each command. The summary of an earlier step cannot be changed, so the table is written by the command that ends the build.

use jiff::Timestamp;

use super::kept::{self, Kind};
use super::{Sender, Session};
use crate::ci::Context;
use crate::delivery::{Outcome, Records};
use crate::ids::Scope;
use crate::report::{CiLog, Heading};

/// When a command writes a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Its deliveries are part of the table of the command that ends the build in this job, if there will be one.
    Within,
    /// It ends the build.
    AtTheEnd,
}

/// Leaves the table of this job to the command that ends the build. Where the whole run is one build, that command belongs to
/// another job.
pub(super) fn begin(sender: &Sender, time: Timestamp) {
    let Sender { session, state, ids, .. } = sender;
    let is_end_in_job = session.settings.general.scope == Scope::Job;
    if is_end_in_job && has_summary(session) && begun(sender).is_none() {
        // If it cannot be kept, each command writes its own table.
        let _ = kept::keep(Kind::Table, &ids.job_slug, &time, &session.settings, state);
    }
}

/// Writes the table, unless the command that ends the build will do so.
pub(super) fn write(outcomes: &[Outcome], place: Place, sender: &mut Sender) {
    if !has_summary(&sender.session) {
        return;
    }
    let heading = heading(&sender.context);
    let Some(since) = begun(sender) else {
        return write_own(&heading, outcomes, &mut sender.session);
    };
    if place == Place::Within {
        return;
    }
    let Sender { session, state, ids, .. } = sender;
    let recorded = Records::new(state).job_outcomes(&ids.job_slug, since, &session.settings.endpoints);
    // The outcomes of this command are newer, and some may have no record.
    let of_others =
        recorded.into_iter().filter(|known| outcomes.iter().all(|own| own.delivery != known.delivery));
    let mut all = outcomes.to_vec();
    for outcome in of_others {
        let at = all.iter().position(|later| time(later) > time(&outcome)).unwrap_or(all.len());
        all.insert(at, outcome);
    }
    write_own(&heading, &all, session);
    kept::remove(Kind::Table, &ids.job_slug, state);
}

/// Writes a table of these deliveries alone.
pub(super) fn write_own(heading: &Heading, outcomes: &[Outcome], session: &mut Session) {
    if has_summary(session) && !outcomes.is_empty() {
        CiLog::detect(session.system).summarize(heading, outcomes, session.console);
    }
}

/// When a delivery was made, as text that sorts: the first digits of its id,
/// <https://www.rfc-editor.org/rfc/rfc9562#section-5.7>.
fn time(outcome: &Outcome) -> &str {
    outcome.delivery.get(.."00000000-0000".len()).unwrap_or_default()
}

fn has_summary(session: &Session) -> bool {
    session.settings.general.summary && CiLog::detect(session.system).has_summary()
}

/// Since when the table of this job is left to the command that ends the build.
fn begun(sender: &Sender) -> Option<Timestamp> {
    let Sender { session, state, ids, .. } = sender;
    let time = kept::read(Kind::Table, &ids.job_slug, &session.settings, state)?;
    serde_json::from_str(&time).ok()
}

/// Repository, branch or tag, and the run's number; the job as GitHub names it: `build (x86, debug)`.
fn heading(context: &Context) -> Heading {
    let text = |value: &Option<crate::ci::Sourced>| value.as_deref().map(str::to_owned);
    let number = context.run.number.as_deref().map(|number| format!("#{number}"));
    let reference = text(&context.git.tag).or_else(|| text(&context.git.branch));
    let parts: Vec<String> =
        [text(&context.git.repository), reference, number].into_iter().flatten().collect();
    let mut job = text(&context.job.name);
    if let (Some(job), Some(matrix)) = (&mut job, &context.job.matrix) {
        for (number, value) in matrix.values().enumerate() {
            job.push_str(if number == 0 { " (" } else { ", " });
            job.push_str(&value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        }
        job.push_str(if matrix.is_empty() { "" } else { ")" });
    }
    Heading { text: (!parts.is_empty()).then(|| parts.join(" ")), url: text(&context.run.url), job }
}
