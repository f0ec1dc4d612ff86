//! Fields that follow from other fields.

use super::{Context, Forge, RepositoryUrl, Sourced};

/// Replaces the commit of a pull request by its head if the CI builds a local merge commit, which is on no
/// server. The message names the head: `Merge commit '0123…' into HEAD` (Jenkins), `Merge 0123… into 4567…`
/// (GitHub).
pub(super) fn prefer_head(context: &mut Context) {
    if context.pull_request.number.is_none() {
        return;
    }
    let head = context.git.commit_message.as_ref().and_then(|message| {
        let (head, _) = message.trim().strip_prefix("Merge ")?.split_once(" into ")?;
        let sha = head.strip_prefix("commit ").unwrap_or(head).trim_matches('\'');
        is_hash(sha).then(|| Sourced::new(sha, format!("{} (second parent of the merge)", message.source)))
    });
    if let Some(head) = head {
        context.git.commit_sha = Some(head);
        context.git.commit_message = None;
        context.git.commit_author = None;
    }
}

/// Fills fields that are unset and follow from others.
pub(super) fn infer(context: &mut Context) {
    let git = &mut context.git;
    if let Some(page) = &git.repository_url
        && let Some(url) = RepositoryUrl::parse(page)
    {
        git.host.get_or_insert_with(|| page.implies(&url.host));
        git.repository.get_or_insert_with(|| page.implies(&url.name()));
    }
    let forge = Forge::detect(git);
    if git.host_type.is_none() {
        let page = git.repository_url.as_ref().filter(|_| forge != Forge::Other);
        let hash = git.commit_sha.as_ref().filter(|sha| is_hash(sha));
        git.host_type = page.or(hash).map(|found| found.implies("git"));
    }
    if git.commit_url.is_none() {
        git.commit_url =
            combine(&git.repository_url, &git.commit_sha, |page, sha| forge.commit_url(page, sha));
    }
    let pull_request = &mut context.pull_request;
    if pull_request.url.is_none() {
        pull_request.url = combine(&git.repository_url, &pull_request.number, |page, number| {
            forge.pull_request_url(page, number)
        });
    }
}

/// Whether it is the full hash of a git commit.
fn is_hash(sha: &str) -> bool {
    sha.len() >= 40 && sha.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A value made of two others, with both of their sources.
fn combine(
    first: &Option<Sourced>,
    second: &Option<Sourced>,
    make: impl FnOnce(&str, &str) -> Option<String>,
) -> Option<Sourced> {
    let (first, second) = first.as_ref().zip(second.as_ref())?;
    let source = match first.source == second.source {
        true => first.source.clone(),
        false => format!("{} + {}", first.source, second.source),
    };
    make(first, second).map(|value| Sourced::new(value, source))
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
        prefer_head(&mut context);
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
            prefer_head(&mut context);
            assert_eq!(context.git.commit_sha.unwrap().value, head);
            assert_eq!(context.git.commit_message, None);
        }
    }
}
