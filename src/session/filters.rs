//! The filters of an endpoint: which events it wants, and in words why it does not want the others.

use crate::ci::Context;
use crate::event::{Event, EventDetails};
use crate::event_name::EventName;
use crate::settings::{Endpoint, EventFilter};

/// Why an endpoint that is switched off gets nothing.
pub(crate) const SWITCHED_OFF: &str = "its setting `active` is false";

/// The name under which the endpoint wants the event, or why it does not want it.
pub(super) fn wanted_name(endpoint: &Endpoint, event: &Event) -> Result<EventName, String> {
    if !endpoint.active {
        return Err(SWITCHED_OFF.to_owned());
    }
    let Some(name) = event.name_for(endpoint.only_stream.as_deref(), endpoint.only_label.as_deref()) else {
        let (key, only) = match &endpoint.only_stream {
            Some(stream) => ("only_stream", stream.as_str()),
            None => ("only_label", endpoint.only_label.as_deref().unwrap_or_default()),
        };
        return Err(format!("`{key}` is {only}"));
    };
    if !endpoint.events.matches(name) {
        // The setting `results` alone implies this filter.
        let is_implied =
            endpoint.results.is_limited() && endpoint.events == EventFilter::only(EventName::BuildFinished);
        let setting = if is_implied { "results" } else { "events" };
        return Err(format!("`{setting}` does not include {name}"));
    }
    if let EventDetails::Finished(status) = &event.details
        && !endpoint.results.matches(*status)
    {
        return Err(format!("`results` does not include {status}"));
    }
    left_out_because(endpoint, &event.source.context).map_or(Ok(name), Err)
}

/// Why the events of this build are left out, if they are.
pub(crate) fn left_out_because(endpoint: &Endpoint, context: &Context) -> Option<String> {
    if endpoint.branches.matches(context) {
        return None;
    }
    let branch = context.git.branch.as_deref();
    let is_excluded = endpoint.branches.excludes(context);
    let reason = match branch {
        Some(branch) if is_excluded => format!("`branches` excludes {branch}"),
        _ if context.git.tag.is_some() => "it is of a tag, which `branches` admits only by `*`".to_owned(),
        _ if context.pull_request.number.is_some() => {
            "it is of a pull request, which `branches` admits only by `*`".to_owned()
        }
        Some(branch) => format!("`branches` does not name {branch}"),
        None => "its branch is not known, and there is no `*` in `branches`".to_owned(),
    };
    Some(reason)
}
