//! Normalizes the values of all CIs.

use super::field_type::is_revision;
use super::{Context, FieldType, Git, Reference, Sourced};
use crate::system::Environment;

/// Normalizes the values that a provider read. Values that mean "none" in some CI are dropped, malformed ones
/// with a warning: an event that lacks a field is better than no event. Returns the sources of what was dropped.
pub(super) fn normalize(
    context: &mut Context,
    run_number: FieldType,
    environment: &Environment,
    warnings: &mut Vec<String>,
) -> Vec<String> {
    let mut dropped = Dropped { sources: Vec::new(), warnings };
    let is_git = is_git(&context.git);
    let has_trigger = context.trigger.is_some();
    // Many CIs have one variable for what is built: a branch, a tag or a pull request.
    let reference = context.git.branch.take();
    if let Some(folder) = &mut context.workspace
        && let Some(rest) = folder.strip_prefix('~')
        && let Some(home) = environment.get("HOME").filter(|home| home.starts_with('/'))
    {
        *folder = Sourced::new(format!("{home}{rest}"), format!("{} + HOME", folder.source));
    }
    for field in context.fields() {
        let Some(found) = field.value.take() else { continue };
        let field_type = if field.path == "run.number" { run_number } else { field.field_type };
        match field_type.parse(&found) {
            Ok(value) if field_type.is_plausible(&value, is_git) => *field.value = Some(found.map(|_| value)),
            Ok(_) => dropped.warn(&found, field_type.expected()),
            Err(_) if is_expected(field_type, &found) => dropped.ignore(field_type, found),
            Err(expected) => dropped.warn(&found, &expected),
        }
    }
    let parse = |found: Sourced| FieldType::Time.parse(&found).ok().map(|time| found.implies(&time));
    context.job.started_at = context.job.started_at.take().and_then(parse);
    if let Some(found) = reference {
        set_reference(context, found, is_git, &mut dropped);
    }
    let is_pull_request = context.pull_request.number.is_some()
        || context.pull_request.url.is_some()
        || context.trigger.as_deref() == Some("pull_request");
    let git = &mut context.git;
    if !is_pull_request {
        // Some CIs set it to the branch itself.
        git.target_branch = None;
    }
    if git.branch.as_deref() == git.tag.as_deref() {
        git.branch = None;
    }
    // An unknown trigger is not replaced by a guess.
    if context.trigger.is_some() || !has_trigger {
        refine_trigger(context);
    }
    dropped.sources
}

/// The values that were dropped, and the warnings about them.
struct Dropped<'a> {
    sources: Vec<String>,
    warnings: &'a mut Vec<String>,
}

impl Dropped<'_> {
    fn warn(&mut self, found: &Sourced, expected: &str) {
        let warning = format!("{} is not {expected}; it is ignored", found.source);
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
        self.sources.push(found.source.clone());
    }

    fn ignore(&mut self, field_type: FieldType, found: Sourced) {
        // An unknown word means something, and is not replaced by another variable.
        if !matches!(field_type, FieldType::Status | FieldType::Trigger) {
            self.sources.push(found.source);
        }
    }
}

/// Whether the repository is one of git, as far as the variables show it.
fn is_git(git: &Git) -> bool {
    match git.host_type.as_deref() {
        Some(system) => system == "git",
        None => git.forge.is_some() || !git.commit_sha.as_deref().is_some_and(is_revision),
    }
}

/// Sets the branch, and the tag or pull request if that is not known yet.
fn set_reference(context: &mut Context, found: Sourced, is_git: bool, dropped: &mut Dropped) {
    let set = |field: &mut Option<Sourced>, value: String| {
        field.get_or_insert_with(|| found.implies(&value));
    };
    match Reference::parse(&found) {
        Reference::Branch(name) if !FieldType::Branch.is_plausible(&name, is_git) => {
            dropped.warn(&found, FieldType::Branch.expected());
        }
        Reference::Tag(name) if !FieldType::Tag.is_plausible(&name, is_git) => {
            dropped.warn(&found, FieldType::Tag.expected());
        }
        Reference::Branch(name) => context.git.branch = Some(found.implies(&name)),
        Reference::Tag(name) => set(&mut context.git.tag, name),
        Reference::PullRequest(number) => set(&mut context.pull_request.number, number),
        Reference::MergeQueue { number, target } => {
            set(&mut context.pull_request.number, number);
            set(&mut context.git.target_branch, target);
        }
        Reference::Detached => dropped.ignore(FieldType::Branch, found),
    }
}

/// Whether CIs use such a value, which does not fit the field's type, to mean "none".
fn is_expected(field_type: FieldType, value: &str) -> bool {
    match field_type {
        // They have words for an unknown result or trigger too.
        FieldType::Status | FieldType::Trigger => true,
        FieldType::Branch | FieldType::Tag | FieldType::Commit => true,
        // A repository may be a folder, or a bucket.
        FieldType::Repository => value.contains('/') || value.contains('\\'),
        FieldType::PullRequest => value == "0",
        FieldType::Text | FieldType::Provider | FieldType::Url | FieldType::Number | FieldType::Time => false,
    }
}

/// A push of a tag is a `tag`, and a push to a pull request is a `pull_request`.
fn refine_trigger(context: &mut Context) {
    if !matches!(context.trigger.as_deref(), None | Some("push")) {
        return;
    }
    let pull_request = context.pull_request.number.as_ref().or(context.pull_request.url.as_ref());
    let refined = match (pull_request, &context.git.tag) {
        (Some(found), _) => found.implies("pull_request"),
        (None, Some(tag)) => tag.implies("tag"),
        (None, None) => return,
    };
    context.trigger = Some(refined);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normalized(mut context: Context) -> (Context, Vec<String>) {
        let (environment, mut warnings) = (Environment::from_iter([("HOME", "/home/ci")]), Vec::new());
        normalize(&mut context, FieldType::Number, &environment, &mut warnings);
        (context, warnings)
    }

    #[test]
    fn a_malformed_value_is_dropped_with_a_warning() {
        let mut context = Context::default();
        context.run.url = Some(Sourced::new("not a URL", "CI_PIPELINE_URL"));
        context.run.started_at = Some(Sourced::new("yesterday", "CI_JOB_STARTED_AT"));
        context.pull_request.number = Some(Sourced::new("12a", "CI_MERGE_REQUEST_IID"));
        context.git.repository_url = Some(Sourced::new("nowhere", "CI_PROJECT_URL"));
        context.status = Some(Sourced::new("running", "CI_JOB_STATUS"));
        context.run.number = Some(Sourced::new("4x", "CI_PIPELINE_IID"));
        context.git.commit_sha = Some(Sourced::new("main", "CI_COMMIT_SHA"));
        context.git.tag = Some(Sourced::new("v 1", "CI_COMMIT_TAG"));
        context.git.branch = Some(Sourced::new("x%0A::set-output name=a::b", "CI_COMMIT_REF_NAME"));
        let (context, warnings) = normalized(context);
        assert_eq!(context, Context::default());
        assert_eq!(
            warnings,
            [
                "CI_PIPELINE_IID is not a whole number; it is ignored",
                "CI_PIPELINE_URL is not an http or https URL; it is ignored",
                "CI_JOB_STARTED_AT is not a time such as 2025-11-17T19:10:53Z; it is ignored",
                "CI_PROJECT_URL is not the URL of a repository; it is ignored",
                "CI_COMMIT_TAG is not a tag; it is ignored",
                "CI_COMMIT_SHA is not a commit; it is ignored",
                "CI_MERGE_REQUEST_IID is not the number of a pull request; it is ignored",
                "CI_COMMIT_REF_NAME is not a branch; it is ignored",
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
            ("refs/heads/pull/12", Some("pull/12"), None, None, Some("push")),
            ("refs/heads/tags/v1", Some("tags/v1"), None, None, Some("push")),
            ("refs/heads/origin/x", Some("origin/x"), None, None, Some("push")),
            ("refs/heads/gh-readonly-queue/main/pr-9-0123abc", None, None, Some("9"), Some("pull_request")),
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
    fn a_known_tag_or_pull_request_is_not_replaced_by_the_reference() {
        let mut context = Context::default();
        context.git.branch = Some(Sourced::new("refs/tags/v1", "REF"));
        context.git.tag = Some(Sourced::new("v2", "TAG"));
        assert_eq!(normalized(context).0.git.tag, Some(Sourced::new("v2", "TAG")));
        let mut context = Context::default();
        context.git.branch = Some(Sourced::new("refs/pull/7/merge", "REF"));
        context.pull_request.number = Some(Sourced::new("8", "NUMBER"));
        assert_eq!(normalized(context).0.pull_request.number, Some(Sourced::new("8", "NUMBER")));
    }

    #[test]
    fn a_branch_that_is_the_tag_and_a_target_without_a_pull_request_are_dropped() {
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
