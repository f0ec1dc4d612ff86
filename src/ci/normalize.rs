//! Brings what a provider says into the form that it has everywhere.

use super::{Context, FieldType, Reference, Sourced};
use crate::system::Environment;

/// Values that are absent in the words of some CI are dropped, those that are malformed with a warning: an event with
/// a gap beats no event.
pub(super) fn normalize(context: &mut Context, environment: &Environment, warnings: &mut Vec<String>) {
    sort_references(context);
    let word_for_trigger = context.trigger.is_some();
    if let Some(folder) = &mut context.workspace
        && let Some(rest) = folder.value.strip_prefix('~')
        && let Some(home) = environment.get("HOME").filter(|home| home.starts_with('/'))
    {
        *folder = Sourced::new(format!("{home}{rest}"), format!("{} + HOME", folder.source));
    }
    for field in context.fields() {
        let Some(found) = field.value.take() else { continue };
        match field.field_type.parse(&found.value) {
            Ok(value) => *field.value = Some(found.map(|_| value)),
            Err(_) if is_expected(field.field_type, &found.value) => {}
            Err(expected) => warnings.push(format!("{} is not {expected}; it is ignored", found.source)),
        }
    }
    let is_pull_request = context.pull_request.number.is_some() || context.pull_request.url.is_some();
    let git = &mut context.git;
    if !is_pull_request {
        // Some CIs name the branch itself here.
        git.target_branch = None;
    }
    if git.branch.as_deref() == git.tag.as_deref() {
        git.branch = None;
    }
    // What a word that is not known here stands for is not to be guessed.
    if context.trigger.is_some() || !word_for_trigger {
        settle_trigger(context);
    }
}

/// Many CIs have one variable for whatever is built: a branch, a tag or a pull request.
fn sort_references(context: &mut Context) {
    let Some(found) = context.git.branch.take() else { return };
    let source = found.source.clone();
    match Reference::parse(&found.value) {
        Reference::Branch(name) => context.git.branch = Some(Sourced::new(name, source)),
        Reference::Tag(name) => {
            context.git.tag.get_or_insert_with(|| Sourced::new(name, source));
        }
        Reference::PullRequest(number) => {
            context.pull_request.number.get_or_insert_with(|| Sourced::new(number, source));
        }
        Reference::Detached => {}
    }
}

/// Whether a value that does not fit its type is one that CIs have there when there is nothing to say.
fn is_expected(kind: FieldType, value: &str) -> bool {
    match kind {
        // The words of results and triggers also tell that nothing is known yet.
        FieldType::Status | FieldType::Trigger => true,
        FieldType::Branch | FieldType::Tag | FieldType::Commit => true,
        // A repository may be a folder, or a bucket.
        FieldType::Repository => value.contains('/') || value.contains('\\'),
        FieldType::PullRequest => value == "0",
        FieldType::Text | FieldType::Url | FieldType::Number | FieldType::Time => false,
    }
}

/// A push is that of a tag where one is built, and where a pull request is built it was its.
fn settle_trigger(context: &mut Context) {
    if !matches!(context.trigger.as_deref(), None | Some("push")) {
        return;
    }
    let number = context.pull_request.number.as_ref().or(context.pull_request.url.as_ref());
    let settled = match (number, &context.git.tag) {
        (Some(number), _) => Sourced::new("pull_request", &number.source),
        (None, Some(tag)) => Sourced::new("tag", &tag.source),
        (None, None) => return,
    };
    context.trigger = Some(settled);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normalized(mut context: Context) -> (Context, Vec<String>) {
        let (environment, mut warnings) = (Environment::from_iter([("HOME", "/home/ci")]), Vec::new());
        normalize(&mut context, &environment, &mut warnings);
        (context, warnings)
    }

    #[test]
    fn a_malformed_variable_is_a_warning_and_a_gap() {
        let mut context = Context::default();
        context.run.url = Some(Sourced::new("not an address", "CI_PIPELINE_URL"));
        context.run.started_at = Some(Sourced::new("yesterday", "CI_JOB_STARTED_AT"));
        context.pull_request.number = Some(Sourced::new("12a", "CI_MERGE_REQUEST_IID"));
        context.git.repository_url = Some(Sourced::new("nowhere", "CI_PROJECT_URL"));
        context.status = Some(Sourced::new("running", "CI_JOB_STATUS"));
        let (context, warnings) = normalized(context);
        assert_eq!(context, Context::default());
        assert_eq!(
            warnings,
            [
                "CI_PIPELINE_URL is not an http or https address; it is ignored",
                "CI_JOB_STARTED_AT is not a time such as 2025-11-17T19:10:53Z; it is ignored",
                "CI_PROJECT_URL is not the address of a repository; it is ignored",
                "CI_MERGE_REQUEST_IID is not the number of a pull request; it is ignored",
            ]
        );
    }

    #[test]
    fn a_reference_is_a_branch_a_tag_or_a_pull_request() {
        for (reference, branch, tag, number, trigger) in [
            ("refs/heads/main", Some("main"), None, None, Some("push")),
            ("origin/tags/v1", None, Some("v1"), None, Some("tag")),
            ("refs/pull/7/merge", None, None, Some("7"), Some("pull_request")),
            ("HEAD", None, None, None, Some("push")),
            ("refs/pull/8/merge", None, None, Some("8"), None),
        ] {
            let word = if trigger.is_some() { "push" } else { "something_new" };
            let mut context = Context { trigger: Some(Sourced::new(word, "EVENT")), ..Context::default() };
            context.git.branch = Some(Sourced::new(reference, "REF"));
            let (context, warnings) = normalized(context);
            let found =
                [&context.git.branch, &context.git.tag, &context.pull_request.number, &context.trigger];
            assert_eq!(found.map(|found| found.as_deref()), [branch, tag, number, trigger], "{reference}");
            assert!(warnings.is_empty(), "{warnings:?}");
        }
    }

    #[test]
    fn a_branch_that_is_the_tag_is_none_and_so_is_a_target_without_a_pull_request() {
        let mut context = Context::default();
        context.git.branch = Some(Sourced::new("v1", "BRANCH"));
        context.git.tag = Some(Sourced::new("v1", "TAG"));
        context.git.target_branch = Some(Sourced::new("main", "TARGET"));
        context.workspace = Some(Sourced::new("~/project", "DIR"));
        let (context, _) = normalized(context);
        assert_eq!([&context.git.branch, &context.git.target_branch], [&None, &None]);
        assert_eq!(context.workspace, Some(Sourced::new("/home/ci/project", "DIR + HOME")));
    }
}
