//! What must hold whatever goes wrong: one file a rule.

mod acked_writes;
mod convergence;
mod epochs_grow;
mod one_owner;
mod one_vote;
mod one_winner;

use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;

use engine_base::Mono;
use engine_node::EventKind;
use engine_sim::{Entry, What, World};

pub(crate) use acked_writes::check_writes;
pub(crate) use convergence::disagreement;

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

/// The rules that hold at every moment, and what they remember.
#[derive(Default)]
pub(crate) struct Invariants {
    one_vote: one_vote::OneVote,
    one_winner: one_winner::OneWinner,
    epochs_grow: epochs_grow::EpochsGrow,
    /// Who became a master by `CLUSTER FAILOVER TAKEOVER`.
    took_over: BTreeSet<SocketAddr>,
    /// How much of the history has been looked at.
    seen: usize,
}

impl Invariants {
    /// Looks at what has happened since the last look, and at the nodes as they are now.
    pub(crate) fn check(&mut self, world: &World) -> Result<(), Violation> {
        let fresh: Vec<_> = world.trace().entries()[self.seen..].to_vec();
        self.seen += fresh.len();
        for entry in &fresh {
            self.note(entry)?;
        }
        let views = views(world);
        one_owner::check(world.now(), &views, &self.took_over)?;
        self.epochs_grow.check(world.now(), &views)
    }

    fn note(&mut self, entry: &Entry) -> Result<(), Violation> {
        if let What::Node(EventKind::ManualFailover { step: "takeover" }) = entry.what {
            self.took_over.extend(entry.who.addr);
        }
        self.one_vote.note(entry)?;
        self.one_winner.note(entry)
    }
}

/// What each running node believes.
pub(crate) fn views(world: &World) -> Vec<engine_node::ClusterView> {
    world
        .servers()
        .filter_map(|(_, process)| process.server())
        .filter_map(|server| server.node().view_cluster())
        .collect()
}
