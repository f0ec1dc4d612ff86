//! Markdown for CI pages.

use super::outcome_lines::mark;
use super::{human_duration, printable, shortened, shortened_in_the_middle};
use crate::delivery::Outcome;

/// The most rows of a table, and the most characters of a cell: GitHub accepts 1 MB per step,
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits>.
const MAX_ROWS: usize = 300;
const MAX_CELL_CHARS: usize = 160;

/// The heading of a table.
#[derive(Debug, Default)]
pub struct Heading {
    /// The build, for people.
    pub text: Option<String>,
    /// The page of the run.
    pub url: Option<String>,
    /// The job, with its leg of the matrix.
    pub job: Option<String>,
}

/// A table of deliveries.
pub(super) fn table(heading: &Heading, outcomes: &[Outcome]) -> String {
    let mut text = format!("### buildhook{}\n\n", title(heading));
    text.push_str("| delivery | event | endpoint | response | attempts | took |\n");
    text.push_str("| --- | --- | --- | --- | --- | --- |\n");
    let (shown, others) = outcomes.split_at(outcomes.len().min(MAX_ROWS));
    for outcome in shown {
        let (event, endpoint) = (outcome.event_and_subject(), &outcome.endpoint);
        let [event, endpoint] =
            [&*event, &**endpoint].map(|text| escape(&shortened_in_the_middle(text, MAX_CELL_CHARS)));
        let (response, took) = match outcome.attempts {
            0 => (outcome.error.as_deref().unwrap_or("-").into(), "-".to_owned()),
            _ => (outcome.result(), human_duration(outcome.seconds())),
        };
        let (mark, response) = (mark(outcome), escape(&shortened(&response, MAX_CELL_CHARS)));
        text.push_str(&format!(
            "| {mark} | {event} | {endpoint} | {response} | {} | {took} |\n",
            outcome.attempts
        ));
    }
    text.push('\n');
    if !others.is_empty() {
        let failed = others.iter().filter(|outcome| !outcome.is_delivered()).count();
        text.push_str(&format!("{} more deliveries, {failed} of them not delivered\n\n", others.len()));
    }
    text
}

/// The build, as a link to its run if that is possible, and the job.
fn title(heading: &Heading) -> String {
    let shown = |text: &Option<String>| {
        text.as_deref().map(|text| escape(&shortened_in_the_middle(text, MAX_CELL_CHARS)))
    };
    let build = match (shown(&heading.text), heading.url.as_deref().filter(|url| is_plain_url(url))) {
        (Some(text), Some(url)) => Some(format!("[{text}]({url})")),
        (text, _) => text,
    };
    match (build, shown(&heading.job)) {
        (Some(build), Some(job)) => format!(": {build} · {job}"),
        (Some(part), None) | (None, Some(part)) => format!(": {part}"),
        (None, None) => String::new(),
    }
}

/// Whether this is the URL of a page, without characters that could end a link.
fn is_plain_url(url: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~/:?=&%+#".contains(c);
    (url.starts_with("https://") || url.starts_with("http://")) && url.chars().all(is_plain)
}

/// Divides text, so that a renderer takes neither part for a URL or an address. It is not shown.
const DIVIDER: &str = "<!-- -->";

/// Escapes text for Markdown and HTML: punctuation that may have a meaning becomes a character reference. Nothing becomes a link:
/// GitHub also links URLs, mail addresses and what starts with `www.`, and a character reference does not prevent this,
/// <https://github.github.com/gfm/#autolinks-extension->.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    let text = printable(text);
    for (at, c) in text.char_indices() {
        let (before, after) = (&text[..at], &text[at + c.len_utf8()..]);
        let is_www =
            c == '.' && before.len() >= 3 && before.as_bytes()[at - 3..].eq_ignore_ascii_case(b"www");
        if is_www {
            escaped.push_str(DIVIDER);
        }
        if c.is_ascii_punctuation() && !"./-,;?%='".contains(c) {
            escaped.push_str(&format!("&#{};", u32::from(c)));
        } else {
            escaped.push(c);
        }
        if c == '@' || (c == ':' && after.starts_with('/')) {
            escaped.push_str(DIVIDER);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{Heading, escape, title};

    #[test]
    fn markup_is_escaped() {
        assert_eq!(escape("a|b<c>[x](y)"), "a&#124;b&#60;c&#62;&#91;x&#93;&#40;y&#41;");
        assert_eq!(escape("ünï ✓"), "ünï ✓");
    }

    /// Checked with cmark-gfm.
    #[test]
    fn no_text_becomes_a_link() {
        for (text, expected) in [
            ("user@evil.example", "user&#64;<!-- -->evil.example"),
            ("www.evil.example", "www<!-- -->.evil.example"),
            ("a WWW.evil.example", "a WWW<!-- -->.evil.example"),
            ("https://evil.example/x", "https&#58;<!-- -->//evil.example/x"),
            ("https://www.evil.example", "https&#58;<!-- -->//www<!-- -->.evil.example"),
            ("é.www..apk", "é.www<!-- -->..apk"),
            ("build.created: app-1.2.apk", "build.created&#58; app-1.2.apk"),
        ] {
            assert_eq!(escape(text), expected);
        }
    }

    #[test]
    fn only_a_plain_url_becomes_a_link() {
        let title = |text: &str, url: &str| {
            title(&Heading { text: Some(text.to_owned()), url: Some(url.to_owned()), job: None })
        };
        let url = "https://ci.example/octo/hello/actions/runs/7?pr=1&a=%20#x";
        assert_eq!(title("octo/hello #7", url), format!(": [octo/hello &#35;7]({url})"));
        for url in ["", "javascript:alert(1)", "https://a/) <img src=x>", "https://a/\n## x", "https://ü/"] {
            assert_eq!(title("x](y)", url), ": x&#93;&#40;y&#41;", "{url}");
        }
        assert_eq!(super::title(&Heading::default()), "");
        let job = Heading { job: Some("build (<x>)".to_owned()), ..Heading::default() };
        assert_eq!(super::title(&job), ": build &#40;&#60;x&#62;&#41;");
    }
}
