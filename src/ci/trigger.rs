//! What started a run, from the words that CIs have for it.

/// The trigger that a CI's word means, in any case. `None` for unknown words.
pub(super) fn trigger_of(word: &str) -> Option<&'static str> {
    let word = word.to_ascii_lowercase().replace('-', "_");
    Some(match word.as_str() {
        "push" | "create" | "continuous" | "individualci" | "batchedci" | "scmtrigger" | "webhook"
        | "hook" => "push",
        "pull_request"
        | "pullrequest"
        | "pull_request_target"
        | "pull_request_review"
        | "pull_request_review_comment"
        | "pull_request_closed"
        | "pull_request_created"
        | "pull_request_updated"
        | "pull_request_reopened"
        | "pull_request_merged"
        | "pull_request_metadata"
        | "merge_group"
        | "merge_request_event"
        | "external_pull_request_event"
        | "pr_open"
        | "pr_update" => "pull_request",
        "tag" | "tag_push" | "release" | "released" => "tag",
        "schedule" | "scheduled" | "cron" | "timer" | "timertrigger" => "schedule",
        "manual" | "custom" | "manual_rebuild" | "manualtrigger" | "workflow_dispatch" | "web" | "webide"
        | "chat" | "ui" => "manual",
        "api"
        | "trigger"
        | "pipeline"
        | "parent_pipeline"
        | "repository_dispatch"
        | "trigger_job"
        | "resourcetrigger"
        | "buildcompletion"
        | "remotecause"
        | "upstreamtrigger" => "api",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::trigger_of;

    #[test]
    fn words_of_all_cis_are_known() {
        for (words, trigger) in [
            (&["push", "PUSH", "IndividualCI", "webhook", "continuous"][..], Some("push")),
            (
                &[
                    "pull_request",
                    "PullRequest",
                    "merge_request_event",
                    "PULL_REQUEST_UPDATED",
                    "pull_request_metadata",
                ],
                Some("pull_request"),
            ),
            (&["tag", "TAG_PUSH", "release"], Some("tag")),
            (&["schedule", "Schedule", "cron", "timer"], Some("schedule")),
            (&["manual", "Manual", "custom", "workflow_dispatch", "web", "ui"], Some("manual")),
            (&["api", "trigger", "repository_dispatch", "trigger_job"], Some("api")),
            (&["workflow_run", "deployment", "", "banana"], None),
        ] {
            for word in words {
                assert_eq!(trigger_of(word), trigger, "{word}");
            }
        }
        for word in ["push", "pull_request", "tag", "schedule", "manual", "api"] {
            assert_eq!(trigger_of(word), Some(word), "a trigger means itself");
        }
    }
}
