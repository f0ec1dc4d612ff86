//! The lines of a command's deliveries: result, event with what it is about, endpoint, response.

use super::{Console, human_duration, printable, shortened_in_the_middle};
use crate::delivery::{Outcome, describe_event};
use crate::repeated::Repeated;
use crate::settings::LogLevel;

/// The longest event with what it is about, in characters.
const MAX_EVENT_CHARS: usize = 60;
/// The longest name of an endpoint, in characters.
const MAX_ENDPOINT_CHARS: usize = 40;
/// The last characters of a delivery's id, by which it can be named.
const SHORT_ID_LEN: usize = 12;

impl Console {
    /// Logs one line per delivery, such as `✓ delivered  build/finished failed  to qa-dashboard  200 in 43 ms`. No two are
    /// the same, and the result of the delivery cannot be taken for that of the build.
    pub fn outcomes(&mut self, outcomes: &[Outcome]) {
        let names: Vec<[String; 2]> = distinct(outcomes);
        let width = |column: usize| names.iter().map(|names| names[column].chars().count()).max();
        let (event_width, endpoint_width) = (width(0).unwrap_or(0), width(1).unwrap_or(0));
        let marks: Vec<&str> = outcomes.iter().map(mark).collect();
        let mark_width = marks.iter().map(|mark| mark.chars().count()).max().unwrap_or(0);
        for ((outcome, mark), [event, endpoint]) in outcomes.iter().zip(marks).zip(&names) {
            let level = if outcome.is_delivered() { LogLevel::Info } else { LogLevel::Warn };
            let response = response(outcome);
            self.log(
                level,
                "",
                &format!(
                    "{mark:<mark_width$}  {event:<event_width$}  to {endpoint:<endpoint_width$}  {response}"
                ),
            );
            for (number, attempt) in (1..).zip(&outcome.history) {
                let (at, duration, result) = (attempt.at, human_duration(attempt.duration), attempt.result());
                self.debug(&format!("{endpoint} attempt {number} at {at} took {duration}: {result}"));
            }
        }
    }
}

/// The result of a delivery.
pub(super) fn mark(outcome: &Outcome) -> &'static str {
    if outcome.is_delivered() { "✓ delivered" } else { "✗ not delivered" }
}

/// The event and the endpoint of each delivery, safe to print and not too long. What would be the same as another one's gets
/// the delivery's id.
fn distinct(outcomes: &[Outcome]) -> Vec<[String; 2]> {
    let shown = |text: &str, max_chars| shortened_in_the_middle(&printable(text), max_chars).into_owned();
    let names = |outcome: &Outcome| {
        let max_chars = MAX_EVENT_CHARS.saturating_sub(outcome.event.chars().count() + 1);
        let subject = outcome.subject.as_deref().map(|subject| shown(subject, max_chars));
        let event = printable(&describe_event(&outcome.event, subject.as_deref())).into_owned();
        [event, shown(&outcome.endpoint, MAX_ENDPOINT_CHARS)]
    };
    let mut all: Vec<[String; 2]> = outcomes.iter().map(names).collect();
    let repeated = Repeated::among(all.iter().map(|names| names.join("\n")).collect());
    for (names, outcome) in all.iter_mut().zip(outcomes) {
        if repeated.contains(&names.join("\n")) {
            let id = &*outcome.delivery;
            let short_id = id.get(id.len().saturating_sub(SHORT_ID_LEN)..).unwrap_or(id);
            names[0].push_str(&format!(" (delivery {})", printable(short_id)));
        }
    }
    all
}

/// Response or error, time and number of attempts of a delivery.
fn response(outcome: &Outcome) -> String {
    let time = human_duration(outcome.seconds());
    match (&outcome.error, outcome.attempts) {
        (None, 1) => format!("{} in {time}", outcome.result()),
        (None, attempts) => format!("{} in {time}, attempt {attempts}", outcome.result()),
        (Some(error), 1) => error.clone(),
        (Some(error), 0) if outcome.duration_ms == 0 => error.clone(),
        (Some(error), 0) => format!("{error} (after {time})"),
        (Some(error), attempts) => format!("{error} ({attempts} attempts in {time})"),
    }
}
