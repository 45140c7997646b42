//! Who wins an election has the votes of a majority of the masters with slots, as the winner
//! counts them: so many masters gave their vote, and so many votes have come in.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use engine_base::{Mono, NodeId};

use super::Violation;

/// Votes, by candidate and epoch.
#[derive(Default)]
pub(crate) struct WonByMajority {
    given: BTreeMap<(NodeId, u64), BTreeSet<SocketAddr>>,
    come_in: BTreeMap<(NodeId, u64), BTreeSet<NodeId>>,
}

impl WonByMajority {
    /// A master gives its vote.
    pub(crate) fn given(&mut self, voter: SocketAddr, to: NodeId, epoch: u64) {
        self.given.entry((to, epoch)).or_default().insert(voter);
    }

    /// A vote comes in at a candidate.
    pub(crate) fn came_in(&mut self, from: NodeId, to: NodeId, epoch: u64) {
        self.come_in.entry((to, epoch)).or_default().insert(from);
    }

    /// A replica wins; `size` masters with slots are known to it.
    pub(crate) fn won(
        &self,
        at: Mono,
        winner: NodeId,
        epoch: u64,
        size: usize,
    ) -> Result<(), Violation> {
        let given = self.given.get(&(winner, epoch)).map_or(0, BTreeSet::len);
        let votes = self.come_in.get(&(winner, epoch)).map_or(0, BTreeSet::len).min(given);
        let needed = size / 2 + 1;
        if votes >= needed {
            return Ok(());
        }
        Err(Violation {
            rule: "an election is won by a majority",
            at,
            seen: format!("{winner} won epoch {epoch} with {votes} votes of {needed} needed"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_victory_without_a_majority_is_seen() {
        let id = |c: u8| NodeId::from_wire([c; 40]);
        let me = id(b'x');
        let voter = |last: u8| SocketAddr::from(([10, 0, 0, last], 6380));
        let mut rule = WonByMajority::default();
        for (name, last) in [(b'a', 1), (b'a', 1), (b'b', 2)] {
            rule.given(voter(last), me, 5);
            rule.came_in(id(name), me, if last == 1 { 5 } else { 6 });
        }
        assert!(rule.won(Mono::ZERO, me, 5, 3).is_err(), "one came in, and counts once");
        rule.came_in(id(b'b'), me, 5);
        assert_eq!(rule.won(Mono::ZERO, me, 5, 3), Ok(()));
        rule.came_in(id(b'c'), me, 5);
        assert!(rule.won(Mono::ZERO, me, 5, 4).is_err(), "nobody gave the third");
    }
}
