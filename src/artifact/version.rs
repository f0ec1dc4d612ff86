//! Semantic versions and their parts.

/// Bytes of the longest version that is parsed.
const MAX_BYTES: usize = 256;

/// A semantic version: <https://semver.org>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(semver::Version);

/// `0.0.0`.
impl Default for Version {
    fn default() -> Self {
        Self(semver::Version::new(0, 0, 0))
    }
}

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

    /// Parses the looser versions of apps and packages: like [`Version::parse`], and also one number, or more than
    /// three, of which three are kept, numbers with leading zeros, and whatever may follow the numbers: `20250419+deb13u1`,
    /// `1.2.3~rc1`, `1.2.3.RELEASE`. Only what marks a pre-release or follows a plus sign is kept of it.
    pub fn parse_short(text: &str) -> Option<Self> {
        Self::parse(text).or_else(|| Self::parse_numbers(text))
    }

    fn parse_numbers(text: &str) -> Option<Self> {
        let text = Some(text.trim()).filter(|text| text.len() <= MAX_BYTES)?;
        let mut rest = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let mut numbers = Vec::new();
        loop {
            let end = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
            numbers.push(rest[..end].parse().ok()?);
            rest = &rest[end..];
            match rest.strip_prefix('.').filter(|next| next.starts_with(|first: char| first.is_ascii_digit()))
            {
                Some(next) => rest = next,
                None => break,
            }
        }
        // A single number with something else after it may be anything: a hash, a date, an ordinal.
        if numbers.len() == 1 && !rest.is_empty() && !rest.starts_with(['-', '+', '~', '_']) {
            return None;
        }
        let (extra, meta) = rest.split_once('+').unwrap_or((rest, ""));
        numbers.resize(3, 0);
        let mut version = semver::Version::new(numbers[0], numbers[1], numbers[2]);
        if is_pre_release(extra) {
            version.pre = semver::Prerelease::new(&identifiers(extra)).unwrap_or_default();
        }
        version.build = semver::BuildMetadata::new(&identifiers(meta)).unwrap_or_default();
        Some(Self(version))
    }

    /// The version as a file has it, if `version`, which was read from it, is not all of it: `1.2.3.4`, `2:1.2.3-4`,
    /// `2025.04.19`.
    pub fn full_if_more(whole: &str, version: Option<&Self>) -> Option<String> {
        let whole = whole.trim();
        let is_number = whole.bytes().all(|byte| byte.is_ascii_digit());
        let semantic = if is_number { Self::parse(&format!("{whole}.0.0")) } else { Self::parse(whole) };
        let is_more = !whole.is_empty() && (semantic.is_none() || semantic.as_ref() != version);
        is_more.then(|| whole.to_owned())
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

/// Whether what follows the numbers marks a version that precedes the one with these numbers.
fn is_pre_release(extra: &str) -> bool {
    const WORDS: [&str; 11] = ["a", "alpha", "b", "beta", "c", "cr", "dev", "m", "pre", "preview", "rc"];
    if extra.starts_with(['-', '~']) {
        return true;
    }
    let word = extra.trim_start_matches(['.', '_', ' ']).to_ascii_lowercase();
    let end = word.find(|character: char| !character.is_ascii_lowercase()).unwrap_or(word.len());
    WORDS.contains(&&word[..end]) || &word[..end] == "snapshot"
}

/// Identifiers as semantic versions have them: letters, digits and hyphens, and numbers without leading zeros.
fn identifiers(text: &str) -> String {
    let is_allowed = |character: char| character.is_ascii_alphanumeric() || character == '-';
    let allowed: String = text
        .chars()
        .map(|character| if is_allowed(character) || character == '.' { character } else { '-' })
        .collect();
    let parts = allowed.split('.').map(|part| part.trim_matches('-')).filter(|part| !part.is_empty());
    let parts: Vec<&str> = parts
        .map(|part| match part.bytes().all(|byte| byte.is_ascii_digit()) {
            true => Some(part.trim_start_matches('0')).filter(|part| !part.is_empty()).unwrap_or("0"),
            false => part,
        })
        .collect();
    parts.join(".")
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

    #[test]
    fn versions_of_packages_need_not_be_semantic() {
        for (text, version) in [
            ("7", "7.0.0"),
            ("1.2.3.4", "1.2.3"),
            ("1.2.3.4.5", "1.2.3"),
            ("2025.04.19", "2025.4.19"),
            ("20250419+deb13u1", "20250419.0.0+deb13u1"),
            ("1.2.3~rc1+dfsg", "1.2.3-rc1+dfsg"),
            ("1.2.3rc1", "1.2.3-rc1"),
            ("1.2_beta02", "1.2.0-beta02"),
            ("1.2.3.4-SNAPSHOT", "1.2.3-SNAPSHOT"),
            ("1.2.3.RELEASE", "1.2.3"),
            ("1.2.3.post1", "1.2.3"),
            ("1.1.1w", "1.1.1"),
            ("1.2.3 (45)", "1.2.3"),
            ("1.2.3-01", "1.2.3-1"),
        ] {
            assert_eq!(
                Version::parse_short(text).map(|version| version.full()).as_deref(),
                Some(version),
                "{text}"
            );
        }
        for text in ["", "nightly", "1.x", "3rd build", "7f3a", "release-1", "99999999999999999999.1", ".1"] {
            assert_eq!(Version::parse_short(text), None, "{text}");
        }
    }

    #[test]
    fn a_version_that_is_more_than_semantic_is_kept() {
        for (whole, is_kept) in [
            ("1.2.3", false),
            ("v1.2.3", false),
            ("1.2", false),
            ("7", false),
            ("1.2.3-rc.1+4", false),
            ("", false),
            ("1.2.3.4", true),
            ("2:1.2.3-4", true),
            ("2025.04.19", true),
            ("Nightly", true),
        ] {
            let version = Version::parse_short(whole);
            let full = Version::full_if_more(whole, version.as_ref());
            assert_eq!(full.as_deref(), Some(whole).filter(|_| is_kept), "{whole}");
        }
        assert_eq!(
            Version::full_if_more("1.2.3-4", Version::parse("1.2.3").as_ref()).as_deref(),
            Some("1.2.3-4")
        );
    }
}
