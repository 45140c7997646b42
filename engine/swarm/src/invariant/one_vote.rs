//! A master votes at most once in an epoch (cluster specification, "Slave election and
//! promotion": `lastVoteEpoch`), across restarts too.

use std::collections::BTreeSet;

use engine_base::{Mono, NodeId};

use super::Violation;

/// Who voted in which epoch.
#[derive(Default)]
pub(crate) struct OneVote {
    votes: BTreeSet<(NodeId, u64)>,
}

impl OneVote {
    /// A vote goes out on the bus.
    pub(crate) fn sent(&mut self, at: Mono, voter: NodeId, epoch: u64) -> Result<(), Violation> {
        if self.votes.insert((voter, epoch)) {
            return Ok(());
        }
        Err(Violation {
            rule: "one vote an epoch",
            at,
            seen: format!("{voter} voted a second time in epoch {epoch}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_vote_in_an_epoch_is_seen() {
        let (a, b) = (NodeId::from_wire([b'a'; 40]), NodeId::from_wire([b'b'; 40]));
        let mut rule = OneVote::default();
        assert_eq!(rule.sent(Mono::ZERO, a, 7), Ok(()));
        assert_eq!(rule.sent(Mono::ZERO, a, 8), Ok(()));
        assert_eq!(rule.sent(Mono::ZERO, b, 8), Ok(()));
        assert!(rule.sent(Mono::ZERO, a, 8).is_err());
    }
}
