//! The filters of an endpoint in words.

use super::Json;
use crate::report::FactSheet;
use crate::settings::Endpoint;

/// Describes which events it gets. Returns whether it has filters.
pub(super) fn describe(endpoint: &Endpoint, sheet: &mut FactSheet, json: &mut Json) -> bool {
    let events = endpoint.events.to_string();
    let (results, branches) = (endpoint.results.to_string(), endpoint.branches.to_string());
    json.text("events", Some(&events));
    json.text("results", Some(&results));
    json.text("branches", Some(&branches));
    json.text("only_stream", endpoint.only_stream.as_deref());
    json.text("only_label", endpoint.only_label.as_deref());
    let mut parts = vec![if events == "all" { "all events" } else { &events }];
    for (label, filter) in [("; results: ", &results), ("; branches: ", &branches)] {
        if filter != "all" {
            parts.extend([label, filter]);
        }
    }
    let only = [("; only stream ", &endpoint.only_stream), ("; only label ", &endpoint.only_label)];
    for (label, filter) in only {
        if let Some(filter) = filter {
            parts.extend([label, filter]);
        }
    }
    sheet.fact("gets", &parts);
    parts.len() > 1 || events != "all"
}
