//! Bugs for the fault search to find (`cargo xtask swarm --planted`). They are compiled in only by
//! `--cfg planted_bugs`, a flag of the compiler and never a feature, and sleep until one is woken by
//! its name: one build has them all.

/// Whether the bug of this name is awake; never, without the flag.
#[cfg(not(planted_bugs))]
#[inline]
#[must_use]
pub const fn planted(_name: &str) -> bool {
    false
}

#[cfg(planted_bugs)]
pub use awake::{plant, planted};

#[cfg(planted_bugs)]
mod awake {
    use std::sync::OnceLock;

    static AWAKE: OnceLock<String> = OnceLock::new();

    /// Whether the bug of this name is awake.
    #[must_use]
    pub fn planted(name: &str) -> bool {
        AWAKE.get().is_some_and(|awake| awake == name)
    }

    /// Wakes a bug, for as long as the process runs; `false` when another is awake.
    pub fn plant(name: &str) -> bool {
        AWAKE.get_or_init(|| name.to_owned()) == name
    }
}
