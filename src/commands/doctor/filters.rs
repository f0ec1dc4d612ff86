//! The settings of an endpoint in words: whether this build is sent, and how events are signed.

use crate::ci::Context;
use crate::event_name::EventName;
use crate::format::FormatChoice;
use crate::settings::Endpoint;

/// Why the events of this build are left out, if they are.
pub(super) fn left_out_because(endpoint: &Endpoint, context: &Context) -> Option<String> {
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

/// The headers that sign the events it gets.
pub(super) fn signatures(endpoint: &Endpoint) -> Vec<&'static str> {
    let Some(secret) = &endpoint.secret else { return Vec::new() };
    let mut names = vec!["x-webhook-signature", "x-hub-signature-256"];
    let of_bitrise = [EventName::BuildTriggered, EventName::BuildFinished];
    if endpoint.format == FormatChoice::Native && of_bitrise.into_iter().any(|name| endpoint.gets(name)) {
        names.push("bitrise-hook-signature");
    }
    if secret.is_standard_webhooks() {
        names.push("webhook-signature");
    }
    names
}
