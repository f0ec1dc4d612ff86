//! A job's environment variables, each value with the name of its variable.

use std::cell::RefCell;

use super::Sourced;
use super::url_template::expand;
use crate::system::Environment;

/// Longer values are ignored with a warning, in bytes. No CI has any.
pub(super) const MAX_BYTES: usize = 64 << 10;

/// The environment variables of a job. An unset, blank or `false` variable is `None`, and so is a template
/// that was not filled in.
#[derive(Clone, Copy)]
pub(super) struct Variables<'a> {
    environment: &'a Environment,
    /// The names of variables whose values turned out to be malformed; they count as unset.
    ignored: &'a [String],
    /// With `["FORGEJO_", "GITHUB_"]`, `GITHUB_SHA` means `FORGEJO_SHA` if that is set.
    prefixes: &'static [&'static str],
    warnings: &'a RefCell<Vec<String>>,
}

impl<'a> Variables<'a> {
    /// The variables of an environment. Those that cannot be used are reported in `warnings`. A name that
    /// starts with one of the `prefixes` is looked up with each of them, in this order.
    pub(super) fn new(
        environment: &'a Environment,
        prefixes: &'static [&'static str],
        warnings: &'a RefCell<Vec<String>>,
    ) -> Self {
        Self { environment, ignored: &[], prefixes, warnings }
    }

    /// The same variables without those with these names.
    pub(super) fn without(self, ignored: &'a [String]) -> Self {
        Self { ignored, ..self }
    }

    /// The value of a variable.
    pub(super) fn get(&self, name: &str) -> Option<Sourced> {
        match self.prefixes.iter().find_map(|prefix| name.strip_prefix(prefix)) {
            Some(rest) => {
                self.prefixes.iter().find_map(|prefix| self.get_exactly(&format!("{prefix}{rest}")))
            }
            None => self.get_exactly(name),
        }
    }

    fn get_exactly(&self, name: &str) -> Option<Sourced> {
        if self.environment.is_unreadable(name) {
            self.warn(format!("{name} is not UTF-8; it is ignored"));
        }
        let value = self.environment.get(name).filter(|value| has_meaning(value))?;
        if self.ignored.iter().any(|ignored| ignored == name) {
            return None;
        }
        if value.len() > MAX_BYTES {
            self.warn(format!("{name} has {} bytes, more than {MAX_BYTES}; it is ignored", value.len()));
            return None;
        }
        Some(Sourced::new(value, name))
    }

    /// Reports a problem, once.
    pub(super) fn warn(&self, warning: String) {
        let mut warnings = self.warnings.borrow_mut();
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }

    /// The value of the first of these variables that is set.
    pub(super) fn first(&self, names: &[&str]) -> Option<Sourced> {
        names.iter().find_map(|name| self.get(name))
    }

    /// The exact name of a branch: even `pull/7` and `origin/x` are branches here.
    pub(super) fn branch(&self, name: &str) -> Option<Sourced> {
        self.get(name).map(Sourced::qualify_branch)
    }

    /// The exact name of a branch, from the first of these variables that is set.
    pub(super) fn first_branch(&self, names: &[&str]) -> Option<Sourced> {
        self.first(names).map(Sourced::qualify_branch)
    }

    /// Whether the variable is set.
    pub(super) fn is_set(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// `value` if the variable is set.
    pub(super) fn if_set(&self, name: &str, value: &str) -> Option<Sourced> {
        self.get(name).map(|found| found.implies(value))
    }

    /// The variable's value in other words: each pair is a value and what it becomes. Other values are
    /// dropped.
    pub(super) fn translated(&self, name: &str, words: &[(&str, &str)]) -> Option<Sourced> {
        self.get(name)?.translated(words)
    }

    /// The template with the variables in place of their `{NAME}`, see [`expand`]. `None` unless all of them
    /// are set.
    pub(super) fn fill(&self, template: &str) -> Option<Sourced> {
        expand(template, |name| self.get(name))
    }

    /// `Name <email>`, or the name alone.
    pub(super) fn author(&self, name: &str, email: &str) -> Option<Sourced> {
        self.fill(&format!("{{{name}}} <{{{email}}}>")).or_else(|| self.get(name))
    }

    /// The variables whose names start with `prefix`, in the order of their names.
    pub(super) fn starting_with(&self, prefix: &str) -> impl Iterator<Item = Sourced> {
        let names = self.environment.iter().map(|(name, _)| name);
        names.filter(move |name| name.starts_with(prefix)).filter_map(|name| self.get(name))
    }
}

/// Whether a value is more than a blank, `false`, `null`, or a template that was not filled in: `${NAME}`,
/// `$(name)`, `%name%`.
fn has_meaning(value: &str) -> bool {
    let is_template = value.starts_with("${")
        || (value.starts_with("$(") && value.ends_with(')'))
        || (value.len() > 2 && value.starts_with('%') && value.ends_with('%') && !value.contains(' '));
    let is_nothing =
        matches!(value, "" | "null" | "undefined" | "<nil>") || value.eq_ignore_ascii_case("false");
    !is_nothing && !is_template
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::{MAX_BYTES, Variables};
    use crate::ci::Sourced;
    use crate::system::Environment;

    /// Calls `check` with the variables; the warnings that resulted.
    fn with(variables: &[(&str, &str)], check: impl FnOnce(Variables)) -> Vec<String> {
        with_prefixes(&[], variables, check)
    }

    fn with_prefixes(
        prefixes: &'static [&'static str],
        variables: &[(&str, &str)],
        check: impl FnOnce(Variables),
    ) -> Vec<String> {
        let environment = Environment::from_iter(variables.iter().copied());
        let warnings = RefCell::default();
        check(Variables::new(&environment, prefixes, &warnings));
        warnings.into_inner()
    }

    #[test]
    fn a_value_without_meaning_is_unset() {
        let nothing =
            ["", " ", "null", "undefined", "<nil>", "false", "False", "${X}", "${{ x }}", "$(x.y)", "%x.y%"];
        for value in nothing {
            with(&[("A", value)], |env| assert_eq!(env.get("A"), None, "{value}"));
        }
        for value in ["0", "falsehood", "$5", "100%", "% of %"] {
            with(&[("A", value)], |env| assert_eq!(env.get("A"), Some(Sourced::new(value, "A"))));
        }
    }

    #[test]
    fn a_value_that_is_too_long_is_reported_once() {
        let long = "x".repeat(MAX_BYTES + 1);
        let warnings = with(&[("A", &long), ("B", &long[1..])], |env| {
            assert_eq!((env.get("A"), env.get("A")), (None, None));
            assert!(env.is_set("B"));
        });
        assert_eq!(warnings, ["A has 65537 bytes, more than 65536; it is ignored"]);
    }

    #[test]
    fn the_first_prefix_is_preferred_and_the_others_remain() {
        let variables = [("FORGEJO_SHA", "1"), ("GITHUB_SHA", "2"), ("GITHUB_REF", "3"), ("CI", "4")];
        with_prefixes(&["FORGEJO_", "GITHUB_"], &variables, |env| {
            assert_eq!(env.get("GITHUB_SHA"), Some(Sourced::new("1", "FORGEJO_SHA")));
            assert_eq!(env.get("GITHUB_REF"), Some(Sourced::new("3", "GITHUB_REF")));
            assert_eq!(env.get("FORGEJO_REF"), Some(Sourced::new("3", "GITHUB_REF")));
            assert_eq!(env.get("CI"), Some(Sourced::new("4", "CI")));
        });
    }

    #[test]
    fn templates_name_their_variables() {
        with(&[("SERVER", "https://ci.example/"), ("JOB", "my app/main")], |env| {
            let url = env.fill("{SERVER}/jobs/{JOB%}?{JOB}").unwrap();
            assert_eq!(url.value, "https://ci.example/jobs/my%20app%2Fmain?my app/main");
            assert_eq!(url.source, "SERVER + JOB");
            assert_eq!(env.fill("{SERVER}/{MISSING}"), None);
            assert_eq!(env.fill("{SERVER"), None);
        });
    }

    #[test]
    fn lookups_by_several_names_keep_the_source() {
        with(&[("B", "b"), ("C", "c"), ("C_1", "d"), ("EVENT", "cron")], |env| {
            assert_eq!(env.first(&["A", "B", "C"]), Some(Sourced::new("b", "B")));
            assert_eq!(env.if_set("C", "yes"), Some(Sourced::new("yes", "C")));
            assert_eq!(env.if_set("A", "yes"), None);
            let names: Vec<_> = env.starting_with("C").map(|found| found.source).collect();
            assert_eq!(names, ["C", "C_1"]);
            let translated = env.translated("EVENT", &[("timer", "x"), ("cron", "schedule")]);
            assert_eq!(translated, Some(Sourced::new("schedule", "EVENT")));
            assert_eq!(env.translated("EVENT", &[("push", "push")]), None);
        });
    }

    #[test]
    fn an_author_may_have_no_email() {
        with(&[("NAME", "A user"), ("EMAIL", "user@example.com")], |env| {
            assert_eq!(env.author("NAME", "EMAIL").as_deref(), Some("A user <user@example.com>"));
            assert_eq!(env.author("NAME", "MISSING").as_deref(), Some("A user"));
            assert_eq!(env.author("MISSING", "EMAIL"), None);
        });
    }
}
