//! Bamboo Data Center and Server.
//!
//! <https://confluence.atlassian.com/bamboo/bamboo-variables-289277087.html>

use super::provider::Provider;
use super::url_template::{before, compose, told};
use super::variables::{Values, variables};
use super::{Context, Git, Job, Pipeline, PullRequest, Run};

pub(super) const PROVIDER: Provider = Provider::new(
    "bamboo",
    "Bamboo",
    |environment| environment.marker(&["bamboo_planKey", "bamboo_buildKey", "bamboo_agentId"]),
    read,
);

variables! {
    /// `Project - Plan`.
    bamboo_planname,
    /// `PROJ-PLAN`; plans of branches have a number behind it.
    bamboo_plankey,
    /// `PROJ-PLAN-JOB`.
    bamboo_buildkey,
    bamboo_shortjobname,
    bamboo_buildnumber,
    bamboo_buildtimestamp,
    bamboo_resultsurl,
    bamboo_buildresultsurl,
    bamboo_build_working_directory,
    // Of several repositories the first has no number, or 1.
    bamboo_planrepository_repositoryurl,
    bamboo_planrepository_1_repositoryurl,
    bamboo_planrepository_branchname,
    bamboo_planrepository_1_branchname,
    bamboo_repository_git_branch,
    bamboo_planrepository_revision,
    bamboo_planrepository_1_revision,
    bamboo_repository_revision_number,
    // In plans that were made for a pull request.
    bamboo_repository_pr_key,
    bamboo_repository_pr_sourcebranch,
    bamboo_repository_pr_targetbranch,
    bamboo_manualbuildtriggerreason_username,
}

fn read(values: &mut Values) -> Context {
    let v = Variables::take(values);
    let run_url = v.bamboo_resultsurl.or_else(|| v.bamboo_buildresultsurl.clone());
    Context {
        pipeline: Pipeline {
            name: v.bamboo_planname,
            url: compose("{}/browse/{}", &[&before(&run_url, "/browse/"), &v.bamboo_plankey]),
        },
        run: Run {
            id: compose("{}-{}", &[&v.bamboo_plankey, &v.bamboo_buildnumber]),
            number: v.bamboo_buildnumber,
            url: run_url,
            started_at: v.bamboo_buildtimestamp,
            attempt: None,
        },
        job: Job { id: v.bamboo_buildkey, name: v.bamboo_shortjobname, url: v.bamboo_buildresultsurl },
        git: Git {
            repository_url: v.bamboo_planrepository_repositoryurl.or(v.bamboo_planrepository_1_repositoryurl),
            branch: v
                .bamboo_repository_pr_sourcebranch
                .or(v.bamboo_planrepository_branchname)
                .or(v.bamboo_planrepository_1_branchname)
                .or(v.bamboo_repository_git_branch),
            target_branch: v.bamboo_repository_pr_targetbranch,
            commit_sha: v
                .bamboo_planrepository_revision
                .or(v.bamboo_planrepository_1_revision)
                .or(v.bamboo_repository_revision_number),
            ..Git::default()
        },
        pull_request: PullRequest { number: v.bamboo_repository_pr_key, url: None },
        trigger: told("manual", &v.bamboo_manualbuildtriggerreason_username),
        actor: v.bamboo_manualbuildtriggerreason_username,
        workspace: v.bamboo_build_working_directory,
        ..Context::default()
    }
}
