//! Semantic versions and their parts.

/// Bytes of the longest version that is parsed.
const MAX_BYTES: usize = 256;

/// A semantic version: <https://semver.org>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(semver::Version);

impl Version {
    /// Parses `1.2.3`, `v1.2.3` or `1.2.3-rc.1+45`; `1.2` is `1.2.0`. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let text = Some(text.trim()).filter(|text| text.len() <= MAX_BYTES)?;
        let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
        if let Ok(version) = semver::Version::parse(text) {
            return Some(Self(version));
        }
        let end = text.find(['-', '+']).unwrap_or(text.len());
        let (numbers, rest) = text.split_at(end);
        if numbers.split('.').count() != 2 {
            return None;
        }
        semver::Version::parse(&format!("{numbers}.0{rest}")).ok().map(Self)
    }

    /// Parses the looser versions of apps and packages: like [`Version::parse`], and also one number, or
    /// four, of which the last is dropped.
    pub fn parse_short(text: &str) -> Option<Self> {
        Self::parse(text).or_else(|| {
            let numbers: Vec<&str> = text.trim().split('.').take(5).collect();
            match numbers.as_slice() {
                [major] => Self::parse(&format!("{major}.0.0")),
                [major, minor, patch, fourth] if fourth.bytes().all(|byte| byte.is_ascii_digit()) => {
                    Self::parse(&format!("{major}.{minor}.{patch}"))
                }
                _ => None,
            }
        })
    }

    /// The whole version: `1.2.3-rc.1+45`.
    pub fn full(&self) -> String {
        self.0.to_string()
    }

    /// Without pre-release and build metadata: `1.2.3`.
    pub fn short(&self) -> String {
        format!("{}.{}.{}", self.0.major, self.0.minor, self.0.patch)
    }

    /// Major, minor and patch number.
    pub fn numbers(&self) -> [u64; 3] {
        [self.0.major, self.0.minor, self.0.patch]
    }

    /// The pre-release identifier, after the `-`; may be empty.
    pub fn extra(&self) -> &str {
        self.0.pre.as_str()
    }

    /// The build metadata, after the `+`; may be empty.
    pub fn meta(&self) -> &str {
        self.0.build.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn versions_are_split_into_their_parts() {
        for (text, full, numbers, extra, meta) in [
            ("1.2.3", "1.2.3", [1, 2, 3], "", ""),
            ("v1.2.3", "1.2.3", [1, 2, 3], "", ""),
            ("v1.0", "1.0.0", [1, 0, 0], "", ""),
            ("2.5.1-stable+2024.12.17", "2.5.1-stable+2024.12.17", [2, 5, 1], "stable", "2024.12.17"),
            ("1.0-rc.1", "1.0.0-rc.1", [1, 0, 0], "rc.1", ""),
        ] {
            let version = Version::parse(text).unwrap();
            assert_eq!(version.full(), full);
            assert_eq!(version.numbers(), numbers);
            assert_eq!((version.extra(), version.meta()), (extra, meta));
        }
        for text in ["", "v", "1", "1.2.3.4", "release-1", "nightly", "1.x"] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }
}
