//! `settings`: every setting with its flag, variable, key, default, value, and where the value was found.

use anyhow::Result;
use serde_json::Value;

use super::json::Json;
use crate::exit_code::ExitCode;
use crate::file_rules::TRUST_WORKSPACE;
use crate::report::Table;
use crate::session::Session;
use crate::settings::groups::{ENDPOINT, top_level_groups};
use crate::settings::{BUILD, Key, RawSettings, SAVE};
use crate::system::System;

/// Replaces values that may be secrets.
const HIDDEN: &str = "set";

/// Variables that are no settings: variable, flag, default and help.
const OTHER_VARIABLES: [(&str, Option<&str>, &str, &str); 3] = [
    (
        TRUST_WORKSPACE,
        None,
        "false",
        "Read configuration and keys in the checkout, and artifacts behind its links",
    ),
    (SAVE, Some("--save"), "", "File to save the builds in, for later events"),
    (BUILD, Some("--build"), "the latest of the run", "Builds to move, label or release"),
];

/// A setting as it is set.
struct Row {
    group: &'static str,
    /// Which endpoint: its number, or where the configuration defines it.
    endpoint: Option<String>,
    /// `None` for variables that are no settings.
    key: Option<&'static str>,
    /// `None` for settings of endpoints.
    flag: Option<String>,
    variable: String,
    /// Empty: none.
    default: &'static str,
    value: Option<String>,
    source: Option<String>,
    help: &'static str,
}

pub(super) fn settings(session: Session, json: bool) -> Result<ExitCode> {
    let Session { settings, system, console, .. } = session;
    let mut rows: Vec<Row> = Vec::new();
    for group in top_level_groups() {
        for key in group.keys {
            let flag = ["--", &key.flag_name()].concat();
            rows.push(Row { flag: Some(flag), ..Row::new(group.name, key, settings.raw()) });
        }
        if group.name == "general" {
            rows.extend(other_variables(system));
        }
    }
    let mut endpoints = settings.written_endpoints(system);
    if endpoints.first().is_none_or(|(place, _)| place != "1") {
        endpoints.insert(0, ("1".to_owned(), RawSettings::default()));
    }
    for (place, raw) in &endpoints {
        for key in ENDPOINT.keys {
            let mut row = Row { endpoint: Some(place.clone()), ..Row::new(ENDPOINT.name, key, raw) };
            // All settings are listed for the first one.
            if place != "1" && row.source.is_none() {
                continue;
            }
            if place != "1" && place.parse::<u32>().is_ok() {
                row.variable.extend(["_", place]);
            }
            rows.push(row);
        }
    }
    if json {
        let mut json = Json::new(Value::Array(Vec::new()));
        rows.iter().for_each(|row| row.write(&mut json));
        console.print_json(&json.to_string());
        return Ok(ExitCode::Success);
    }
    let mut table = Table::new(&["GROUP", "KEY", "FLAG", "VARIABLE", "DEFAULT", "VALUE", "FROM"]);
    rows.iter().for_each(|row| row.show(&mut table));
    console.print_with(|out| table.write(out));
    console.notice("`buildhook doctor` shows the endpoints as they are used");
    Ok(ExitCode::Success)
}

fn other_variables(system: &System) -> impl Iterator<Item = Row> {
    OTHER_VARIABLES.into_iter().map(|(variable, flag, default, help)| {
        let value = system.environment.get(variable);
        Row {
            group: "general",
            endpoint: None,
            key: None,
            flag: flag.map(str::to_owned),
            variable: variable.to_owned(),
            default,
            value: value.map(|text| if is_harmless(text) { text } else { HIDDEN }.to_owned()),
            source: value.map(|_| variable.to_owned()),
            help,
        }
    })
}

/// URLs often contain credentials or a token.
fn is_harmless(value: &str) -> bool {
    !value.contains("://")
}

impl Row {
    fn new(group: &'static str, key: &'static Key, written: &RawSettings) -> Self {
        let (value, source) = written.written(key.name).unzip();
        let shown = |value: Option<String>| value.filter(|text| !key.is_private && is_harmless(text));
        Self {
            group,
            endpoint: None,
            key: Some(key.name),
            flag: None,
            variable: key.variable(),
            default: key.documented_default(),
            value: value.map(|value| shown(value).unwrap_or_else(|| HIDDEN.to_owned())),
            source,
            help: key.help,
        }
    }

    fn show(&self, table: &mut Table) {
        let group = match self.endpoint.as_deref() {
            None | Some("1") => self.group.to_owned(),
            Some(place) => [self.group, " ", place].concat(),
        };
        let default = if self.default.is_empty() { "-" } else { self.default };
        let [flag, value, source] =
            [&self.flag, &self.value, &self.source].map(|text| text.as_deref().unwrap_or("-"));
        let key = self.key.unwrap_or("-");
        table.row(&[&group, key, flag, &self.variable, default, value, source]);
    }

    fn write(&self, json: &mut Json) {
        json.begin("");
        json.text("group", Some(self.group));
        json.text("endpoint", self.endpoint.as_deref());
        json.text("key", self.key);
        json.text("flag", self.flag.as_deref());
        json.text("variable", Some(&self.variable));
        json.text("default", Some(self.default).filter(|default| !default.is_empty()));
        json.text("value", self.value.as_deref());
        json.text("source", self.source.as_deref());
        json.text("help", Some(self.help));
        json.end();
    }
}
