//! `settings`: every setting with its flag, variable, key, default, value, and where the value was found.

use anyhow::Result;
use serde::Serialize;

use crate::exit_code::ExitCode;
use crate::report::Table;
use crate::session::Session;
use crate::settings::Key;
use crate::settings::groups::{ENDPOINT, top_level_groups};

/// Replaces values that may be secrets.
const HIDDEN: &str = "***";

/// A setting as it is set.
#[derive(Serialize)]
struct Row {
    group: &'static str,
    key: &'static str,
    /// `None` for settings of endpoints.
    flag: Option<String>,
    variable: String,
    default: Option<&'static str>,
    value: Option<String>,
    source: Option<String>,
    help: &'static str,
}

/// Whether a value contains no secret. URLs often contain credentials or a token.
fn is_harmless(key: &Key, value: &str) -> bool {
    !key.is_private && !value.contains("://")
}

pub(super) fn settings(session: Session, json: bool) -> Result<ExitCode> {
    let Session { settings, console, .. } = session;
    let row = |group: &'static str, key: &'static Key, is_top_level: bool| {
        let found = settings.raw().written(key.name).filter(|_| is_top_level);
        let (value, source) = found.unzip();
        Row {
            group,
            key: key.name,
            flag: is_top_level.then(|| format!("--{}", key.flag_name())),
            variable: key.variable(),
            default: Some(key.default).filter(|default| !default.is_empty()),
            value: value.map(|value| {
                value.filter(|text| is_harmless(key, text)).unwrap_or_else(|| HIDDEN.to_owned())
            }),
            source,
            help: key.help,
        }
    };
    let mut rows: Vec<Row> = Vec::new();
    for group in top_level_groups() {
        rows.extend(group.keys.iter().map(|key| row(group.name, key, true)));
    }
    rows.extend(ENDPOINT.keys.iter().map(|key| row(ENDPOINT.name, key, false)));
    if json {
        console.print_json(&serde_json::to_string_pretty(&rows)?);
        return Ok(ExitCode::Success);
    }
    let mut table = Table::new(&["GROUP", "KEY", "FLAG", "VARIABLE", "DEFAULT", "VALUE", "FROM"]);
    for row in &rows {
        let shown = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        let [flag, value, source] = [&row.flag, &row.value, &row.source].map(shown);
        table.row(&[row.group, row.key, &flag, &row.variable, row.default.unwrap_or("-"), &value, &source]);
    }
    console.print_with(|out| table.write(out));
    console.notice("`buildhook doctor` shows the endpoints as they are set");
    Ok(ExitCode::Success)
}
