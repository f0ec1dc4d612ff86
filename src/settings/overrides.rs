//! Settings that override detected values.

use super::{Mistake, RawSettings};
use crate::ci::{Context, Sourced};

/// The fields of the context that the user set; all others are `None`.
pub(super) fn read(settings: &RawSettings) -> Result<Context, Mistake> {
    let mut context = Context::default();
    for field in context.fields() {
        if let Some(raw) = settings.get(field.setting) {
            let value = field
                .field_type
                .parse(raw.as_text().unwrap_or_default())
                .map_err(|expected| raw.mistake(expected))?;
            *field.value = Some(Sourced::new(value, raw.origin.clone()));
        }
    }
    Ok(context)
}
