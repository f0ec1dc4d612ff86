//! `doctor`: what will happen here, and what prevents it.
//!
//! Each part of the report is a file: it collects the facts, and shows them.

mod build;
mod connection;
mod endpoint;
mod ids;
mod ping;
mod rotation;
mod signatures;
mod state;

use anyhow::Result;
use serde::Serialize;

use crate::ci::{self, GitQuestions};
use crate::cli::DoctorArgs;
use crate::exit_code::ExitCode;
use crate::report::{Console, FactSheet};
use crate::session::{self, Session};
use crate::settings::{RawSettings, Settings};
use crate::state::Access;
use crate::system::System;
use build::Build;
use endpoint::{EndpointReport, check_endpoints};
use ids::IdReport;
use state::StateReport;

/// Everything that was found. Serialized, it is what `--json` prints.
#[derive(Serialize)]
struct Report {
    ci: Build,
    /// Like what follows, `None` if the configuration has a mistake.
    ids: Option<IdReport>,
    state: Option<StateReport>,
    endpoints: Vec<EndpointReport>,
    /// Problems that stop nothing.
    warnings: Vec<String>,
    /// Problems to be solved.
    errors: Vec<String>,
}

pub(super) fn doctor(
    flags: RawSettings,
    args: DoctorArgs,
    system: &System,
    console: &mut Console,
) -> Result<ExitCode> {
    let settings = match session::load_quietly(flags.clone(), system) {
        Ok(settings) => settings,
        Err(mistake) => {
            // The build does not depend on the rest of the configuration.
            let questions = GitQuestions::all(build::GIT_LIMIT);
            let detection = ci::detect(system, Settings::overrides(&flags, system), &questions);
            let report = Report {
                ci: Build::new(detection.context, system),
                ids: None,
                state: None,
                endpoints: Vec::new(),
                warnings: detection.warnings,
                errors: vec![mistake.to_string()],
            };
            report.show(args.json, system, console)?;
            return Err(mistake.into());
        }
    };
    console.level = settings.general.log;
    diagnose(Session::new(settings, system, console), args)
}

fn diagnose(mut session: Session, args: DoctorArgs) -> Result<ExitCode> {
    let (system, settings) = (session.system, &mut session.settings);
    let mut warnings = std::mem::take(&mut settings.warnings);
    warnings.extend(std::mem::take(&mut settings.notices));
    let questions = GitQuestions::all(settings.general.deadline);
    let detection = ci::detect(system, std::mem::take(&mut settings.overrides), &questions);
    warnings.extend(detection.warnings);
    let mut context = detection.context;
    let state = session.find_state(&context, Access::Existing, &mut warnings);
    warnings.extend(session.doubts_about_ids(&context));
    session.find_run(&mut context, &state);

    let ids = IdReport::new(&context, &session.settings);
    let state = StateReport::new(&state, &context, &session, &mut warnings);
    let (mut endpoints, mut errors) = check_endpoints(&context, &session, &mut warnings);
    if args.ping {
        errors.extend(ping::ping(&mut endpoints, &context, &session, &mut warnings)?);
    }
    let are_reached = errors.is_empty();
    let missing = session.settings.require_endpoints();
    errors.extend(missing.as_ref().err().map(ToString::to_string));

    let report = Report {
        ci: Build::new(context, system),
        ids: Some(ids),
        state: Some(state),
        endpoints,
        warnings,
        errors,
    };
    let Session { settings, console, .. } = session;
    report.show(args.json, system, console)?;
    missing?;
    let is_fatal = settings.general.fail_on_error;
    for error in &report.errors {
        if is_fatal { console.error(error) } else { console.warning(error) }
    }
    let is_any_active = report.endpoints.iter().any(|endpoint| endpoint.active);
    if !args.ping && !args.json && are_reached && is_any_active {
        console.notice("nothing was sent; `buildhook doctor --ping` sends a test event to each endpoint");
    }
    Ok(if are_reached || !is_fatal { ExitCode::Success } else { ExitCode::Undelivered })
}

impl Report {
    /// Prints everything but the errors, which end the command.
    fn show(&self, json: bool, system: &System, console: &mut Console) -> Result<()> {
        if json {
            console.print_json(&serde_json::to_string_pretty(self)?);
        } else {
            let mut sheet = FactSheet::new(system);
            self.ci.show(&mut sheet);
            if let Some(ids) = &self.ids {
                ids.show(&mut sheet);
            }
            if let Some(state) = &self.state {
                state.show(&mut sheet);
            }
            for endpoint in &self.endpoints {
                endpoint.show(&mut sheet);
            }
            console.print_with(|out| sheet.write(out));
            if !self.warnings.is_empty() || !self.errors.is_empty() {
                console.print("");
            }
        }
        console.warnings(&self.warnings);
        Ok(())
    }
}
