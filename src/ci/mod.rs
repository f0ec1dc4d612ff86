//! Detects the CI and reads the run, the job and the commit from its variables and the git checkout.
//!
//! Each CI is one file in `providers/`. Everything that applies to all of them is done here: prefixes and
//! credentials are removed, blank and malformed values dropped.

mod artifact_url;
mod by_name_only;
mod checked_out;
mod checkout;
mod context;
mod detect;
mod field_type;
mod forge;
mod git;
mod identity;
mod infer;
mod log_dialect;
mod machine;
mod marker;
mod normalize;
pub(crate) mod program_search;
mod provider;
mod provider_id;
mod providers;
mod reference;
mod release;
mod repository;
mod sourced;
mod status;
mod summary;
mod trigger;
mod url_template;
mod variables;

pub use artifact_url::artifact_url;
pub use checked_out::CheckedOut;
pub use checkout::GitQuestions;
pub use context::{Context, Field, Git, Job, Pipeline, PullRequest, Run};
pub use detect::{Detection, detect, from_environment};
pub use field_type::FieldType;
pub use forge::Forge;
pub use identity::Identity;
pub use log_dialect::LogDialect;
pub use machine::Machine;
pub use provider_id::parse_provider_id;
pub use reference::Reference;
pub use release::Release;
pub use repository::{RepositoryUrl, web_url};
pub use sourced::Sourced;
pub use status::BuildStatus;
pub use summary::{ProviderSummary, provider_summaries};

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

/// The folder in which this job can leave temporary files for its later steps, if its CI provides one that exists.
pub fn temp_dir<'e>(context: &Context, environment: &'e Environment) -> Option<&'e Path> {
    let folder = environment.get(temp_dir_variable(context)?).map(Path::new)?;
    (folder.is_absolute() && folder.is_dir()).then_some(folder)
}

/// The variable with that folder.
pub fn temp_dir_variable(context: &Context) -> Option<&'static str> {
    Some(provider_of(context)?.temp_dir.as_ref()?.variable)
}

/// Whether the CI empties that folder after each job, on any machine.
pub fn empties_temp_dir(context: &Context) -> bool {
    provider_of(context).and_then(|provider| provider.temp_dir.as_ref()).is_some_and(|dir| dir.is_emptied)
}

/// Whether the steps of a build share no folder but the workspace: on CIs that run each in a separate container, and
/// outside of CIs.
pub fn has_only_the_workspace(context: &Context, environment: &Environment) -> bool {
    match provider_of(context) {
        Some(provider) => provider.shares_only_workspace,
        None => generic_marker(environment).is_none(),
    }
}

/// The provider that a context was read by.
fn provider_of(context: &Context) -> Option<&'static Provider> {
    let id = context.provider.as_deref()?;
    PROVIDERS.iter().find(|provider| provider.id == id).copied()
}
