//! The state folder: where it is, why, and how long it lasts.

use serde::Serialize;

use crate::ci::Context;
use crate::report::FactSheet;
use crate::session::Session;
use crate::state::{Lifetime, PlaceReason, StateFolder};

#[derive(Serialize)]
pub(super) struct StateReport {
    /// `None` if nothing is kept.
    path: Option<String>,
    /// Why it is there, or why nothing is kept.
    because: String,
    lasts: Lasts,
    lasts_because: Option<String>,
    /// Whether undelivered events may be lost with it.
    #[serde(skip)]
    may_vanish: bool,
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
        let environment = &session.system.environment;
        let (path, reason, lifetime) = match (
            state.path(),
            state.reason(),
            state.lifetime(context, environment),
        ) {
            (Some(path), Some(reason), Some(lifetime)) if has_endpoints => {
                (path.display().to_string(), reason, lifetime)
            }
            (path, ..) => {
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
                return Self {
                    path: None,
                    because,
                    lasts,
                    lasts_because: None,
                    may_vanish: false,
                    log_undelivered,
                };
            }
        };
        let ci = context.provider_name.as_deref().unwrap_or("the CI");
        let (lasts, lasts_because) = lasts(lifetime, reason == PlaceReason::Chosen, ci);
        Self {
            path: Some(path),
            because: because(reason, session),
            lasts,
            lasts_because: Some(lasts_because),
            may_vanish: state.may_vanish(context, environment),
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
            (_, false) if !self.may_vanish => {
                "kept here if you cache the folder; if you do not, set BUILDHOOK_LOG_UNDELIVERED=true"
            }
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

fn lasts(lifetime: Lifetime, is_chosen: bool, ci: &str) -> (Lasts, String) {
    match lifetime {
        Lifetime::Job => {
            (Lasts::Job, format!("until the job ends: {ci} empties that folder on all machines"))
        }
        Lifetime::DiscardedMachine(variable) => {
            let unless = if is_chosen { ", unless you cache it" } else { "" };
            (Lasts::Job, format!("until the job ends{unless}: the machine is thrown away, by {variable}"))
        }
        Lifetime::Pipeline => (Lasts::Job, format!("until the pipeline ends: {ci} deletes the checkout")),
        Lifetime::Checkout => (Lasts::Machine, "as long as the checkout".to_owned()),
        Lifetime::Temporary => {
            (Lasts::Machine, "on this machine, until the system empties its temporary files".to_owned())
        }
        Lifetime::Machine => (Lasts::Machine, "on this machine".to_owned()),
        Lifetime::Unknown => (
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
