//! `finished`: a build finished.

use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;

use crate::ci::{self, BuildStatus, Context};
use crate::cli::SendFlags;
use crate::event::{Event, EventDetails};
use crate::exit_code::ExitCode;
use crate::ids::Scope;
use crate::job_result::{JobResult, Jobs};
use crate::report::printable;
use crate::session::{Artifacts, FinalEvents, HeldOutput, Sender, Sending, Session, Step};
use crate::settings::{ArtifactOptions, JobOptions, Mistake};

pub(super) fn finished(artifacts: Artifacts, session: Session, flags: SendFlags) -> Result<ExitCode> {
    artifacts.report_empty(session.console);
    let is_set = session.settings.overrides.status.is_some();
    let jobs = match JobOptions::needs(session.settings.raw()) {
        // The result is known without them.
        Err(mistake) if is_set => {
            session.console.warning(&format!("{mistake}; the jobs are left out"));
            None
        }
        jobs => jobs?,
    };
    if jobs.is_some() && session.settings.general.scope == Scope::Job {
        session.console.warning(
            "`needs` has the results of other jobs, but this event is about this job alone and has another build_slug than \
             theirs; set BUILDHOOK_SCOPE to run for all jobs",
        );
    }
    let mut sender = session.into_sender(Step::Ends, flags)?;
    let status = match &jobs {
        Some(jobs) if !is_set => jobs.status(),
        _ => status(&sender.context)?,
    };
    if let Some(jobs) = jobs.as_ref().filter(|_| status != BuildStatus::Success) {
        sender.session.console.notice(&describe(status, jobs));
    }
    let mut event = sender.event(EventDetails::Finished(status))?;
    Arc::make_mut(&mut event.source).jobs = jobs;
    // Without an endpoint there is nothing to do.
    if artifacts.patterns.is_empty() || sender.session.settings.endpoints.is_empty() {
        return sender.send(&[event]);
    }
    if status != BuildStatus::Success {
        sender.report_unsent_artifacts(status);
        return sender.send(&[event]);
    }
    send_with_artifacts(event, artifacts, sender, flags)
}

/// Sends `created` for the artifacts, then `finished`. Nothing that is wrong with the artifacts keeps it from being sent.
fn send_with_artifacts(
    finished: Event,
    artifacts: Artifacts,
    mut sender: Sender,
    flags: SendFlags,
) -> Result<ExitCode> {
    let Session { settings, console, .. } = &mut sender.session;
    let is_fatal = settings.general.fail_on_error;
    let options = match ArtifactOptions::read_for_builds(settings.raw()) {
        Ok(options) => options,
        Err(mistake) => {
            let text = format!("{mistake}; build.created will not be sent");
            if settings.tolerates_mistakes() {
                console.warning(&text)
            } else {
                console.error(&text)
            }
            let exit_code = if is_fatal { ExitCode::Misuse } else { ExitCode::Success };
            return Ok(sender.send(&[finished])?.or(exit_code));
        }
    };
    let session = &sender.session;
    let events = FinalEvents {
        settings: session.settings.clone(),
        options: Some(options),
        artifacts,
        is_fatal,
        flags,
        system: session.system.clone(),
        output: HeldOutput::default(),
        annotates: session.console.annotates,
        time: session.time.clone(),
    };
    events.output.release();
    if flags.dry_run {
        let mut created = Vec::new();
        let exit_code = events.read(sender.detected(), &mut |events| created.extend(events));
        if !created.is_empty() {
            sender.send(&created)?;
        }
        return Ok(sender.send(&[finished])?.or(exit_code));
    }
    Arc::new(events).send(Sending::new(sender)?, finished, Instant::now())
}

/// The result that the user passed or the CI reports. Fails with advice for this CI if there is none.
fn status(context: &Context) -> Result<BuildStatus, Mistake> {
    context.status.as_deref().and_then(BuildStatus::parse).ok_or_else(|| {
        let advice = ci::result_hint(context)
            .unwrap_or("pass --status success, failed, aborted or aborted-with-success");
        Mistake::NoStatus { advice: advice.to_owned() }
    })
}

/// The result, and the jobs that caused it.
fn describe(status: BuildStatus, jobs: &Jobs) -> String {
    let mut text = status.to_string();
    for result in [JobResult::Failed, JobResult::Aborted] {
        let names: Vec<String> = jobs.with(result).map(|name| printable(name).into_owned()).collect();
        if !names.is_empty() {
            text += &format!("; jobs {}: {}", result.as_str(), names.join(", "));
        }
    }
    text
}
