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
mod github_subject;
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

// What these files use.
use super::field_type::is_hash;
use super::marker::Marker::{All, EndsWith, Is, IsNot, NotSet, NotStartsWith, Set, StartsWith};
use super::provider::ResultVariable::{Cancelled, ExitCode, Failure, Succeeding, Word};
use super::provider::{Provider, ResultVariable, TempDir};
use super::reference::qualify_branch;
use super::url_template::compose;
use super::variables::Variables;
use super::{
    CheckedOut, Context, FieldType, Forge, Git, Identity, LogDialect, Reference, Release, RepositoryUrl,
    Sourced,
};

/// Every CI, in the order in which they are tried: one that imitates another, or runs inside another, is
/// tried first.
pub(super) const PROVIDERS: &[&Provider] = &[
    // Forgejo's runner sets Gitea's and GitHub's markers too, and Gitea's runner GitHub's.
    &gitea::FORGEJO,
    &gitea::GITEA,
    &github::PROVIDER,
    // Both set Drone's variables.
    &woodpecker::PROVIDER,
    &harness::PROVIDER,
    // Ran on Azure Pipelines agents.
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
    // Their agents also run jobs of other CIs, which inherit their variables; Jenkins' most of all.
    &teamcity::PROVIDER,
    &bamboo::PROVIDER,
    &gocd::PROVIDER,
    &aws_codebuild::PROVIDER,
    &jenkins::PROVIDER,
    &google_cloud_build::PROVIDER,
    &concourse::PROVIDER,
    // Their tools run inside other CIs.
    &expo_eas::PROVIDER,
    &netlify::PROVIDER,
    &vercel::PROVIDER,
    &zuul::PROVIDER,
];
