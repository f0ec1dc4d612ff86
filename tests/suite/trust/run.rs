//! `run` and its command: signals, order, environment, panics; `git` in a hostile checkout.
