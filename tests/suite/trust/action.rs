//! The Action's last step after a hostile job step.
