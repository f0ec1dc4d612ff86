//! Conditions on environment variables that identify a CI.

use crate::system::Environment;

/// A condition that holds only in the jobs of one CI.
#[derive(Debug)]
pub(super) enum Marker {
    /// The variable is set, and not to `false`, `0` or `no`.
    Set(&'static str),
    /// The variable is unset, or set to `false`, `0` or `no`.
    NotSet(&'static str),
    /// The variable has exactly this value.
    Is(&'static str, &'static str),
    /// The variable is unset or has another value.
    IsNot(&'static str, &'static str),
    /// The variable's value starts with this.
    StartsWith(&'static str, &'static str),
    /// The variable's value ends with this.
    EndsWith(&'static str, &'static str),
    /// The variable is unset, or its value does not start with this.
    NotStartsWith(&'static str, &'static str),
    /// All of these conditions hold.
    All(&'static [Marker]),
}

impl Marker {
    /// The variable that identifies the CI, if the condition holds. For [`Marker::All`] it is that of the
    /// first one.
    pub(super) fn find(&self, environment: &Environment) -> Option<&'static str> {
        let value = |name| environment.get(name);
        let (name, holds) = match *self {
            Self::Set(name) => (name, environment.is_set(name)),
            Self::NotSet(name) => (name, !environment.is_set(name)),
            Self::Is(name, expected) => (name, value(name) == Some(expected)),
            Self::IsNot(name, unexpected) => (name, value(name) != Some(unexpected)),
            Self::StartsWith(name, start) => {
                (name, value(name).is_some_and(|value| value.starts_with(start)))
            }
            Self::NotStartsWith(name, start) => {
                (name, !value(name).is_some_and(|value| value.starts_with(start)))
            }
            Self::EndsWith(name, end) => (name, value(name).is_some_and(|value| value.ends_with(end))),
            Self::All(markers) => {
                let mut names = markers.iter().map(|marker| marker.find(environment));
                let first = names.next().flatten()?;
                (first, names.all(|name| name.is_some()))
            }
        };
        holds.then_some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::Marker::{self, All, EndsWith, Is, IsNot, NotSet, NotStartsWith, Set, StartsWith};
    use crate::system::Environment;

    #[test]
    fn every_condition_holds_for_its_values_only() {
        let environment = Environment::from_iter([
            ("YES", "true"),
            ("NO", "false"),
            ("ZERO", "0"),
            ("TAG", "jenkins-app-7"),
        ]);
        let cases: &[(Marker, Option<&str>)] = &[
            (Set("YES"), Some("YES")),
            (Set("NO"), None),
            (Set("ZERO"), None),
            (Set("MISSING"), None),
            (NotSet("NO"), Some("NO")),
            (NotSet("MISSING"), Some("MISSING")),
            (NotSet("YES"), None),
            (Is("YES", "true"), Some("YES")),
            (Is("YES", "tru"), None),
            (IsNot("YES", "true"), None),
            (IsNot("MISSING", "true"), Some("MISSING")),
            (StartsWith("TAG", "jenkins-"), Some("TAG")),
            (StartsWith("TAG", "app"), None),
            (NotStartsWith("TAG", "jenkins-"), None),
            (NotStartsWith("TAG", "app"), Some("TAG")),
            (NotStartsWith("MISSING", "app"), Some("MISSING")),
            (EndsWith("TAG", "-7"), Some("TAG")),
            (EndsWith("MISSING", ""), None),
            (All(&[Set("YES"), StartsWith("TAG", "jenkins-")]), Some("YES")),
            (All(&[Set("YES"), Set("NO")]), None),
            (All(&[Set("NO"), Set("YES")]), None),
            (All(&[]), None),
        ];
        let wrong: Vec<_> =
            cases.iter().filter(|(marker, expected)| marker.find(&environment) != *expected).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}
