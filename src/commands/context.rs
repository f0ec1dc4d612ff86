//! `context`: what is known about the pipeline, and from where.

use anyhow::Result;

use crate::ci;
use crate::exit_code::ExitCode;
use crate::report::{Console, Table};
use crate::settings::{Settings, variable};
use crate::system::System;

pub(super) fn context(
    settings: Settings,
    json: bool,
    system: &System,
    console: &mut Console,
) -> Result<ExitCode> {
    let mut detection = ci::detect(system, settings.overrides);
    for warning in &detection.warnings {
        console.warning(warning);
    }
    let context = &mut detection.context;
    if json {
        console.print_json(&serde_json::to_string_pretty(context)?);
        return Ok(ExitCode::Success);
    }
    if context.provider.is_none() {
        console.notice(&match ci::generic_marker(&system.environment) {
            Some(marker) => format!(
                "{marker} is set, but by no CI that is known here; what follows is from the git checkout, and the \
                 variables below fill in the rest"
            ),
            None => "this is no job of a CI; what follows is from the git checkout".to_owned(),
        });
    }
    let mut table = Table::new(&["FIELD", "VALUE", "FROM"]);
    let mut unknown = Vec::new();
    for field in context.fields() {
        match field.value {
            Some(found) => table.row(&[field.path, &found.value, &found.source]),
            None => unknown.push(variable(field.setting)),
        }
    }
    console.print_with(|out| table.write(out));
    if !unknown.is_empty() {
        console.notice(&format!("unknown, and what sets it: {}", unknown.join(" ")));
    }
    Ok(ExitCode::Success)
}
