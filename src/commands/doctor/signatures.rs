//! How the events that an endpoint gets are signed.

use crate::event_name::EventName;
use crate::format::FormatChoice;
use crate::settings::Endpoint;

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
