//! Strings that occur more than once, such as the names of files in different folders.

/// A list of strings.
pub(crate) struct Repeated(Vec<String>);

impl Repeated {
    /// Looks for repetitions among these.
    pub(crate) fn among(mut strings: Vec<String>) -> Self {
        strings.sort_unstable();
        Self(strings)
    }

    /// Whether the string occurs more than once.
    pub(crate) fn contains(&self, string: &str) -> bool {
        let first = self.0.partition_point(|other| other.as_str() < string);
        self.0[first..].iter().take_while(|other| *other == string).nth(1).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::Repeated;

    #[test]
    fn only_what_occurs_twice_is_repeated() {
        let repeated = Repeated::among(["b", "a", "c", "b", "c", "c"].map(str::to_owned).to_vec());
        assert_eq!(
            ["a", "b", "c", "d", ""].map(|text| repeated.contains(text)),
            [false, true, true, false, false]
        );
    }
}
