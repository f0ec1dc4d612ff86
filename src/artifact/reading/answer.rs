//! The result of reading a file as a line of JSON. Nothing in the line is trusted: a hostile file may control the
//! process that writes it.

use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::artifact::reports::MAX_REPORTS;
use crate::artifact::{AndroidInfo, Details, IosInfo, Version, catalog};

/// Bytes of a line, with its end.
pub(super) const MAX_LINE_BYTES: usize = 64 << 10;
/// Bytes of a string. Longer ones are left out.
const MAX_TEXT_BYTES: usize = 512;
/// Architectures of a file.
const MAX_ARCHITECTURES: usize = 32;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Answer {
    Details(Box<Found>),
    Damaged(String),
    GivenUp(String),
}

/// Details with identifiers instead of entries of the catalog.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Found {
    platform: Option<String>,
    architectures: Vec<String>,
    version: Option<String>,
    version_full: Option<String>,
    build_number: Option<String>,
    ios: Option<IosInfo>,
    android: Option<AndroidInfo>,
    /// Why parts of the content are missing from them.
    reports: Vec<String>,
}

impl Outcome {
    /// A line with a line feed at its end.
    pub(super) fn to_line(&self) -> String {
        let answer = match self {
            Self::Read(details, reports) => Answer::Details(Box::new(Found::new(details, reports))),
            Self::Damaged(reason) => Answer::Damaged(shortened(reason)),
            Self::GivenUp(reason) => Answer::GivenUp(shortened(reason)),
        };
        // An empty line is an invalid answer.
        serde_json::to_string(&answer).unwrap_or_default() + "\n"
    }

    /// Parses a line. `None` if it is not a valid answer.
    pub(super) fn from_line(line: &[u8]) -> Option<Self> {
        if line.len() > MAX_LINE_BYTES || !line.ends_with(b"\n") {
            return None;
        }
        Some(match serde_json::from_slice(line).ok()? {
            Answer::Details(mut found) => {
                let reports = std::mem::take(&mut found.reports);
                if reports.len() > MAX_REPORTS {
                    return None;
                }
                let reports = reports.iter().map(|reason| shortened(reason)).collect();
                Self::Read(Box::new(found.into_details()?), reports)
            }
            Answer::Damaged(reason) => Self::Damaged(shortened(&reason)),
            Answer::GivenUp(reason) => Self::GivenUp(shortened(&reason)),
        })
    }
}

impl Found {
    fn new(details: &Details, reports: &[String]) -> Self {
        let architectures = details.architectures.iter().take(MAX_ARCHITECTURES);
        let mut found = Self {
            platform: details.platform.map(|platform| platform.identifier.to_owned()),
            architectures: architectures.map(|architecture| architecture.identifier.to_owned()).collect(),
            version: details.version.as_ref().map(Version::full),
            version_full: details.version_full.clone(),
            build_number: details.build_number.clone(),
            ios: details.ios.clone(),
            android: details.android.clone(),
            reports: reports.iter().take(MAX_REPORTS).map(|reason| shortened(reason)).collect(),
        };
        found.leave_out_long_strings();
        found
    }

    fn into_details(mut self) -> Option<Details> {
        self.leave_out_long_strings();
        if self.architectures.len() > MAX_ARCHITECTURES {
            return None;
        }
        let architectures = self.architectures.iter().map(|name| catalog::find_architecture(name));
        let Self { platform, version, version_full, build_number, ios, android, .. } = self;
        Some(Details {
            platform: platform.map(|name| catalog::find_platform(&name).ok_or(())).transpose().ok()?,
            architectures: architectures.collect::<Option<_>>()?,
            version: version.map(|version| Version::parse(&version).ok_or(())).transpose().ok()?,
            version_full,
            build_number,
            ios,
            android,
        })
    }

    fn leave_out_long_strings(&mut self) {
        let mut strings = vec![&mut self.version, &mut self.version_full, &mut self.build_number];
        if let Some(ios) = &mut self.ios {
            strings.extend([
                &mut ios.bundle_id,
                &mut ios.bundle_name,
                &mut ios.key_type,
                &mut ios.minimum_os,
                &mut ios.bundle_version,
                &mut ios.version_short_string,
                &mut ios.provisioning_profile_uuid,
                &mut ios.team_name,
                &mut ios.team_identifier,
            ]);
        }
        if let Some(android) = &mut self.android {
            strings.extend([&mut android.package_name, &mut android.version_name]);
        }
        for string in strings {
            string.take_if(|string| string.len() > MAX_TEXT_BYTES);
        }
    }
}

/// The first line of a reason, and only the beginning of a long one: it may quote the file.
fn shortened(reason: &str) -> String {
    reason.lines().next().unwrap_or_default().chars().take(MAX_TEXT_BYTES / 4).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn details() -> Details {
        let text = || Some("text".to_owned());
        Details {
            platform: catalog::find_platform("android"),
            architectures: ["arm64v8", "x64"].into_iter().filter_map(catalog::find_architecture).collect(),
            version: Version::parse("1.2.3-rc.1+4"),
            version_full: text(),
            build_number: text(),
            ios: Some(IosInfo {
                bundle_id: text(),
                provisioning_profile_expiry: jiff::Timestamp::from_second(1_800_000_000).ok(),
                ..IosInfo::default()
            }),
            android: Some(AndroidInfo { version_code: Some(7), ..AndroidInfo::default() }),
        }
    }

    #[test]
    fn every_outcome_can_be_read_back() {
        for outcome in [
            Outcome::Read(Box::new(details()), Vec::new()),
            Outcome::Read(Box::default(), vec!["invalid manifest".to_owned(), "no signature".to_owned()]),
            Outcome::Damaged("truncated".to_owned()),
            Outcome::GivenUp("reading them took too long".to_owned()),
        ] {
            assert_eq!(Outcome::from_line(outcome.to_line().as_bytes()), Some(outcome));
        }
    }

    #[test]
    fn a_line_is_short_whatever_the_file_contains() {
        let long = || Some("\u{1}".repeat(512));
        let ios = IosInfo {
            bundle_id: long(),
            bundle_name: long(),
            key_type: long(),
            minimum_os: long(),
            bundle_version: long(),
            version_short_string: long(),
            provisioning_profile_uuid: long(),
            team_name: long(),
            team_identifier: long(),
            ..IosInfo::default()
        };
        let android = AndroidInfo { package_name: long(), version_name: long(), ..AndroidInfo::default() };
        let mut full = Details { ios: Some(ios), android: Some(android), ..details() };
        full.architectures = vec![full.architectures[0]; 1000];
        full.build_number = Some("9".repeat(513));
        let reports = vec!["\u{1}".repeat(100_000); 1000];
        let line = Outcome::Read(Box::new(full), reports).to_line();
        assert!(line.len() <= MAX_LINE_BYTES, "{} bytes", line.len());
        let Some(Outcome::Read(read, reports)) = Outcome::from_line(line.as_bytes()) else {
            panic!("{line}")
        };
        assert_eq!((read.build_number, read.architectures.len()), (None, MAX_ARCHITECTURES));
        assert_eq!(read.ios.unwrap().bundle_id, long());
        assert_eq!(reports.len(), MAX_REPORTS);
        let reason = Outcome::Damaged("\u{1}".repeat(100_000)).to_line();
        assert!(reason.len() < 1000);
    }

    #[test]
    fn invalid_answers_are_refused() {
        let found = |platform: &str, architectures: &str, version: &str| {
            format!(
                r#"{{"details":{{"platform":{platform},"architectures":{architectures},"version":{version},"version_full":null,"build_number":null,"ios":null,"android":null,"reports":[]}}}}"#
            )
        };
        let valid = found(r#""ios""#, r#"["x64"]"#, r#""1.2.3""#) + "\n";
        assert!(Outcome::from_line(valid.as_bytes()).is_some());
        for line in [
            String::new(),
            "{}\n".to_owned(),
            "null\n".to_owned(),
            r#"{"details":{}}"#.to_owned() + "\n",
            r#"{"details":null,"damaged":"x"}"#.to_owned() + "\n",
            valid.trim_end().to_owned(),
            found(r#""unheard-of""#, "[]", "null") + "\n",
            found("null", r#"["unheard-of"]"#, "null") + "\n",
            found("null", &format!("[{}\"x64\"]", "\"x64\",".repeat(MAX_ARCHITECTURES)), "null") + "\n",
            found("null", "[]", r#""latest""#) + "\n",
            valid.replace("[]", "null"),
            valid.replace("[]", &format!("{:?}", vec!["x"; MAX_REPORTS + 1])),
            found("null", "[]", "null").replace("\"ios\":null", "\"ios\":{\"more\":1}") + "\n",
            " ".repeat(MAX_LINE_BYTES) + &valid,
        ] {
            assert_eq!(Outcome::from_line(line.as_bytes()), None, "{line}");
        }
    }
}
