//! From requests to their outcomes: the end of the way of every sending command.

use std::time::Instant;

use anyhow::Result;
use jiff::Timestamp;

use super::{Session, job_table, log_lines};
use crate::ci;
use crate::cli::SendFlags;
use crate::delivery::{
    self, Backoff, Deliveries, DeliveryOptions, Outcome, Records, Report, Request, Retention,
};
use crate::event_name::EventName;
use crate::exit_code::ExitCode;
use crate::report::{CiLog, Console, Heading, WaitingLine, printable};
use crate::settings::{Endpoint, Settings};
use crate::state::StateFolder;

/// The outcomes of some requests, and the exit code that they mean. A dry run has no outcomes.
pub(crate) struct Delivered {
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) exit_code: ExitCode,
}

impl Session<'_> {
    /// Delivers the requests, all at once and within one deadline, and reports the outcomes. A dry run prints
    /// the requests instead.
    pub(crate) fn deliver(
        &mut self,
        requests: Vec<Request>,
        state: &StateFolder,
        flags: SendFlags,
        recorded: impl FnOnce(&Settings) -> Vec<String>,
    ) -> Result<Delivered> {
        if flags.dry_run {
            print_requests(&requests, flags.show_signatures, self.system.now(), self.console);
            return Ok(Delivered { outcomes: Vec::new(), exit_code: ExitCode::Success });
        }
        self.warn_about_unencrypted(&requests);
        let options = self.delivery_options();
        let Self { settings, system, console, has_named_endpoints, .. } = self;
        let line = WaitingLine::new(system, console);
        let report =
            delivery::deliver(requests, options, state, system, || recorded(settings), &mut |waiting| {
                line.show(waiting, has_named_endpoints, console)
            })?;
        drop(line);
        Ok(self.report(report, state))
    }

    /// Delivers the requests with retries, records nothing, and reports the outcomes.
    pub(super) fn deliver_unrecorded(&mut self, requests: Vec<Request>) -> Result<(Vec<Outcome>, ExitCode)> {
        self.warn_about_unencrypted(&requests);
        let (options, state) = (self.delivery_options(), StateFolder::none());
        let outcomes =
            delivery::deliver(requests, options, &state, self.system, Vec::new, &mut |_| {})?.outcomes;
        self.report_outcomes(&outcomes);
        let exit_code = self.exit_code(&outcomes);
        Ok((outcomes, exit_code))
    }

    /// Deliveries to which requests can be added.
    pub(crate) fn deliveries(&self, state: &StateFolder) -> Result<Deliveries> {
        Deliveries::new(self.delivery_options(), state, self.system)
    }

    /// Records the requests and starts to send them. They and what is under way must end by the deadline, if there is one.
    pub(crate) fn start(
        &mut self,
        requests: Vec<Request>,
        deliveries: &mut Deliveries,
        deadline: Option<Instant>,
    ) {
        self.warn_about_unencrypted(&requests);
        let recorded = deliveries.record(requests);
        deliveries.send(recorded, deadline);
    }

    /// Waits until what was started has ended, or until the deadline.
    pub(crate) fn wait(&mut self, deliveries: &mut Deliveries) {
        let line = WaitingLine::new(self.system, self.console);
        deliveries.wait(&mut |waiting| line.show(waiting, &mut self.has_named_endpoints, self.console));
    }

    /// Reports the outcomes, and removes old records.
    pub(crate) fn report(&mut self, report: Report, state: &StateFolder) -> Delivered {
        self.console.warnings(&report.warnings);
        self.report_outcomes(&report.outcomes);

        let general = &self.settings.general;
        let records = Records::new(state);
        records.prune(
            Retention { max_days: general.keep_days, max_count: general.keep_records },
            &self.settings.endpoints,
            self.system.now(),
        );
        let all_delivered = report.outcomes.iter().all(Outcome::is_delivered);
        let is_logged = log_lines::write(&report.outcomes, &records, self);
        if !all_delivered && !is_logged && report.warnings.is_empty() && records.are_kept() {
            self.advise(state);
        }
        let exit_code = self.exit_code(&report.outcomes);
        Delivered { outcomes: report.outcomes, exit_code }
    }

    fn exit_code(&self, outcomes: &[Outcome]) -> ExitCode {
        let is_failure = self.settings.general.fail_on_error && !outcomes.iter().all(Outcome::is_delivered);
        if is_failure { ExitCode::Undelivered } else { ExitCode::Success }
    }

    /// Reports where undelivered events are that the log does not have, or how to keep them, once.
    fn advise(&mut self, state: &StateFolder) {
        if std::mem::replace(&mut self.has_advised, true) {
            return;
        }
        let context = ci::from_environment(self.system, self.settings.overrides.clone()).context;
        if !state.may_vanish(&context, &self.system.environment) {
            let folder = state.display();
            self.console.advice(&format!(
                "undelivered events are saved in {folder}; resend them with `buildhook redeliver --failed`"
            ));
        } else if !self.settings.general.log_undelivered {
            self.console.advice(
                "undelivered events are lost when the machine or its folder is thrown away; to keep such events, set \
                 BUILDHOOK_LOG_UNDELIVERED=true (docs/delivery.md)",
            );
        }
    }

    /// One warning is enough, whatever the number of endpoints and steps.
    fn warn_about_unencrypted(&mut self, requests: &[Request]) {
        let is_reported = |endpoint: &Endpoint| self.is_last_step && endpoint.gets(EventName::BuildTriggered);
        let mut endpoints = requests.iter().map(|request| &*request.endpoint);
        let is_odd = |endpoint: &&Endpoint| endpoint.url.is_unencrypted_remote() && !is_reported(endpoint);
        if let Some(endpoint) = endpoints.find(is_odd) {
            self.console.warning(&unencrypted_warning(endpoint));
        }
    }

    /// Writes a table of these deliveries into the step summary. A dry run has none.
    pub(crate) fn summarize(&mut self, outcomes: &[Outcome]) {
        job_table::write_own(&Heading::default(), outcomes, self);
    }

    pub(super) fn delivery_options(&self) -> DeliveryOptions {
        let general = &self.settings.general;
        DeliveryOptions {
            timeout: general.timeout,
            retries: general.retries.0,
            deadline: general.deadline,
            backoff: Backoff::from_environment(&self.system.environment),
            trust: self.trust.clone(),
            in_order: self.in_order,
            time: self.time.clone(),
        }
    }

    /// Lists the outcomes on the console and, if the CI's log has more to offer, there.
    fn report_outcomes(&mut self, outcomes: &[Outcome]) {
        self.console.outcomes(outcomes);
        let is_fatal = self.settings.general.fail_on_error;
        CiLog::detect(self.system).deliveries(outcomes, is_fatal, self.system.now(), self.console);
    }
}

/// The warning about an endpoint that is reached without TLS.
pub(crate) fn unencrypted_warning(endpoint: &Endpoint) -> String {
    format!("{}: uses unencrypted http://; anyone on the network can read the payload", endpoint.name)
}

/// Prints each request as it would be sent. In the body, only what a CI's log would take for a command is written in
/// another way, of the same meaning.
fn print_requests(requests: &[Request], with_signatures: bool, now: Timestamp, console: &mut Console) {
    for request in requests {
        console.print(&format!("POST {} ({})", request.endpoint.url, printable(&request.endpoint.name)));
        for (name, value) in request.shown_headers(now, with_signatures) {
            console.print(&format!("{name}: {}", printable(&value)));
        }
        console.print("");
        console.print_json(request.content.body());
        console.print("");
    }
    console.notice("dry run: nothing was sent");
}
