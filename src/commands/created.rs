//! `created`: artifacts are available. Each becomes a separate build with its own event.

use anyhow::Result;

use crate::cli::SendFlags;
use crate::exit_code::ExitCode;
use crate::report::printable;
use crate::session::{Artifacts, Created, Session, Step};
use crate::settings::ArtifactOptions;

pub(super) fn created(artifacts: &Artifacts, session: Session, flags: SendFlags) -> Result<ExitCode> {
    artifacts.report_empty(session.console);
    let mut sender = session.into_sender(Step::Adds, flags)?;
    let settings = &sender.session.settings;
    let options = ArtifactOptions::read_for_builds(settings.raw())?;
    // Without an endpoint there is nothing to do.
    let is_fatal = settings.general.fail_on_error && !settings.endpoints.is_empty();
    let is_sent = sender.session.settings.endpoints.iter().any(|endpoint| endpoint.active);
    let mut sent = ExitCode::Success;
    let read = Created::read(artifacts, &options, is_fatal, &mut sender, &mut |events, sender| {
        if is_sent && !flags.dry_run && !flags.json {
            for (event, build) in events.iter().filter_map(|event| Some((event, event.sent_build()?))) {
                let name = event.subject().unwrap_or_default();
                let id = printable(build.id());
                sender.session.console.print(&format!("{}  build id {id}", printable(&name)));
            }
        }
        sent = sent.or(sender.send(&events)?);
        Ok(())
    })?;
    Ok(sent.or(read))
}
