//! The page of deliveries: a single HTML file that loads nothing.
//!
//! It is complete without its styles and its script, as where a content security policy blocks both. That of Jenkins does.

mod build;
mod html;
mod row;

use std::io::{self, Write};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::delivery::{DeliveryStatus, Record};
use build::BuildFacts;
use html::line;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The most repositories that the heading names.
const MAX_REPOSITORIES: usize = 3;

const FILTERS: &str = "<form hidden>
<label>Search <input type=\"search\" name=\"search\" placeholder=\"branch, file, id, header …\" autocomplete=\"off\"></label>
<label>Endpoint <select name=\"endpoint\"><option value=\"\">all</option></select></label>
<label>Event <select name=\"event\"><option value=\"\">all</option></select></label>
<label>State <select name=\"state\"><option value=\"\">all</option></select></label>
<button type=\"reset\">Clear</button>
</form>
";

/// The columns. They need styles.
const TITLES: &str = "<div class=\"titles\" hidden><span>Response</span><span>Event</span><span>Branch</span>\
    <span>Build</span><span>Endpoint</span><span>Delivery</span><span>Time</span><span>Took</span></div>\n";

/// Counts and repositories of all deliveries, for the head of the page.
#[derive(Debug, Default)]
pub struct PageSummary {
    delivered: usize,
    failed: usize,
    pending: usize,
    repositories: Vec<String>,
}

impl PageSummary {
    /// Counts a delivery.
    pub fn add(&mut self, record: &Record) {
        match record.status {
            DeliveryStatus::Delivered => self.delivered += 1,
            DeliveryStatus::Failed => self.failed += 1,
            DeliveryStatus::Pending => self.pending += 1,
        }
        // One more shows that there are others.
        if self.repositories.len() <= MAX_REPOSITORIES {
            let payload = serde_json::from_str(record.request_payload.get()).unwrap_or_default();
            let repository = BuildFacts::new(&payload).repository;
            self.add_repository(repository);
        }
    }

    /// Whether there are no deliveries.
    pub fn is_empty(&self) -> bool {
        self.total() == 0
    }

    fn total(&self) -> usize {
        self.delivered + self.failed + self.pending
    }

    /// The repository, where no delivery names one.
    pub fn add_default_repository(&mut self, repository: Option<&str>) {
        if self.repositories.is_empty() {
            self.add_repository(repository.map(str::to_owned));
        }
    }

    fn add_repository(&mut self, repository: Option<String>) {
        self.repositories.extend(repository.filter(|repository| !self.repositories.contains(repository)));
    }

    /// The repositories, for the heading. Empty if none is known.
    fn repositories(&self) -> String {
        let named: Vec<&str> = self.repositories.iter().take(MAX_REPOSITORIES).map(String::as_str).collect();
        let others = if self.repositories.len() > MAX_REPOSITORIES { " and others" } else { "" };
        named.join(", ") + others
    }
}

/// The page while it is written, row by row.
pub struct Page<'a> {
    out: &'a mut dyn Write,
    /// The arguments of the command that resends a delivery, after its id.
    redeliver: String,
}

impl<'a> Page<'a> {
    /// Writes the head of the page: of the deliveries in `folder`, as they are at `now`. `state_dir` is the state folder, if commands
    /// in a shell must name it.
    pub fn begin(
        summary: &PageSummary,
        folder: &str,
        state_dir: Option<&Path>,
        now: Timestamp,
        out: &'a mut dyn Write,
    ) -> io::Result<Self> {
        let PageSummary { delivered, failed, pending, .. } = summary;
        let repositories = line(&summary.repositories());
        let (title, heading) = match repositories.as_str() {
            "" => (String::new(), String::new()),
            names => (format!("{}: ", names.replace("<wbr>", "")), format!("{names}: ")),
        };
        let total = summary.total();
        // NOTE: hashes, so that no script but this one can run, should a value ever escape its element.
        let (style, script) = (hash(STYLE), hash(SCRIPT));
        write!(
            out,
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{style}'; \
             script-src '{script}'; base-uri 'none'; form-action 'none'\">\n\
             <title>{title}webhook deliveries</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
             <h1>{heading}webhook deliveries</h1>\n\
             <p><b>{delivered}</b> delivered, <b>{failed}</b> failed, <b>{pending}</b> pending. \
             Written {} from {} by buildhook {}.</p>\n{FILTERS}\
             <h2><span id=\"shown\" role=\"status\">{total} deliveries</span></h2>\n<main>\n",
            row::html_time(now),
            line(folder),
            env!("CARGO_PKG_VERSION"),
        )?;
        out.write_all(if total == 0 { "<p>No deliveries yet.</p>\n" } else { TITLES }.as_bytes())?;
        let state_dir = state_dir.map(|path| shell_word(&path.display().to_string()));
        let redeliver = state_dir.map(|word| " --state-dir ".to_owned() + &word).unwrap_or_default();
        Ok(Self { out, redeliver })
    }

    /// Writes the row of a delivery.
    pub fn row(&mut self, record: &Record) -> io::Result<()> {
        self.out.write_all(row::html(record, &self.redeliver).as_bytes())
    }

    /// Writes the end of the page.
    pub fn end(self) -> io::Result<()> {
        write!(
            self.out,
            "</main>\n<p id=\"none\" hidden>No delivery matches these filters.</p>\n<script>{SCRIPT}</script>\n\
             </body>\n</html>\n"
        )
    }
}

/// The text as one word of a shell's command line.
fn shell_word(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+:@\\".contains(c);
    match (text.chars().all(is_plain), cfg!(windows)) {
        (true, true) => text.to_owned(),
        (true, false) if !text.contains('\\') => text.to_owned(),
        (false, true) => ["\"", text, "\""].concat(),
        (_, false) => ["'", &text.replace('\'', "'\\''"), "'"].concat(),
    }
}

/// The hash of an element's content, as content security policies have it: <https://www.w3.org/TR/CSP3/#grammardef-hash-source>.
fn hash(content: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(content)))
}

#[cfg(test)]
mod tests {
    use super::{SCRIPT, STYLE, shell_word};

    #[cfg(unix)]
    #[test]
    fn a_folder_is_one_word_for_the_shell() {
        for (text, word) in [
            ("/home/runner/work/_temp/buildhook", "/home/runner/work/_temp/buildhook"),
            ("/my folder/$(x)", "'/my folder/$(x)'"),
            ("/it's", "'/it'\\''s'"),
            ("/back\\slash", "'/back\\slash'"),
        ] {
            assert_eq!(shell_word(text), word);
        }
    }

    #[test]
    fn styles_and_script_do_not_end_their_elements() {
        assert!(!STYLE.contains("</") && !SCRIPT.contains("</") && !SCRIPT.contains("<!--"));
    }
}
