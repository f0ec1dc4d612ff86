//! The id of a CI as users write it.

use super::by_name_only::BY_NAME_ONLY;
use super::provider::Provider;
use super::providers::PROVIDERS;

/// Words at the end of a CI's name that people leave out or add.
const GENERIC_WORDS: &[&str] =
    &["ci", "cd", "actions", "pipelines", "pipeline", "automation", "builds", "build", "cloud", "devops"];

/// Checks the id of a CI. Any id is allowed, because any CI can be named. An unknown one that probably means
/// a known CI is an error, because the variables of that CI would not be read; the error suggests its id.
pub fn parse_provider_id(text: &str) -> Result<String, String> {
    let id = text.trim();
    let is_known = PROVIDERS.iter().any(|provider| provider.id == id)
        || BY_NAME_ONLY.iter().any(|(known, _)| *known == id);
    if is_known {
        return Ok(id.to_owned());
    }
    let by_provider = || PROVIDERS.iter().find(|provider| is_meant(provider, id)).map(|provider| provider.id);
    let by_typo = || PROVIDERS.iter().find(|provider| is_typo(provider, id)).map(|provider| provider.id);
    let by_name = || {
        let mut names = BY_NAME_ONLY.iter();
        names
            .find(|(known, name)| [*known, *name].map(letters).contains(&letters(id)))
            .map(|(known, _)| *known)
    };
    match by_provider().or_else(by_name).or_else(by_typo) {
        Some(nearest) => Err(format!("the id of a CI; did you mean `{nearest}`?")),
        None => Ok(id.to_owned()),
    }
}

/// Whether `text` is the CI's id or name in another spelling or without a generic word, or an alias of it.
fn is_meant(provider: &Provider, text: &str) -> bool {
    [provider.id, provider.name].iter().any(|known| stem(known) == stem(text))
        || provider.aliases.iter().any(|alias| letters(alias) == letters(text))
}

/// Whether `text` differs from the CI's id or name by a typing mistake.
fn is_typo(provider: &Provider, text: &str) -> bool {
    // Another number of words is another name: `jenkins-x` is not Jenkins.
    let words = |text: &str| text.split(|c: char| !c.is_alphanumeric()).count();
    let is_near = |found: String, known: String| {
        let allowed = match known.chars().count() {
            0..5 => 0,
            5..9 => 1,
            _ => 2,
        };
        strsim::osa_distance(&found, &known) <= allowed
    };
    [provider.id, provider.name].iter().any(|known| {
        words(known) == words(text) && is_near(letters(text), letters(known))
            || words(text) == 1 && is_near(letters(text), stem(known))
    })
}

/// Letters and digits in lower case.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The letters without the generic words at the end.
fn stem(text: &str) -> String {
    let mut stem = letters(text);
    while let Some(rest) = GENERIC_WORDS.iter().find_map(|word| stem.strip_suffix(word))
        && !rest.is_empty()
    {
        stem.truncate(rest.len());
    }
    stem
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{BY_NAME_ONLY, PROVIDERS, parse_provider_id};

    #[test]
    fn known_ids_are_accepted() {
        let known =
            PROVIDERS.iter().map(|provider| provider.id).chain(BY_NAME_ONLY.iter().map(|(id, _)| *id));
        for id in known {
            assert_eq!(parse_provider_id(id).as_deref(), Ok(id));
            assert_eq!(parse_provider_id(&format!(" {id}\n")).as_deref(), Ok(id));
        }
    }

    #[test]
    fn names_aliases_and_misspellings_are_errors_that_suggest_the_id() {
        let mut wrong = Vec::new();
        let names = PROVIDERS.iter().flat_map(|provider| {
            let names = provider.aliases.iter().copied().chain([provider.name]);
            names.map(|name| (name, provider.id))
        });
        let cases = [
            ("gitlab", "gitlab-ci"),
            ("GitLab", "gitlab-ci"),
            ("GitLab-CI", "gitlab-ci"),
            ("gitlab_ci", "gitlab-ci"),
            ("gitlab-cl", "gitlab-ci"),
            ("gitlb", "gitlab-ci"),
            ("github", "ghactions"),
            ("github-actions", "ghactions"),
            ("GitHub Action", "ghactions"),
            ("ghaction", "ghactions"),
            ("azure", "azure-devops"),
            ("azure-pipelines", "azure-devops"),
            ("circle", "circleci"),
            ("circle-ci", "circleci"),
            ("travis", "travisci"),
            ("travis-ci", "travisci"),
            ("bitbucket", "bitbucket-pipelines"),
            ("woodpecker", "woodpecker-ci"),
            ("cirrus", "cirrus-ci"),
            ("jenkin", "jenkins"),
            ("buildkit", "buildkite"),
            ("teamcity-ci", "teamcity"),
            ("forgejo", "forgejo-actions"),
            ("gitea", "gitea-actions"),
            ("sourcehut", "sourcehut-builds"),
            ("xcode", "xcode-cloud"),
            ("unity", "unity-build"),
            ("codebuild", "aws-codebuild"),
            ("Tekton", "tekton"),
            ("Octopus Deploy", "octopus-deploy"),
        ];
        for (text, id) in names.chain(cases).filter(|(text, id)| text != id) {
            let expected = Err(format!("the id of a CI; did you mean `{id}`?"));
            if parse_provider_id(text) != expected {
                wrong.push((text, parse_provider_id(text), expected));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn any_other_ci_can_be_named() {
        let others = [
            "argo",
            "buildbot",
            "corp-ci",
            "ci",
            "cloudflare-pages",
            "dagger",
            "earthly",
            "gitness",
            "heroku-ci",
            "hercules-ci",
            "jenkins-x",
            "laminar",
            "my-pipeline",
            "prow",
            "shippable",
            "spinnaker",
            "x",
            "🦀",
        ];
        let refused: Vec<_> = others.iter().filter(|id| parse_provider_id(id).is_err()).collect();
        assert!(refused.is_empty(), "{refused:?}");
    }

    proptest! {
        #[test]
        fn any_text_is_accepted_or_has_a_suggestion_that_is(text in ".{0,20}") {
            match parse_provider_id(&text) {
                Ok(id) => prop_assert_eq!(id, text.trim()),
                Err(expected) => {
                    let suggestion = expected.split('`').nth(1).expect("a suggestion in backquotes");
                    prop_assert_eq!(parse_provider_id(suggestion), Ok(suggestion.to_owned()));
                }
            }
        }
    }
}
