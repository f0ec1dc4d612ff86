//! A job's variables, and the struct of those that a provider uses.

use std::collections::{BTreeMap, BTreeSet};

use super::Sourced;
use crate::system::Environment;

/// The longest value that counts, in bytes. No CI has longer ones; a commit message of a book is no message.
const LONGEST: usize = 64 << 10;

/// The variables of a job that say something, under their names in lower case.
#[derive(Debug, Default)]
pub(super) struct Values {
    found: BTreeMap<String, Sourced>,
    unreadable: BTreeSet<String>,
    /// What a user should know about the variables that were asked for.
    pub(super) warnings: Vec<String>,
}

impl Values {
    /// Those of an environment. Blank ones are absent, and so are templates that nobody filled in.
    pub(super) fn of(environment: &Environment) -> Self {
        let mut seen = BTreeSet::new();
        let mut named = Vec::new();
        for (name, value) in environment.iter() {
            let value = value.trim();
            // NOTE: `envy` compares names in lower case, so a shell's own `ci_job_id` must not shadow `CI_JOB_ID`.
            if says_something(value) && seen.insert(name.to_lowercase()) {
                named.push((name.to_owned(), format!("{name}={value}")));
            }
        }
        Self {
            found: envy::from_iter(named).unwrap_or_default(),
            unreadable: environment.unreadable().iter().map(|name| name.to_lowercase()).collect(),
            warnings: Vec::new(),
        }
    }

    /// The value of a variable by its name in lower case.
    // NOTE: kept out of line, or each variable of each provider would hold a copy of it.
    #[inline(never)]
    pub(super) fn take(&mut self, name: &str) -> Option<Sourced> {
        if self.unreadable.contains(name) {
            self.warnings.push(format!("{} is not UTF-8; it is ignored", name.to_uppercase()));
        }
        let found = self.found.get(name)?;
        if found.value.len() > LONGEST {
            let size = found.value.len();
            self.warnings
                .push(format!("{} has {size} bytes, more than {LONGEST}; it is ignored", found.source));
            return None;
        }
        Some(found.clone())
    }

    /// Lets each variable that begins with `start` stand in for the one that begins with `other` instead.
    pub(super) fn let_stand_in(&mut self, start: &str, other: &str) {
        let rename = |(name, found): (&String, &Sourced)| {
            Some((format!("{other}{}", name.strip_prefix(start)?), found.clone()))
        };
        let stand_ins: Vec<(String, Sourced)> = self.found.iter().filter_map(rename).collect();
        self.found.extend(stand_ins);
    }

    /// The values of all variables whose names begin like this, in lower case.
    pub(super) fn beginning_with(&self, start: &'static str) -> impl Iterator<Item = &Sourced> {
        let names = self.found.range(start.to_owned()..);
        let wanted = names.take_while(move |(name, _)| name.starts_with(start)).map(|(_, found)| found);
        wanted.filter(|found| found.value.len() <= LONGEST)
    }
}

/// Whether it is neither blank nor `false`, nor what a template leaves behind that was not filled in: `${NAME}`,
/// `$(name)`, `%name%`, `null`.
fn says_something(value: &str) -> bool {
    let is_template = value.starts_with("${")
        || (value.starts_with("$(") && value.ends_with(')'))
        || (value.len() > 2 && value.starts_with('%') && value.ends_with('%') && !value.contains(' '));
    let is_nothing =
        matches!(value, "" | "null" | "undefined" | "<nil>") || value.eq_ignore_ascii_case("false");
    !is_nothing && !is_template
}

/// Defines a provider's `Variables`: a field `Option<Sourced>` for each, named like its variable in lower case, and
/// `take`, which reads them.
macro_rules! variables {
    ($($(#[$doc:meta])* $name:ident,)+) => {
        struct Variables {
            $($(#[$doc])* $name: Option<$crate::ci::Sourced>,)+
        }

        impl Variables {
            fn take(values: &mut $crate::ci::variables::Values) -> Self {
                Self { $($name: values.take(stringify!($name)),)+ }
            }
        }
    };
}

pub(super) use variables;

#[cfg(test)]
mod tests {
    use super::Values;
    use crate::ci::Sourced;
    use crate::system::Environment;

    #[test]
    fn what_says_nothing_is_absent() {
        let nothing =
            ["", " ", "null", "undefined", "<nil>", "false", "False", "${X}", "${{ x }}", "$(x.y)", "%x.y%"];
        for value in nothing {
            assert_eq!(Values::of(&Environment::from_iter([("A", value)])).take("a"), None, "{value}");
        }
        for value in ["0", "falsehood", "$5", "100%", "% of %"] {
            let found = Values::of(&Environment::from_iter([("A", value)])).take("a");
            assert_eq!(found, Some(Sourced::new(value, "A")));
        }
    }

    #[test]
    fn variables_in_two_spellings_do_no_harm() {
        let mut values = Values::of(&Environment::from_iter([("RUN_ID", "1"), ("run_id", "2")]));
        assert_eq!(values.take("run_id"), Some(Sourced::new("1", "RUN_ID")));
    }

    #[test]
    fn what_is_far_too_long_is_a_warning_and_a_gap() {
        let mut values = Values::of(&Environment::from_iter([("A", "x".repeat(1 << 20)), ("B", "y".into())]));
        assert_eq!(values.take("a"), None);
        assert_eq!(values.warnings, ["A has 1048576 bytes, more than 65536; it is ignored"]);
    }

    #[test]
    fn names_are_found_by_their_beginning() {
        let values = Values::of(&Environment::from_iter([
            ("GO_REVISION_A", "1"),
            ("GO_REVISION_B", "2"),
            ("GO_X", "3"),
        ]));
        let found: Vec<&str> =
            values.beginning_with("go_revision_").map(|found| found.value.as_str()).collect();
        assert_eq!(found, ["1", "2"]);
    }
}
