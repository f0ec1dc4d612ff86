//! Tests of endpoints: connections without a request, and requests that leave no record.

use anyhow::Result;

use super::Session;
use crate::delivery::{self, Check, DeliveryOptions, Outcome, Request};
use crate::settings::Endpoint;
use crate::state::StateFolder;

impl Session<'_> {
    /// Connects to each endpoint without sending anything. The results are in the order of the endpoints.
    pub(crate) fn check(&self, endpoints: &[&Endpoint]) -> Vec<Check> {
        delivery::check(endpoints, &self.trust, self.settings.general.timeout, self.system)
    }

    /// Sends each request once, those to one endpoint one after the other, and records nothing. The outcomes are in the order
    /// of the requests.
    pub(crate) fn send_once(&self, requests: Vec<Request>) -> Result<Vec<Outcome>> {
        let options = DeliveryOptions { retries: 0, in_order: true, ..self.delivery_options() };
        let state = StateFolder::none();
        let report = delivery::deliver(requests, options, &state, self.system, Vec::new, &mut |_| {})?;
        Ok(report.outcomes)
    }
}
