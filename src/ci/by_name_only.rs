//! CIs whose jobs have no variables of their own: they are only known when the user names them, by `provider`.

use super::Context;

/// Identifiers and names, those of Buildstash where its table has them.
const NAMED: &[(&str, &str)] = &[
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

/// Adds the name of the CI that the user names by its identifier.
pub(super) fn add_name(context: &mut Context) {
    let Some((_, name)) = NAMED.iter().find(|(id, _)| Some(*id) == context.provider.as_deref()) else {
        return;
    };
    if context.provider_name.is_none() {
        context.provider_name = context.provider.clone().map(|found| found.map(|_| (*name).to_owned()));
    }
}
