//! Nothing but tests: see `tests/manifests.rs`.
