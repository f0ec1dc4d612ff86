//! Detects the CI and reads the run, the job and the commit from its variables and the git checkout.
//!
//! Each CI is one file in `providers/`. Everything that applies to all of them is done here: prefixes and
//! credentials are removed, blank and malformed values dropped.

mod artifact_url;
mod by_name_only;
mod checkout;
mod context;
mod detect;
mod field_type;
mod forge;
mod git;
mod git_program;
mod infer;
mod log_dialect;
mod marker;
mod normalize;
mod provider;
mod provider_id;
mod providers;
mod reference;
mod release;
mod repository;
mod sourced;
mod status;
mod trigger;
mod url_template;
mod variables;

pub use artifact_url::artifact_url;
pub use context::{Context, Field, Git, Job, Pipeline, PullRequest, Run};
pub use detect::{Detection, detect, from_environment, without_checkout};
pub use field_type::FieldType;
pub use forge::Forge;
pub use log_dialect::LogDialect;
pub use provider_id::parse_provider_id;
pub use reference::Reference;
pub use release::Release;
pub use repository::{RepositoryUrl, web_url};
pub use sourced::Sourced;
pub use status::BuildStatus;

use std::path::Path;

use crate::system::Environment;
use provider::Provider;
use providers::PROVIDERS;

/// The ids of the CIs whose variables are read.
pub fn provider_ids() -> impl Iterator<Item = &'static str> {
    PROVIDERS.iter().map(|provider| provider.id)
}

/// The variable that marks a job of any CI, whether its provider is known or not.
pub fn generic_marker(environment: &Environment) -> Option<&'static str> {
    ["CI", "CONTINUOUS_INTEGRATION", "BUILD_NUMBER", "RUN_ID"]
        .into_iter()
        .find(|name| environment.is_set(name))
}

/// Advice for this CI if the result of the build is unknown.
pub fn result_hint(context: &Context) -> Option<&'static str> {
    provider_of(context)?.result_hint
}

/// The folder in which this job can leave temporary files, if its CI provides one that exists.
pub fn temp_dir(environment: &Environment) -> Option<&Path> {
    // NOTE: no marker is needed, because the CIs that have such a folder so far all use the same variable.
    let folders = PROVIDERS.iter().filter_map(|provider| environment.get(provider.temp_dir?));
    folders.map(Path::new).find(|path| path.is_dir())
}

/// The provider that a context was read by.
fn provider_of(context: &Context) -> Option<&'static Provider> {
    let id = context.provider.as_deref()?;
    PROVIDERS.iter().find(|provider| provider.id == id).copied()
}
