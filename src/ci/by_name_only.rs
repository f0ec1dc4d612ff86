//! CIs that set no variables to detect them by. Users name them with `BUILDHOOK_PROVIDER`.

use super::Context;

/// Buildstash's build-source identifiers without a provider, and their names.
pub(super) const BY_NAME_ONLY: &[(&str, &str)] = &[
    ("abstruse", "Abstruse"),
    ("buildmaster", "Inedo BuildMaster"),
    ("cds", "CDS Continuous Delivery Service"),
    ("cli-upload", "CLI Upload"),
    ("dagger-cloud", "Dagger Cloud"),
    ("flow-ci", "Flow CI"),
    ("hydra", "Hydra"),
    ("kraken-ci", "Kraken CI"),
    ("octopus-deploy", "Octopus Deploy"),
    ("tangled-pipelines", "Tangled Pipelines"),
    ("tekton", "Tekton"),
    ("web-upload", "Web Upload"),
];

/// Adds the name of the CI that the user set by its id.
pub(super) fn add_name(context: &mut Context) {
    let Some(provider) = &context.provider else { return };
    let Some((_, name)) = BY_NAME_ONLY.iter().find(|(id, _)| *id == provider.value) else { return };
    context.provider_name.get_or_insert_with(|| provider.implies(name));
}
