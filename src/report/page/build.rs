//! The build that an event is about, as its payload describes it.

use serde_json::Value;

/// The build in a row. Strict endpoints get less, so any of it may be unknown.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct BuildFacts {
    /// The repository's URL without its scheme, or its name.
    pub(super) repository: Option<String>,
    /// Branch, tag or pull request.
    pub(super) reference: Option<String>,
    /// `#42`, or `run 900` if only the run's id is known.
    pub(super) number: Option<String>,
    /// The build's page.
    pub(super) url: Option<String>,
}

impl BuildFacts {
    /// Reads a payload of any format.
    pub(super) fn new(payload: &Value) -> Self {
        // A CDEvent contains the event's native format.
        let native = payload.get("customData").unwrap_or(payload);
        match native.pointer("/data/build").or(native.pointer("/data/release/builds/0")) {
            Some(build) => Self::from_buildstash(build),
            None => Self::from_bitrise(native),
        }
    }

    fn from_bitrise(body: &Value) -> Self {
        let git = &body["git"];
        let branch = text(&git["src_branch"]);
        let reference = match (git["pull_request_id"].as_i64(), text(&git["tag"]), branch) {
            (Some(number), _, Some(branch)) => Some(format!("pull request {number} from {branch}")),
            (Some(number), _, None) => Some(format!("pull request {number}")),
            (None, Some(tag), _) => Some(format!("tag {tag}")),
            (None, None, branch) => branch.map(str::to_owned),
        };
        Self {
            repository: text(&git["repository_url"]).map(without_scheme),
            reference,
            // 0 is an unknown number.
            number: body["build_number"]
                .as_i64()
                .filter(|number| *number > 0)
                .map(|number| format!("#{number}")),
            url: text(&body["build_url"]).map(str::to_owned),
        }
    }

    fn from_buildstash(build: &Value) -> Self {
        let (scm, pipeline) = (&build["scm"], &build["ci_pipeline"]);
        let number = text(&build["build_number"]).map(|number| format!("#{number}"));
        let repository = text(&scm["scm_repo_url"]).map(without_scheme);
        Self {
            repository: repository.or_else(|| text(&scm["scm_repo_name"]).map(str::to_owned)),
            reference: text(&scm["scm_branch"]).map(str::to_owned),
            number: number.or_else(|| text(&pipeline["ci_run_id"]).map(|id| format!("run {id}"))),
            url: text(&pipeline["ci_run_url"]).map(str::to_owned),
        }
    }
}

/// A string that is not empty.
fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}

/// `gitlab.com/example/app` for `https://gitlab.com/example/app.git`.
fn without_scheme(url: &str) -> String {
    let place = url.split_once("://").map_or(url, |(_, place)| place);
    place.strip_suffix(".git").unwrap_or(place).to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn facts(payload: &Value) -> [Option<String>; 4] {
        let BuildFacts { repository, reference, number, url } = BuildFacts::new(payload);
        [repository, reference, number, url]
    }

    fn some(facts: [&str; 4]) -> [Option<String>; 4] {
        facts.map(|text| Some(text.to_owned()).filter(|text| !text.is_empty()))
    }

    #[test]
    fn every_format_is_read() {
        let mut bitrise = json!({
            "build_number": 42, "build_url": "https://ci.example/42",
            "git": { "src_branch": "main", "repository_url": "https://gitlab.com/example/app.git" },
        });
        let expected = some(["gitlab.com/example/app", "main", "#42", "https://ci.example/42"]);
        assert_eq!(facts(&bitrise), expected);
        assert_eq!(facts(&json!({ "customData": bitrise })), expected);
        bitrise["git"]["tag"] = "v1.0".into();
        assert_eq!(facts(&bitrise)[1].as_deref(), Some("tag v1.0"));
        bitrise["git"]["pull_request_id"] = 7.into();
        assert_eq!(facts(&bitrise)[1].as_deref(), Some("pull request 7 from main"));

        let mut build = json!({
            "build_number": null, "scm": { "scm_branch": "main", "scm_repo_name": "example/app", "scm_repo_url": null },
            "ci_pipeline": { "ci_run_id": "900", "ci_run_url": "https://ci.example/900" },
        });
        let expected = some(["example/app", "main", "run 900", "https://ci.example/900"]);
        assert_eq!(facts(&json!({ "data": { "build": build } })), expected);
        assert_eq!(facts(&json!({ "data": { "release": { "builds": [build] } } })), expected);
        build["build_number"] = "1234".into();
        assert_eq!(facts(&json!({ "data": { "build": build } }))[2].as_deref(), Some("#1234"));
    }

    #[test]
    fn unknown_facts_are_absent() {
        let strict = json!({ "build_number": 0, "git": { "src_branch": "" } });
        for payload in
            [strict, json!({}), json!([1]), json!("text"), json!(null), json!({ "data": { "build": 1 } })]
        {
            assert_eq!(BuildFacts::new(&payload), BuildFacts::default(), "{payload}");
        }
    }
}
