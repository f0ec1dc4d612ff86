//! Secrets: as people paste them, in errors, in responses, in children's environments.
