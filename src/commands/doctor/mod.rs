//! `doctor`: what will happen here, and what prevents it.
//!
//! Each part of the report is a file: it collects the facts, and shows them.

mod build;
mod connection;
mod endpoint;
mod filters;
mod ids;
mod ping;
mod rotation;
mod signatures;
mod state;

use anyhow::Result;

use super::json::Json;
use crate::ci::{self, GitQuestions};
use crate::cli::DoctorArgs;
use crate::exit_code::ExitCode;
use crate::report::{Console, FactSheet};
use crate::session::{self, Session};
use crate::settings::{RawSettings, Settings};
use crate::state::Access;
use crate::system::System;

/// The facts for the screen and as JSON, and the problems.
struct Findings {
    sheet: FactSheet,
    json: Json,
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
            let mut findings = Findings::new(FactSheet::new(system));
            // The build does not depend on the rest of the configuration.
            let questions = GitQuestions::all(build::GIT_LIMIT);
            let detection = ci::detect(system, Settings::overrides(&flags, system), &questions);
            findings.warnings = detection.warnings;
            findings.errors.push(mistake.to_string());
            build::describe(detection.context, system, &mut findings);
            findings.json.null("ids");
            findings.json.null("state");
            findings.json.begin_array("endpoints");
            findings.json.end();
            findings.print(args.json, console);
            return Err(mistake.into());
        }
    };
    console.level = settings.general.log;
    diagnose(Session::new(settings, system, console), args)
}

fn diagnose(mut session: Session, args: DoctorArgs) -> Result<ExitCode> {
    let (system, settings) = (session.system, &mut session.settings);
    let mut findings = Findings::new(FactSheet::new(system));
    findings.warnings.append(&mut settings.warnings);
    findings.warnings.append(&mut settings.notices);
    let questions = GitQuestions::all(settings.general.deadline);
    let detection = ci::detect(system, std::mem::take(&mut settings.overrides), &questions);
    findings.warnings.extend(detection.warnings);
    let mut context = detection.context;
    let state = session.find_state(&context, Access::Existing, &mut findings.warnings);
    findings.warnings.extend(session.doubts_about_ids(&context));
    session.find_run(&mut context, &state);

    build::describe(context.clone(), system, &mut findings);
    ids::describe(&context, &session.settings, &mut findings);
    state::describe(&state, &context, &session, &mut findings);
    let mut tested = endpoint::connect(&session, &mut findings);
    if args.ping {
        ping::ping(&mut tested, &context, &session, &mut findings)?;
    }
    let are_reached = findings.errors.is_empty();
    let is_any_active = tested.iter().any(|tested| tested.endpoint.active);
    findings.json.begin_array("endpoints");
    tested.iter().for_each(|tested| tested.describe(&context, &session, &mut findings));
    let settings = &session.settings;
    settings.empty_urls.iter().for_each(|reason| endpoint::describe_empty(reason, &mut findings));
    if let (Some(origin), true) = (&settings.empty_config, settings.endpoints.is_empty()) {
        endpoint::describe_empty(&[origin, " is empty"].concat(), &mut findings);
    }
    findings.json.end();
    let missing = settings.require_endpoints();
    findings.errors.extend(missing.as_ref().err().map(ToString::to_string));

    findings.print(args.json, session.console);
    missing?;
    findings.errors.iter().for_each(|error| session.console.error(error));
    if !args.ping && !args.json && are_reached && is_any_active {
        let notice = "nothing was sent; `buildhook doctor --ping` sends a test event to each endpoint";
        session.console.notice(notice);
    }
    // A diagnosis: `fail_on_error` makes no difference.
    Ok(if are_reached { ExitCode::Success } else { ExitCode::Undelivered })
}

impl Findings {
    fn new(sheet: FactSheet) -> Self {
        Self { sheet, json: Json::object(), warnings: Vec::new(), errors: Vec::new() }
    }

    /// Prints everything but the errors, which end the command.
    fn print(&mut self, as_json: bool, console: &mut Console) {
        if as_json {
            self.json.strings("warnings", &mut self.warnings.iter().map(String::as_str));
            self.json.strings("errors", &mut self.errors.iter().map(String::as_str));
            console.print_json(&self.json.to_string());
        } else {
            console.print_with(|out| self.sheet.write(out));
            if !self.warnings.is_empty() || !self.errors.is_empty() {
                console.print("");
            }
        }
        console.warnings(&self.warnings);
    }
}
