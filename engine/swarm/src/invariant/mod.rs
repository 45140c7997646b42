//! What must hold whatever goes wrong: one file a rule.

mod acked_writes;
mod ask_only_absent;
mod convergence;
mod epochs_grow;
mod fail_by_quorum;
mod fresh_candidate;
mod handed_over;
mod majority_serves;
mod masters_answer;
mod one_owner;
mod one_vote;
mod one_winner;
mod replica_equal;
mod slots_by_epoch;
mod vote_on_disk;
mod watch;
mod won_by_majority;

use std::fmt;

use engine_base::Mono;

pub(crate) use acked_writes::Losses;
pub(crate) use convergence::disagreement;
pub(crate) use watch::{Watch, node_of, number_at};

/// A rule that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which rule.
    pub rule: &'static str,
    /// When, in virtual time.
    pub at: Mono,
    /// What was seen.
    pub seen: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}: {}", self.rule, self.at, self.seen)
    }
}
