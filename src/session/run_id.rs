//! The run that an event belongs to, where the CI does not name one.
//!
//! Outside of CIs, the state folder has the last build of each app. In a CI without an id of the run, each command reports a
//! separate build.

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::kept::{self, Kind};
use super::{Session, locks};
use crate::ci::{self, Context, Sourced};
use crate::ids::{Ids, Scope};
use crate::state::StateFolder;

const SOURCE: &str = "the state folder";

/// The part of a command in a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// It starts a build.
    Starts,
    /// It ends a build.
    Ends,
    /// It adds artifacts to a build.
    Adds,
    /// It changes or releases artifacts of builds, which may be others.
    Promotes,
}

/// The last build of an app.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct LastBuild {
    /// A random id, in place of that of a run.
    run: String,
    /// Counts the builds of the app in this state folder, from 1.
    number: u64,
}

/// Sets the run of the context if nothing else has. `is_kept` is whether a build that starts is kept.
pub(super) fn complete(
    context: &mut Context,
    step: Step,
    session: &mut Session,
    state: &StateFolder,
    is_kept: bool,
) -> Result<()> {
    let doubts = doubts(context, session);
    session.console.warnings(&doubts);
    if context.identity.run.is_some() {
        return Ok(());
    }
    let given = session.given_run();
    if context.provider.is_some() {
        let run = given.map_or_else(|| random(session), Ok)?;
        context.identity.run = Some(Sourced::new(run, SOURCE));
        return Ok(());
    }
    let app = Ids::new(context, Scope::Run, &session.settings.ids).app_slug;
    let _lock = if is_kept { locks::wait(Kind::Last, &app, state) } else { None };
    let last = find(&app, session, state);
    let is_current = |last: &LastBuild| match &given {
        Some(run) => *run == last.run,
        None => step != Step::Starts,
    };
    let build = match last.clone().filter(is_current) {
        Some(build) => build,
        None => {
            let number = last.map_or(1, |last| last.number.saturating_add(1));
            let build = LastBuild { run: given.clone().map_or_else(|| random(session), Ok)?, number };
            if step == Step::Promotes {
                // It does not begin a build.
                context.identity.run = Some(Sourced::new(build.run, SOURCE));
                return Ok(());
            }
            let is_chosen = given.is_some() || session.settings.ids.build_slug.is_some();
            // Without a folder for it, there was a warning already.
            if step != Step::Starts && !is_chosen && state.path().is_some() {
                session.console.warning(&format!(
                    "{} has no build of this app that was started before; this event begins one",
                    state.display()
                ));
            }
            if is_kept {
                keep(&app, &build, session, state);
            }
            build
        }
    };
    context.identity.run = Some(Sourced::new(build.run, SOURCE));
    context.run.number.get_or_insert_with(|| Sourced::new(build.number.to_string(), SOURCE));
    Ok(())
}

/// Sets the run of the context if it is known and no command has to begin it.
pub(super) fn find_current(context: &mut Context, session: &mut Session, state: &StateFolder) {
    if context.identity.run.is_some() {
        return;
    }
    let app = Ids::new(context, Scope::Run, &session.settings.ids).app_slug;
    let given = session.given_run();
    let last = if context.provider.is_none() { find(&app, session, state) } else { None };
    let is_last = |last: &LastBuild| given.as_ref().is_none_or(|run| *run == last.run);
    if let Some(last) = last.filter(is_last) {
        context.run.number.get_or_insert_with(|| Sourced::new(last.number.to_string(), SOURCE));
        context.identity.run = Some(Sourced::new(last.run, SOURCE));
    } else {
        context.identity.run = given.map(|run| Sourced::new(run, SOURCE));
    }
}

/// A sentence for each id of app or build that will not be that of other steps, or will be that of others.
pub(super) fn doubts(context: &Context, session: &Session) -> Vec<String> {
    let ids = &session.settings.ids;
    let is_named =
        context.identity.project.is_some() || ids.app_slug.is_some() || ids.application_id.is_some();
    let is_chosen = session.given_run().is_some() || ids.build_slug.is_some();
    let mut doubts = Vec::new();
    if context.provider.is_some() && !is_named {
        doubts.push(
            "the CI does not name this project, so others have the same app ids; set BUILDHOOK_REPOSITORY to its full name"
                .to_owned(),
        );
    }
    if context.identity.run.is_some() || is_chosen {
        return doubts;
    }
    if context.provider.is_some() {
        doubts.push(
            "the CI does not name this run, so each command reports a separate build; set BUILDHOOK_RUN_ID to an id of the run"
                .to_owned(),
        );
    } else if let Some(marker) = ci::generic_marker(&session.system.environment) {
        doubts.push(format!(
            "unknown CI ({marker} is set): commands report the same build only if they share a state folder, and no other job \
             does; set BUILDHOOK_RUN_ID to an id of the run"
        ));
    }
    doubts
}

fn keep(app: &str, build: &LastBuild, session: &mut Session, state: &StateFolder) {
    if let Err(error) = kept::keep(Kind::Last, app, build, &session.settings, state) {
        session.console.warning(&format!(
            "cannot keep the build in {}: {error}; later commands will report other builds",
            state.display()
        ));
    }
}

fn find(app: &str, session: &mut Session, state: &StateFolder) -> Option<LastBuild> {
    let json = kept::find(Kind::Last, app, &session.settings, state, session.console)?;
    serde_json::from_str(&json).ok()
}

/// A random id of a run.
fn random(session: &Session) -> Result<String> {
    Ok(session.system.new_id(session.system.now())?.to_string())
}
