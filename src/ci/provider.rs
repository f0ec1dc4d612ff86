//! A CI: how it is told and what its variables mean.

use super::variables::Values;
use super::{Context, Forge};
use crate::system::Environment;

/// A CI.
#[derive(Debug)]
pub(super) struct Provider {
    /// Buildstash's build-source identifier, or where its table lacks the CI one in its manner.
    pub(super) id: &'static str,
    /// The name people know it by.
    pub(super) name: &'static str,
    /// The variable that tells that the environment is that of one of its jobs.
    pub(super) detect: fn(&Environment) -> Option<&'static str>,
    /// What its variables say, as they say it: all that is alike everywhere is done behind it.
    pub(super) read: fn(&mut Values) -> Context,
    /// The service that hosts its repositories, where it is part of one.
    pub(super) forge: Option<Forge>,
    /// Where a file of the workspace can be had once the job has archived it, by its percent-encoded path.
    pub(super) artifact_url: Option<fn(&Context, &str) -> Option<String>>,
}

impl Provider {
    /// A CI that builds from any host of repositories and has no rule for addresses of artifacts.
    pub(super) const fn new(
        id: &'static str,
        name: &'static str,
        detect: fn(&Environment) -> Option<&'static str>,
        read: fn(&mut Values) -> Context,
    ) -> Self {
        Self { id, name, detect, read, forge: None, artifact_url: None }
    }
}
