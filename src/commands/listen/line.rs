//! A request as it is shown.

use jiff::Timestamp;
use serde_json::Value;

use super::request::{Forwarded, Request, Trust};
use crate::receive::{Answer, ReceivedEvent, Signature};
use crate::report::{
    Color, Console, date_time, human_duration, printable, shortened, shortened_in_the_middle,
};

/// Longest line without reasons, in characters.
const MAX_LINE_CHARS: usize = 120;
/// Longest value to show, in characters.
const MAX_VALUE_CHARS: usize = 40;
/// How much of a value is always shown, in characters.
const MIN_VALUE_CHARS: usize = 10;
/// The width of the columns before the text that varies.
const COLUMNS_WIDTH: usize = 52;

/// What lines look like.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub(super) use_color: bool,
    /// Whether it matters with which secret a signature is made.
    pub(super) names_secrets: bool,
}

/// The time without the date: the command runs in a terminal.
pub(super) fn time_of_day(time: Timestamp) -> String {
    date_time(time).split('T').nth(1).unwrap_or_default().to_owned()
}

impl Request {
    /// Prints a line, and the request line, headers and body if they were kept.
    pub(super) fn print(&self, look: Look, console: &mut Console) {
        console.print(&self.line(look));
        let received = &self.received;
        if received.headers.is_empty() {
            return;
        }
        console.print(&format!("  {} {}", printable(&received.method), printable(&received.target)));
        for (name, value) in &received.headers {
            console.print(&format!("  {}: {}", printable(name), printable(value)));
        }
        console.print("");
        if !received.body.is_empty() {
            for line in body(&received.body).lines() {
                console.print(&format!("  {}", printable(line)));
            }
            if self.is_cut() {
                console.print(&format!("  … (the first {} of {} bytes)", received.body.len(), self.size));
            }
            console.print("");
        }
    }

    /// The columns whose width is fixed come first, so that they are aligned.
    fn line(&self, look: Look) -> String {
        let event = shown(self.event.event.as_deref()).unwrap_or_else(|| self.size_in_words());
        let (mark, color) = match self.trust() {
            Trust::Signed => ("✓ signed", Some(Color::Green)),
            Trust::Wrong => ("✗ wrong", Some(Color::Red)),
            Trust::Unsigned => ("unsigned", None),
            Trust::Unverified => ("unverified", None),
        };
        let mark = format!("{mark:<10}");
        let mark = match color.filter(|_| look.use_color) {
            Some(color) => color.paint(&mark),
            None => mark,
        };
        let answer = match &self.answer {
            Answer::Response(response) => format!("→ {}", response.status),
            Answer::Late(_) => "→ 200".to_owned(),
            Answer::Reset => "→ reset".to_owned(),
        };
        let notes = self.notes(look).join("; ");
        let left = MAX_LINE_CHARS.saturating_sub(COLUMNS_WIDTH + 3 + notes.chars().count());
        let mut limits = (MIN_VALUE_CHARS..=MAX_VALUE_CHARS).rev().map(|limit| self.about(limit));
        let about = limits.find(|about| about.chars().count() <= left);
        let about = about.unwrap_or_else(|| self.about(MIN_VALUE_CHARS));
        let gap = if about.is_empty() || notes.is_empty() { "" } else { "   " };
        let line =
            format!("{}  {event:<20}  {mark}  {answer:<5}  {about}{gap}{notes}", time_of_day(self.time));
        line.trim_end().to_owned()
    }

    fn size_in_words(&self) -> String {
        let unit = if self.size == 1 { "byte" } else { "bytes" };
        format!("{} of {} {unit}", printable(&self.received.method), self.size)
    }

    /// The repository, the branch, tag or pull request, and what happened, each within this number of characters.
    fn about(&self, limit: usize) -> String {
        let ReceivedEvent { repository, branch, tag, pull_request, result, subject, .. } = &self.event;
        let pull_request = pull_request.map(|number| format!("#{number}"));
        let reference = pull_request.as_ref().or(tag.as_ref()).or(branch.as_ref());
        let values = [repository.as_deref(), reference.map(String::as_str), *result, subject.as_deref()];
        let shown = |value: &str| shortened_in_the_middle(&printable(value), limit).into_owned();
        values.into_iter().flatten().map(shown).collect::<Vec<_>>().join("  ")
    }

    /// Remarks.
    fn notes(&self, look: Look) -> Vec<String> {
        let mut notes = match self.trust() {
            Trust::Signed if look.names_secrets => self.secret().into_iter().collect(),
            Trust::Wrong => self.reasons(),
            _ => Vec::new(),
        };
        if !self.is_json {
            notes.push(if self.size == 0 { "no body" } else { "not JSON" }.to_owned());
        }
        if let Answer::Late(pause) = &self.answer {
            notes.push(format!("answer after {} s", pause.as_secs()));
        }
        match &self.forwarded {
            None => {}
            Some(Forwarded { result: Ok(response), duration }) => {
                let text = shown(Some(response.body.trim()));
                let text = text.map(|text| format!(": {text}")).unwrap_or_default();
                notes.push(format!("in {}{text}", human_duration(duration.as_secs_f64())));
            }
            Some(Forwarded { result: Err(reason), .. }) => {
                notes.push(format!("cannot forward: {}", printable(reason)));
            }
        }
        notes
    }

    /// The secret with which all signatures hold.
    fn secret(&self) -> Option<String> {
        let mut origins = self.signatures.iter().filter_map(|one| one.result.as_ref().ok());
        let first = origins.next()?;
        origins.all(|origin| origin == first).then(|| format!("with {}", printable(first)))
    }

    /// Why signatures do not hold. Those with the same reason share it, and one that all of them have names none.
    fn reasons(&self) -> Vec<String> {
        let mut reasons: Vec<(String, Vec<&str>)> = Vec::new();
        for Signature { header, result } in &self.signatures {
            let Err(problem) = result else { continue };
            let reason = problem.to_string();
            match reasons.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, headers)) => headers.push(header),
                None => reasons.push((reason, vec![header])),
            }
        }
        let is_of_all = reasons.len() == 1 && self.signatures.iter().all(|one| one.result.is_err());
        let reasons = reasons.into_iter().map(|(reason, headers)| match is_of_all {
            true => reason,
            false => format!("{}: {reason}", headers.join(", ")),
        });
        reasons.collect()
    }
}

/// A string from outside, escaped and shortened.
fn shown(text: Option<&str>) -> Option<String> {
    let text = text.filter(|text| !text.is_empty())?;
    Some(shortened(&printable(text), MAX_VALUE_CHARS).into_owned())
}

/// The body as indented JSON if it is JSON and not large, else as text.
fn body(body: &[u8]) -> String {
    /// A parsed value may take a hundred times as much memory.
    const MAX_JSON_BYTES: usize = 256 << 10;
    let value: Option<Value> = Some(body)
        .filter(|body| body.len() <= MAX_JSON_BYTES)
        .and_then(|body| serde_json::from_slice(body).ok());
    value
        .and_then(|value| serde_json::to_string_pretty(&value).ok())
        .unwrap_or_else(|| String::from_utf8_lossy(body).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::receive::{Problem, Received};

    fn request(body: &str, result: Result<String, Problem>) -> Request {
        let headers = vec![("x-webhook-event".to_owned(), "build/finished".to_owned())];
        let received = Received::new(headers, body.into());
        Request {
            time: Timestamp::UNIX_EPOCH,
            size: body.len(),
            is_json: true,
            event: ReceivedEvent::new(&received),
            received,
            saved: None,
            signatures: vec![Signature { header: "x-webhook-signature", result }],
            is_verified: true,
            answer: Answer::status(200),
            forwarded: None,
        }
    }

    const PLAIN: Look = Look { use_color: false, names_secrets: false };

    #[test]
    fn columns_are_aligned_and_what_varies_comes_last() {
        let body = r#"{"build_status":2,"git":{"pull_request_id":32,"repository_url":"https://x.example/example/app"}}"#;
        let signed = request(body, Ok("BUILDHOOK_SECRET".to_owned()));
        let line = "00:00:00Z  build/finished        ✓ signed    → 200  example/app  #32  failed";
        assert_eq!(signed.line(PLAIN), line);
        let named = Look { names_secrets: true, ..PLAIN };
        assert_eq!(signed.line(named), format!("{line}   with BUILDHOOK_SECRET"));
        let wrong = request(body, Err(Problem::Wrong));
        let line = "00:00:00Z  build/finished        ✗ wrong     → 200  example/app  #32  failed   wrong secret, or body changed";
        assert_eq!(wrong.line(PLAIN), line);
        let colored = Look { use_color: true, ..PLAIN };
        assert!(signed.line(colored).contains("\x1b[32m✓ signed  \x1b[0m  → 200"));
        assert!(wrong.line(colored).contains("\x1b[31m✗ wrong   \x1b[0m  → 200"));
    }

    #[test]
    fn lines_are_no_longer_than_needed() {
        let (tag, repository) = ("v".repeat(200), "r".repeat(200));
        let body = format!(
            r#"{{"build_status":2,"git":{{"tag":"{tag}","repository_url":"https://x.example/{repository}"}}}}"#
        );
        let long = request(&body, Err(Problem::Wrong)).line(PLAIN);
        assert!(long.chars().count() <= MAX_LINE_CHARS && long.ends_with("body changed"), "{long}");
        let mut other = request("x", Ok(String::new()));
        other.event = ReceivedEvent::default();
        other.is_json = false;
        other.received.method = "POST".to_owned();
        assert_eq!(other.line(PLAIN), "00:00:00Z  POST of 1 byte        ✓ signed    → 200  not JSON");
    }
}
