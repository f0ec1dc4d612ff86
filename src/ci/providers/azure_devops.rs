//! Azure Pipelines: Azure DevOps Services and Server, including classic releases.
//!
//! <https://learn.microsoft.com/azure/devops/pipelines/build/variables>

use percent_encoding::percent_decode_str;

use super::{
    Context, FieldType, Forge, Is, Provider, Reference, RepositoryUrl, Set, Sourced, TempDir, Variables,
    Word, compose,
};

pub(super) const PROVIDER: Provider = Provider {
    aliases: &["azure-pipelines", "ado", "tfs", "vsts"],
    // The job's result so far, in steps with `condition: always()`.
    result: &[Word("AGENT_JOBSTATUS")],
    // <https://learn.microsoft.com/azure/devops/pipelines/build/variables#agent-variables>
    temp_dir: Some(TempDir { variable: "AGENT_TEMPDIRECTORY", is_emptied: true }),
    discards_machine: &[Is("AGENT_ISSELFHOSTED", "0")],
    keeps_machine: &[Is("AGENT_ISSELFHOSTED", "1")],
    // `20251117.3`, or as the pipeline's `name` has it.
    run_number: FieldType::Text,
    ..Provider::new("azure-devops", "Azure DevOps", &[Set("TF_BUILD")], read)
};

fn read(env: &Variables, context: &mut Context) {
    context.pipeline.name = env.get("BUILD_DEFINITIONNAME");
    let collection = env.get("SYSTEM_TEAMFOUNDATIONCOLLECTIONURI");
    let project = env.get("SYSTEM_TEAMPROJECT");
    context.pipeline.url =
        compose("{}/{%}/_build?definitionId={}", &[&collection, &project, &env.get("SYSTEM_DEFINITIONID")]);
    context.identity.server = collection.clone();
    // Of a repository in Azure Repos, an id that a new name does not change; of others, the full name.
    context.identity.project = env.get("BUILD_REPOSITORY_ID");
    // An integer.
    context.run.id = env.get("BUILD_BUILDID");
    context.run.number = env.get("BUILD_BUILDNUMBER");
    context.run.url = compose(
        "{}/{}/_build/results?buildId={}",
        &[
            &env.get("SYSTEM_TEAMFOUNDATIONSERVERURI").or(collection),
            &env.get("SYSTEM_TEAMPROJECTID"),
            &context.run.id,
        ],
    );
    context.run.attempt = env.get("SYSTEM_JOBATTEMPT");
    context.run.started_at = env.get("SYSTEM_PIPELINESTARTTIME");
    context.job.id = env.get("SYSTEM_JOBID");
    context.job.name = env.first(&["SYSTEM_JOBDISPLAYNAME", "SYSTEM_JOBNAME", "AGENT_JOBNAME"]);
    // `TfsGit`, `TfsVersionControl`, `Svn`, `GitHub`, …
    let host = env.get("BUILD_REPOSITORY_PROVIDER");
    context.git.forge = host.as_deref().and_then(Forge::from_name);
    // `owner/name` on GitHub and Bitbucket, the bare name in Azure Repos.
    let name = env.get("BUILD_REPOSITORY_NAME");
    let url = env.get("BUILD_REPOSITORY_URI");
    let name_in_url = url.clone().and_then(name_in_url);
    context.git.repository = match host.as_deref() {
        // The URL has the repository's own project, which need not be the pipeline's.
        Some("TfsGit") => name_in_url.clone().or_else(|| compose("{}/{}", &[&project, &name])),
        _ => name.clone(),
    };
    // The page of a fork would not have the pull request.
    let is_of_fork = context.git.forge != Some(Forge::Azure)
        && name.as_deref().is_some_and(|name| name.contains('/') && !name.contains("://"))
        && name_in_url
            .as_deref()
            .zip(name.as_deref())
            .is_some_and(|(fork, name)| !fork.eq_ignore_ascii_case(name));
    context.git.repository_url = match is_of_fork {
        true => {
            let host = url.and_then(|url| url.and_then(|url| Some(RepositoryUrl::parse(url)?.host)));
            compose("https://{}/{}", &[&host, &name])
        }
        false => url,
    };
    context.git.host_type =
        host.and_then(|host| host.translated(&[("Svn", "svn"), ("TfsVersionControl", "tfvc")]));
    context.git.branch = env
        .branch("SYSTEM_PULLREQUEST_SOURCEBRANCH")
        // The full reference, while `BUILD_SOURCEBRANCHNAME` is only the part after the last slash.
        .or_else(|| env.get("BUILD_SOURCEBRANCH"));
    context.git.target_branch = env.branch("SYSTEM_PULLREQUEST_TARGETBRANCH");
    // For a pull request, these are the merge commit's.
    let (commit, message) = (env.get("BUILD_SOURCEVERSION"), env.get("BUILD_SOURCEVERSIONMESSAGE"));
    if env.get("BUILD_SOURCEBRANCH").is_some_and(|name| Reference::parse(&name).pull_request().is_some()) {
        context.git.set_head(env.get("SYSTEM_PULLREQUEST_SOURCECOMMITID"), commit);
    } else {
        context.git.commit_sha = commit;
        context.git.commit_message = message;
    }
    context.pull_request.number = env.first(&[
        // The number on GitHub, where the id is internal.
        "SYSTEM_PULLREQUEST_PULLREQUESTNUMBER",
        "SYSTEM_PULLREQUEST_PULLREQUESTID",
    ]);
    context.trigger = env.get("BUILD_REASON");
    // A person's name, or the service's for pushes and schedules.
    context.actor = env.first(&["BUILD_REQUESTEDFOR", "BUILD_QUEUEDBY"]);
    context.workspace = env.get("BUILD_SOURCESDIRECTORY");
    if let Some(release_id) = env.get("RELEASE_RELEASEID") {
        read_classic_release(release_id, env, context);
    } else {
        context.job.url = compose(
            "{}&view=logs&j={}&t={}",
            &[&context.run.url, &context.job.id, &env.get("SYSTEM_TASKINSTANCEID")],
        );
    }
}

/// The repository's name in its URL, in Azure Repos `project/name`.
fn name_in_url(url: Sourced) -> Option<Sourced> {
    url.and_then(|url| {
        let name = RepositoryUrl::parse(url)?.name();
        Some(percent_decode_str(&name).decode_utf8_lossy().into_owned())
    })
}

/// A classic release pipeline; the `BUILD_` variables are those of the build that it deploys.
fn read_classic_release(release_id: Sourced, env: &Variables, context: &mut Context) {
    context.pipeline.name = env.get("RELEASE_DEFINITIONNAME");
    context.pipeline.url = None;
    context.run.number = Some(release_id.clone());
    // Builds have the same numbers.
    context.identity.run = Some(release_id.clone().map(|id| format!("release {id}")));
    context.run.id = Some(release_id);
    context.run.attempt = env.get("RELEASE_ATTEMPTNUMBER");
    context.run.url = env.get("RELEASE_RELEASEWEBURL");
    context.run.started_at = None;
    context.trigger = env.get("RELEASE_REASON").or(context.trigger.take());
    context.actor = env.get("RELEASE_REQUESTEDFOR").or(context.actor.take());
}
