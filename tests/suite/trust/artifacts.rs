//! Hostile artifacts: bounded memory and time, and `finished` is sent.
