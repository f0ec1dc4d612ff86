//! The CIs, one file each. To add one, write its file and list its `PROVIDER` here.

mod agola;
mod appcenter;
mod appveyor;
mod aws_codebuild;
mod azure_devops;
mod bamboo;
mod bitbucket_pipelines;
mod bitrise;
mod buddy;
mod buildkite;
mod circleci;
mod cirrus;
mod codefresh;
mod codemagic;
mod codeship;
mod concourse;
mod drone;
mod expo_eas;
mod gitea;
mod github;
mod github_event;
mod gitlab;
mod gocd;
mod google_cloud_build;
mod harness;
mod jenkins;
mod netlify;
mod properties_file;
mod screwdriver;
mod semaphore;
mod sourcehut;
mod teamcity;
mod travis;
mod unity;
mod vela;
mod vercel;
mod woodpecker;
mod xcode_cloud;
mod zuul;

use super::provider::Provider;
// What the files of this folder use.
use super::{
    BuildStatus, Context, Forge, Git, Job, Pipeline, PullRequest, Run, Sourced, provider, url_template,
    variables,
};

/// Every CI, in the order in which they are tried: one that imitates another, or runs inside another, is tried first.
pub(super) const PROVIDERS: &[&Provider] = &[
    // Forgejo's runner also says that it is Gitea's and GitHub's, Gitea's that it is GitHub's.
    &gitea::FORGEJO,
    &gitea::GITEA,
    &github::PROVIDER,
    // Both set variables of Drone.
    &woodpecker::PROVIDER,
    &harness::PROVIDER,
    // Ran on the agents of Azure Pipelines.
    &appcenter::PROVIDER,
    &azure_devops::PROVIDER,
    &codefresh::PROVIDER,
    &codeship::PROVIDER,
    &sourcehut::PROVIDER,
    &gitlab::PROVIDER,
    &circleci::PROVIDER,
    &travis::PROVIDER,
    &appveyor::PROVIDER,
    &bitbucket_pipelines::PROVIDER,
    &bitrise::PROVIDER,
    &codemagic::PROVIDER,
    &buildkite::PROVIDER,
    &semaphore::PROVIDER,
    &cirrus::PROVIDER,
    &drone::PROVIDER,
    &buddy::PROVIDER,
    &screwdriver::PROVIDER,
    &vela::PROVIDER,
    &agola::PROVIDER,
    &xcode_cloud::PROVIDER,
    &unity::PROVIDER,
    // Their agents run the jobs of other CIs too, and may leave their variables to them; Jenkins' most of all.
    &teamcity::PROVIDER,
    &bamboo::PROVIDER,
    &gocd::PROVIDER,
    &aws_codebuild::PROVIDER,
    &jenkins::PROVIDER,
    &google_cloud_build::PROVIDER,
    &concourse::PROVIDER,
    // Tools of theirs run inside other CIs.
    &expo_eas::PROVIDER,
    &netlify::PROVIDER,
    &vercel::PROVIDER,
    &zuul::PROVIDER,
];
