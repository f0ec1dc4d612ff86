//! From requests to their outcomes, and what is told of them: the end of the way of every sending command.

use anyhow::Result;

use crate::delivery::{self, Backoff, DeliveryOptions, Outcome, Records, Request, Retention};
use crate::exit_code::ExitCode;
use crate::report::{CiLog, Console, printable};
use crate::settings::Settings;
use crate::state::StateFolder;
use crate::system::System;

/// All that is needed to send requests.
pub(crate) struct Sending<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) state: &'a StateFolder,
    pub(crate) system: &'a System,
    pub(crate) is_dry_run: bool,
    pub(crate) shows_signatures: bool,
}

/// What came of it.
pub(crate) struct Sent {
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) exit: ExitCode,
}

impl Sending<'_> {
    /// Sends the requests, all at once and within one deadline, and tells what came of it.
    pub(crate) fn send(&self, requests: Vec<Request>, console: &mut Console) -> Result<Sent> {
        if self.is_dry_run {
            self.show(&requests, console)?;
            return Ok(Sent { outcomes: Vec::new(), exit: ExitCode::Success });
        }
        let general = &self.settings.general;
        let options = DeliveryOptions {
            timeout: general.timeout,
            retries: general.retries.0,
            deadline: general.deadline,
            backoff: Backoff::from_environment(&self.system.environment),
            authorities: self.settings.authorities.clone(),
        };
        for request in &requests {
            if request.endpoint.url.is_unencrypted_remote() {
                console.warning(&format!(
                    "{}: uses unencrypted http://; anyone on the network can read the payload",
                    request.endpoint.name
                ));
                break;
            }
        }
        let report = delivery::deliver(requests, &options, self.state, self.system)?;
        for warning in &report.warnings {
            console.warning(warning);
        }
        console.outcomes(&report.outcomes);
        let log = CiLog::detect(self.system);
        log.deliveries(&report.outcomes, general.fail_on_error, self.system.now(), console);
        let records = Records::new(self.state);
        records.prune(Retention { days: general.keep_days, count: general.keep_records }, self.system.now());
        let outcomes = report.outcomes;
        if outcomes.iter().all(Outcome::is_delivered) {
            return Ok(Sent { outcomes, exit: ExitCode::Success });
        }
        if report.warnings.is_empty() {
            let folder = records.folder().display();
            console.warning(&format!(
                "what was not delivered is recorded in {folder}; to send it again: buildhook redeliver --failed"
            ));
        }
        let exit = if general.fail_on_error { ExitCode::Undelivered } else { ExitCode::Success };
        Ok(Sent { outcomes, exit })
    }

    /// Prints each request as it would go out, bodies to the byte.
    fn show(&self, requests: &[Request], console: &mut Console) -> Result<()> {
        let token = self.system.new_id(self.system.now())?.to_string();
        CiLog::detect(self.system).verbatim(&token, console, |console| self.show_each(requests, console));
        console.notice("dry run: nothing was sent");
        Ok(())
    }

    fn show_each(&self, requests: &[Request], console: &mut Console) {
        for request in requests {
            let endpoint = &request.endpoint;
            console.print(&format!("POST {} ({})", endpoint.url, printable(&endpoint.name)));
            for (name, value) in request.shown_headers(self.system.now(), self.shows_signatures) {
                console.print(&format!("{name}: {value}"));
            }
            console.print(&format!("\n{}\n", request.body));
        }
    }
}
