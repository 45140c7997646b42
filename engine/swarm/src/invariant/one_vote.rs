//! A master votes at most once in an epoch (cluster specification, "Slave election and
//! promotion": `lastVoteEpoch`), across restarts too.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use engine_base::NodeId;
use engine_node::EventKind;
use engine_sim::{Entry, What};

use super::Violation;

/// Who voted for whom in which epoch.
#[derive(Default)]
pub(crate) struct OneVote {
    votes: BTreeMap<(SocketAddr, u64), NodeId>,
}

impl OneVote {
    /// Notes a vote.
    pub(crate) fn note(&mut self, entry: &Entry) -> Result<(), Violation> {
        let (Some(voter), What::Node(EventKind::VoteGranted { to, epoch })) =
            (entry.who.addr, &entry.what)
        else {
            return Ok(());
        };
        match self.votes.insert((voter, *epoch), *to) {
            None => Ok(()),
            Some(before) => Err(Violation {
                rule: "one vote an epoch",
                at: entry.at,
                seen: format!("{voter} voted for {to} in epoch {epoch}, after {before}"),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_base::Mono;
    use engine_sim::{HostId, Pid, Who};

    fn vote(epoch: u64, to: u8) -> Entry {
        Entry {
            at: Mono::ZERO,
            host: HostId(0),
            who: Who { pid: Pid(9), addr: Some(([10, 0, 0, 1], 6380).into()) },
            what: What::Node(EventKind::VoteGranted { to: NodeId::from_wire([to; 40]), epoch }),
        }
    }

    #[test]
    fn a_second_vote_in_an_epoch_is_seen_even_for_the_same_candidate() {
        let mut rule = OneVote::default();
        assert_eq!(rule.note(&vote(7, b'a')), Ok(()));
        assert_eq!(rule.note(&vote(8, b'b')), Ok(()));
        assert!(rule.note(&vote(8, b'b')).is_err());
    }
}
