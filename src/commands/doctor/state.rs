//! The state folder: where it is, why, and how long it lasts.

use super::Findings;
use crate::ci::Context;
use crate::session::Session;
use crate::state::{Lifetime, PlaceReason, StateFolder};

const NOT_SEALED: &str = "nothing is kept: without an endpoint, there is no key to seal records with";
const NO_FOLDER: &str =
    "no folder can keep records; set BUILDHOOK_STATE_DIR to a folder that only you can write";

/// Describes the state folder, and adds a sentence for each problem.
pub(super) fn describe(state: &StateFolder, context: &Context, session: &Session, findings: &mut Findings) {
    let log_undelivered = session.settings.general.log_undelivered;
    if log_undelivered {
        findings.warnings.extend(weak_secrets(session));
    }
    let Findings { sheet, json, warnings, .. } = findings;
    json.begin("state");
    let environment = &session.system.environment;
    let lifetime = state.lifetime(context, environment);
    let has_endpoints = !session.settings.endpoints.is_empty();
    if let (Some(path), Some(reason), Some(lifetime), true) =
        (state.path(), state.reason(), lifetime, has_endpoints)
    {
        let path = path.display().to_string();
        let because = because(reason, session);
        let ci = context.provider_name.as_deref().unwrap_or("the CI");
        let (lasts, lasts_because) = lasts(lifetime, reason == PlaceReason::Chosen, ci);
        sheet.section("State", &[&path]);
        sheet.fact("because", &[&because]);
        sheet.fact("lasts", &[&lasts_because]);
        let cached = "; set BUILDHOOK_LOG_UNDELIVERED=true, or BUILDHOOK_STATE_DIR to a cached folder";
        let advice = match lasts {
            _ if log_undelivered => ["also written into the log, encrypted, for `redeliver --from`", ""],
            _ if reason == PlaceReason::Chosen && !matches!(lasts, "checkout" | "machine") => {
                ["kept here if you cache the folder; if you do not, set BUILDHOOK_LOG_UNDELIVERED=true", ""]
            }
            "checkout" | "machine" => ["kept here for `buildhook redeliver --failed`", ""],
            "unknown" => ["lost if this machine is thrown away", cached],
            _ => ["lost with it", cached],
        };
        sheet.fact("undelivered", &advice);
        json.text("path", Some(&path));
        json.text("because", Some(&because));
        json.text("lasts", Some(lasts));
        json.text("lasts_because", Some(&lasts_because));
    } else {
        let because = if state.path().is_some() {
            NOT_SEALED
        } else {
            warnings.push(NO_FOLDER.to_owned());
            "nothing is kept: no folder can keep records"
        };
        sheet.section("State", &[because]);
        json.null("path");
        json.text("because", Some(because));
        json.text("lasts", Some("unknown"));
        json.null("lasts_because");
    }
    // Whether undelivered events are written into the log, too.
    json.flag("log_undelivered", log_undelivered);
    json.end();
}

/// Why the folder is where it is.
fn because(reason: PlaceReason, session: &Session) -> String {
    match reason {
        PlaceReason::Chosen => {
            let origin = session.settings.raw().written("state_dir").map(|(_, origin)| origin);
            ["set by ", origin.as_deref().unwrap_or("state_dir")].concat()
        }
        PlaceReason::JobFolder(variable) => ["in the job's folder for temporary files, ", variable].concat(),
        PlaceReason::Checkout => "in the checkout".to_owned(),
        PlaceReason::UserState(variable) => ["in the user's folder for state, by ", variable].concat(),
        PlaceReason::Temporary => "in the system's folder for temporary files".to_owned(),
    }
}

/// How long the folder lasts, as a word and as a sentence: `job`, `pipeline`, `checkout`, `machine`, or `unknown` if it stays only
/// where the machine does.
fn lasts(lifetime: Lifetime, is_chosen: bool, ci: &str) -> (&'static str, String) {
    match lifetime {
        Lifetime::Job => {
            ("job", ["until the job ends: ", ci, " empties that folder on all machines"].concat())
        }
        Lifetime::DiscardedMachine(variable) => {
            let cached = if is_chosen { ", unless you cache it" } else { "" };
            let text = ["until the job ends", cached, ": the machine is thrown away, by ", variable].concat();
            ("job", text)
        }
        Lifetime::Pipeline => {
            ("pipeline", ["until the pipeline ends: ", ci, " deletes the checkout"].concat())
        }
        Lifetime::Checkout => ("checkout", "as long as the checkout".to_owned()),
        Lifetime::Temporary => {
            ("machine", "on this machine, until the system empties its temporary files".to_owned())
        }
        Lifetime::Machine => ("machine", "on this machine".to_owned()),
        Lifetime::Unknown => {
            let text = "on this machine; hosted machines and containers are thrown away after the job";
            ("unknown", text.to_owned())
        }
    }
}

/// A sentence for each endpoint whose undelivered events are not written into the log.
fn weak_secrets(session: &Session) -> Vec<String> {
    let endpoints = session.settings.endpoints.iter();
    let weak = endpoints.filter(|endpoint| endpoint.active && endpoint.log_key().is_none());
    let warning = |name: &str| {
        format!(
            "{name}: undelivered events are not written into the log, because it has no secret of 24 bytes or more; \
             `buildhook secret` generates one"
        )
    };
    weak.map(|endpoint| warning(&endpoint.name)).collect()
}
