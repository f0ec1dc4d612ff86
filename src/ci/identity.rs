//! The names by which ids distinguish projects, runs and jobs.
//!
//! They come from the CI and the user alone, so they are the same in every step of a job and in every job of a run. Answers
//! of git change with the checkout, and are used only outside of CIs.

use std::path::Path;

use super::provider::Provider;
use super::{Context, Git, Sourced, infer};

/// The names of a project, a run and a job.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// The CI's server, if the CI has several.
    pub server: Option<Sourced>,
    /// The project: an id that it keeps when it is renamed, else its full name.
    pub project: Option<Sourced>,
    /// The owner of the project, likewise.
    pub owner: Option<Sourced>,
    /// The run of the project.
    pub run: Option<Sourced>,
    /// The job of the run, with its leg of the matrix. `None` on CIs whose runs have a single job.
    pub job: Option<Sourced>,
    /// The job's name for receivers. A step or stage is no job.
    pub job_name: Option<Sourced>,
    /// The job's page, likewise.
    pub job_url: Option<Sourced>,
}

/// Completes the identity of a context that was read from the environment: the user's settings come first, then the names that
/// the provider has for this purpose, then the fields of the context.
pub(super) fn complete(context: &mut Context, overrides: &Context, provider: Option<&Provider>) {
    let (mut known, mut set) = (context.clone(), overrides.clone());
    infer::infer(&mut known);
    infer::infer(&mut set);
    let identity = &mut context.identity;
    let name = match full_name(&set.git) {
        Some(name) => {
            (identity.project, identity.owner) = (None, None);
            Some(name)
        }
        None => full_name(&known.git),
    };
    let pipeline = known.pipeline.name.filter(|_| provider.is_some());
    identity.owner = identity.owner.take().or_else(|| name.clone().map(owner_of));
    identity.project = identity.project.take().or(name).or(pipeline);
    identity.run = set.run.id.or(identity.run.take()).or(known.run.id);
    let has_jobs = provider.is_none_or(|provider| !provider.has_one_job);
    identity.job_name =
        set.job.name.clone().or(identity.job_name.take()).or(known.job.name.clone().filter(|_| has_jobs));
    identity.job_url = set.job.url.or(known.job.url.filter(|_| has_jobs));
    let job = known.job.id.or(known.job.name).filter(|_| has_jobs);
    identity.job = set.job.id.or(identity.job.take()).or(job).or(set.job.name);
    if set.run.started_at.is_some() || identity.job.is_none() {
        // The start that the user set counts for whatever the user calls a build.
        context.job.started_at = known.run.started_at;
    }
}

/// Outside of CIs, names the project by its repository as git knows it, or by its folder, if the user does not name it.
pub(super) fn complete_from_checkout(context: &mut Context, folder: &Path) {
    if context.provider.is_some() || context.identity.project.is_some() {
        return;
    }
    let name = full_name(&context.git);
    context.identity.owner = context.identity.owner.take().or_else(|| name.clone().map(owner_of));
    let of_folder = || {
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let is_checkout = |folder: &&Path| folder.join(".git").symlink_metadata().is_ok();
        let root = folder.ancestors().find(is_checkout).unwrap_or(&folder);
        Sourced::new(root.to_string_lossy(), "the current folder")
    };
    context.identity.project = Some(name.unwrap_or_else(of_folder));
}

/// Host and path of the repository.
fn full_name(git: &Git) -> Option<Sourced> {
    let repository = git.repository.clone()?;
    Some(match &git.host {
        Some(host) => repository.map(|path| format!("{}/{path}", host.value)),
        None => repository,
    })
}

/// The part of a full name before the last slash; empty if there is none.
fn owner_of(name: Sourced) -> Sourced {
    name.map(|name| name.rsplit_once('/').map_or("", |(owner, _)| owner).to_owned())
}
