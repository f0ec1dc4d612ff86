//! What follows from what is known.

use super::{Context, Forge, RepositoryUrl, Sourced};

/// Some CIs build a merge of their own making, which nobody can look up. Its message names the head:
/// `Merge commit '0123…' into HEAD` (Jenkins), `Merge 0123… into 4567…` (GitHub).
pub(super) fn prefer_the_head(context: &mut Context) {
    if context.pull_request.number.is_none() {
        return;
    }
    let head = context.git.commit_message.as_ref().and_then(|message| {
        let (head, _) = message.value.trim().strip_prefix("Merge ")?.split_once(" into ")?;
        let sha = head.strip_prefix("commit ").unwrap_or(head).trim_matches('\'');
        is_hash(sha).then(|| Sourced::new(sha, format!("{} (second parent of the merge)", message.source)))
    });
    if let Some(head) = head {
        context.git.commit_sha = Some(head);
        context.git.commit_message = None;
        context.git.commit_author = None;
    }
}

/// Fills what follows from other fields.
pub(super) fn infer(context: &mut Context) {
    let git = &mut context.git;
    if let Some(url) = git.repository_url.as_ref().and_then(|url| RepositoryUrl::parse(&url.value)) {
        let source = git.repository_url.as_ref().map_or("", |url| url.source.as_str());
        git.host.get_or_insert_with(|| Sourced::new(&url.host, source));
        git.repository.get_or_insert_with(|| Sourced::new(url.name(), source));
    }
    let forge = Forge::of(git);
    if git.host_type.is_none() {
        let page = git.repository_url.as_ref().filter(|_| forge != Forge::Other);
        let hash = git.commit_sha.as_ref().filter(|found| is_hash(&found.value));
        git.host_type = page.or(hash).map(|found| Sourced::new("git", &found.source));
    }
    if git.commit_url.is_none() {
        git.commit_url =
            made_of(&git.repository_url, &git.commit_sha, |page, sha| forge.commit_url(page, sha));
    }
    let pull_request = &mut context.pull_request;
    if pull_request.url.is_none() {
        pull_request.url = made_of(&git.repository_url, &pull_request.number, |page, number| {
            forge.pull_request_url(page, number)
        });
    }
}

/// Whether it is the whole hash of a commit in git.
fn is_hash(sha: &str) -> bool {
    sha.len() >= 40 && sha.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What is made of two values, when both are there.
fn made_of(
    one: &Option<Sourced>,
    other: &Option<Sourced>,
    make: impl FnOnce(&str, &str) -> Option<String>,
) -> Option<Sourced> {
    let (one, other) = one.as_ref().zip(other.as_ref())?;
    let source = match one.source == other.source {
        true => one.source.clone(),
        false => format!("{} + {}", one.source, other.source),
    };
    make(&one.value, &other.value).map(|made| Sourced::new(made, source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pull_request_built_as_a_local_merge_reports_its_head() {
        let head = "0123456789abcdef0123456789abcdef01234567";
        let mut context = Context::default();
        context.git.commit_sha = Some(Sourced::new("f".repeat(40), "GIT_COMMIT"));
        context.git.commit_message =
            Some(Sourced::new(format!("Merge commit '{head}' into HEAD"), "git log"));
        prefer_the_head(&mut context);
        assert_eq!(
            context.git.commit_sha.as_ref().unwrap().value,
            "f".repeat(40),
            "no pull request, no change"
        );
        context.pull_request.number = Some(Sourced::new("7", "CHANGE_ID"));
        for message in
            [format!("Merge commit '{head}' into HEAD"), format!("Merge {head} into {}", "a".repeat(40))]
        {
            let mut context = context.clone();
            context.git.commit_message = Some(Sourced::new(message, "git log"));
            prefer_the_head(&mut context);
            assert_eq!(context.git.commit_sha.unwrap().value, head);
            assert_eq!(context.git.commit_message, None);
        }
    }
}
