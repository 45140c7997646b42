//! Who wins an election has the votes of a majority of the masters with slots, as the winner
//! counts them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use engine_base::{Mono, NodeId};

use super::Violation;

/// Votes given, by candidate and epoch.
#[derive(Default)]
pub(crate) struct WonByMajority {
    votes: BTreeMap<(NodeId, u64), BTreeSet<SocketAddr>>,
}

impl WonByMajority {
    /// A master gives its vote.
    pub(crate) fn voted(&mut self, voter: SocketAddr, to: NodeId, epoch: u64) {
        self.votes.entry((to, epoch)).or_default().insert(voter);
    }

    /// A replica wins; `size` masters with slots are known to it.
    pub(crate) fn won(
        &self,
        at: Mono,
        winner: NodeId,
        epoch: u64,
        size: usize,
    ) -> Result<(), Violation> {
        let votes = self.votes.get(&(winner, epoch)).map_or(0, BTreeSet::len);
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
        let id = NodeId::from_wire([b'a'; 40]);
        let voter = |last: u8| SocketAddr::from(([10, 0, 0, last], 6380));
        let mut rule = WonByMajority::default();
        rule.voted(voter(1), id, 5);
        rule.voted(voter(1), id, 5);
        rule.voted(voter(2), id, 6);
        assert!(rule.won(Mono::ZERO, id, 5, 3).is_err(), "one voter, counted once");
        rule.voted(voter(2), id, 5);
        assert_eq!(rule.won(Mono::ZERO, id, 5, 3), Ok(()));
        assert!(rule.won(Mono::ZERO, id, 5, 4).is_err());
    }
}
