//! How long the state folder lasts.

use super::{PlaceReason, StateFolder};
use crate::ci::{self, Context, Machine};
use crate::system::Environment;

/// How long the state folder lasts, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    /// Until the job ends: the CI empties its folder for temporary files on all machines.
    Job,
    /// Until the job ends: the machine is thrown away, by this variable.
    DiscardedMachine(&'static str),
    /// Until the pipeline ends: the CI deletes the checkout.
    Pipeline,
    /// As long as the checkout.
    Checkout,
    /// Until the system empties its temporary files.
    Temporary,
    /// As long as the machine, which stays.
    Machine,
    /// As long as the machine, which may be thrown away.
    Unknown,
}

impl StateFolder {
    /// How long the folder of this job lasts. `None` if there is no folder.
    pub fn lifetime(&self, context: &Context, environment: &Environment) -> Option<Lifetime> {
        let reason = self.reason()?;
        Some(match (reason, Machine::detect(context, environment)) {
            (PlaceReason::JobFolder(_), _) if ci::empties_temp_dir(context) => Lifetime::Job,
            (_, Machine::Discarded(variable)) => Lifetime::DiscardedMachine(variable),
            (PlaceReason::Checkout, _) if context.provider.is_some() => Lifetime::Pipeline,
            (PlaceReason::Checkout, _) => Lifetime::Checkout,
            (PlaceReason::Temporary, Machine::Kept) => Lifetime::Temporary,
            (_, Machine::Kept) => Lifetime::Machine,
            (_, Machine::Unknown) => Lifetime::Unknown,
        })
    }

    /// Whether the folder may be lost with the job. One that the user chose is taken for one that is kept.
    pub fn may_vanish(&self, context: &Context, environment: &Environment) -> bool {
        use Lifetime::{Checkout, Machine, Temporary};
        let is_chosen = self.reason() == Some(PlaceReason::Chosen);
        !is_chosen
            && !matches!(self.lifetime(context, environment), Some(Checkout | Machine | Temporary) | None)
    }
}
