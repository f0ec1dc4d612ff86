//! `context`: what was detected about the pipeline, and where each value came from.

use anyhow::Result;

use crate::ci::{self, GitQuestions};
use crate::exit_code::ExitCode;
use crate::report::{Table, wrapped_message};
use crate::session::Session;
use crate::settings::variable;

pub(super) fn context(session: Session, json: bool) -> Result<ExitCode> {
    let Session { settings, system, console, .. } = session;
    let mut detection = ci::detect(system, settings.overrides, &GitQuestions::all(settings.general.deadline));
    console.warnings(&detection.warnings);
    let context = &mut detection.context;
    if json {
        console.print_json(&serde_json::to_string_pretty(context)?);
        return Ok(ExitCode::Success);
    }
    if context.provider.is_none() {
        console.notice(&match ci::generic_marker(&system.environment) {
            Some(marker) => format!("unknown CI ({marker} is set); using the git checkout only"),
            None => "not running in CI; using the git checkout only".to_owned(),
        });
    }
    let mut table = Table::new(&["FIELD", "VALUE", "FROM"]);
    let mut missing = Vec::new();
    for field in context.fields() {
        match field.value {
            Some(sourced) => table.row(&[field.path, &sourced.value, &sourced.source]),
            None => missing.push(variable(field.setting)),
        }
    }
    if table.is_empty() {
        console.print("nothing was detected");
    } else {
        console.print_with(|out| table.write(out));
    }
    if !missing.is_empty() {
        let message = ["not detected; set with: ", &missing.join(" ")].concat();
        wrapped_message(&message).into_iter().for_each(|part| console.notice(part));
    }
    Ok(ExitCode::Success)
}
