//! The state folder: where it is, why, and how long it lasts.

use serde::Serialize;

use crate::ci::{self, Context, Machine};
use crate::report::FactSheet;
use crate::session::Session;
use crate::state::{PlaceReason, StateFolder};

#[derive(Serialize)]
pub(super) struct StateReport {
    /// `None` if nothing is kept.
    path: Option<String>,
    /// Why it is there, or why nothing is kept.
    because: String,
    lasts: Lasts,
    lasts_because: Option<String>,
    /// Whether undelivered events are written into the log, too.
    log_undelivered: bool,
}

/// How long the folder lasts.
#[derive(Serialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Lasts {
    /// It is gone when the job, or its pipeline, has ended.
    Job,
    /// It stays on this machine.
    Machine,
    /// It stays if the machine does.
    Unknown,
}

const NOT_SEALED: &str = "nothing is kept: without an endpoint, there is no key to seal records with";

impl StateReport {
    pub(super) fn new(
        state: &StateFolder,
        context: &Context,
        session: &Session,
        warnings: &mut Vec<String>,
    ) -> Self {
        let has_endpoints = !session.settings.endpoints.is_empty();
        let log_undelivered = session.settings.general.log_undelivered;
        if log_undelivered {
            warnings.extend(weak_secrets(session));
        }
        let (path, reason) = match (state.path(), state.reason()) {
            (Some(path), Some(reason)) if has_endpoints => (path.display().to_string(), reason),
            (path, _) => {
                let because = match path {
                    Some(_) => NOT_SEALED,
                    None => {
                        warnings.push(
                            "no folder can keep records; set BUILDHOOK_STATE_DIR to a folder that only you can write"
                                .to_owned(),
                        );
                        "nothing is kept: no folder can keep records"
                    }
                };
                let (because, lasts) = (because.to_owned(), Lasts::Unknown);
                return Self { path: None, because, lasts, lasts_because: None, log_undelivered };
            }
        };
        let (lasts, lasts_because) = lasts(reason, context, session);
        Self {
            path: Some(path),
            because: because(reason, session),
            lasts,
            lasts_because: Some(lasts_because),
            log_undelivered,
        }
    }

    pub(super) fn show(&self, sheet: &mut FactSheet) {
        let Some(path) = &self.path else { return sheet.section("State", &self.because) };
        sheet.section("State", path);
        sheet.fact("because", &self.because);
        sheet.fact("lasts", self.lasts_because.as_deref().unwrap_or_default());
        let advice = match (self.lasts, self.log_undelivered) {
            (_, true) => "also written into the log, encrypted, for `redeliver --from`",
            (Lasts::Machine, false) => "kept here for `buildhook redeliver --failed`",
            (Lasts::Job, false) => {
                "lost with it; set BUILDHOOK_LOG_UNDELIVERED=true, or BUILDHOOK_STATE_DIR to a cached folder"
            }
            (Lasts::Unknown, false) => {
                "lost if it is; set BUILDHOOK_LOG_UNDELIVERED=true, or BUILDHOOK_STATE_DIR to a cached folder"
            }
        };
        sheet.fact("undelivered", advice);
    }
}

/// Why the folder is where it is.
fn because(reason: PlaceReason, session: &Session) -> String {
    match reason {
        PlaceReason::Chosen => {
            let origin = session.settings.raw().written("state_dir").map(|(_, origin)| origin);
            format!("set by {}", origin.as_deref().unwrap_or("state_dir"))
        }
        PlaceReason::JobFolder(variable) => format!("in the job's folder for temporary files, {variable}"),
        PlaceReason::Checkout => "in the checkout".to_owned(),
        PlaceReason::UserState(variable) => format!("in the user's folder for state, by {variable}"),
        PlaceReason::Temporary => "in the system's folder for temporary files".to_owned(),
    }
}

fn lasts(reason: PlaceReason, context: &Context, session: &Session) -> (Lasts, String) {
    let ci = context.provider_name.as_deref().unwrap_or("the CI");
    match (reason, Machine::detect(context, &session.system.environment)) {
        (PlaceReason::JobFolder(_), _) if ci::empties_temp_dir(context) => {
            (Lasts::Job, format!("until the job ends: {ci} empties that folder on all machines"))
        }
        (PlaceReason::Chosen, Machine::Discarded(variable)) => (
            Lasts::Job,
            format!("until the job ends, unless you cache it: the machine is thrown away, by {variable}"),
        ),
        (_, Machine::Discarded(variable)) => {
            (Lasts::Job, format!("until the job ends: the machine is thrown away, by {variable}"))
        }
        (PlaceReason::Checkout, _) if context.provider.is_some() => {
            (Lasts::Job, format!("until the pipeline ends: {ci} deletes the checkout"))
        }
        (PlaceReason::Checkout, _) => (Lasts::Machine, "as long as the checkout".to_owned()),
        (PlaceReason::Temporary, Machine::Kept) => {
            (Lasts::Machine, "on this machine, until the system empties its temporary files".to_owned())
        }
        (_, Machine::Kept) => (Lasts::Machine, "on this machine".to_owned()),
        (_, Machine::Unknown) => (
            Lasts::Unknown,
            "on this machine; hosted machines and containers are thrown away after the job".to_owned(),
        ),
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
