//! What moves time, and when it stops.

use engine::base::Mono;

use super::screen::Until;

/// What moves time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Motion {
    /// Nothing: it is paused.
    Still,
    /// It runs.
    Runs,
    /// It runs, as fast as it can, until something happens or this virtual time is reached.
    ToNext {
        /// What is waited for.
        until: Until,
        /// How much had happened when the wait began.
        before: Tally,
        /// When to give up.
        limit: Mono,
    },
}

/// How much has happened in a run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Tally {
    /// Events with a mark.
    pub marks: u64,
    /// Events that were told: the number of the last.
    pub told: u64,
    /// Messages that arrived.
    pub units: u64,
}
