//! At most one replica wins in an epoch: the votes of a majority cannot go to two.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use engine_node::EventKind;
use engine_sim::{Entry, What};

use super::Violation;

/// Who won in which epoch.
#[derive(Default)]
pub(crate) struct OneWinner {
    winners: BTreeMap<u64, SocketAddr>,
}

impl OneWinner {
    /// Notes a victory.
    pub(crate) fn note(&mut self, entry: &Entry) -> Result<(), Violation> {
        let (Some(winner), What::Node(EventKind::ElectionWon { epoch })) =
            (entry.who.addr, &entry.what)
        else {
            return Ok(());
        };
        match self.winners.insert(*epoch, winner) {
            None => Ok(()),
            Some(before) => Err(Violation {
                rule: "one winner an epoch",
                at: entry.at,
                seen: format!("{winner} won epoch {epoch}, which {before} had won"),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_base::Mono;
    use engine_sim::{HostId, Pid, Who};

    #[test]
    fn two_winners_of_one_epoch_are_seen() {
        let won = |last: u8, epoch| Entry {
            at: Mono::ZERO,
            host: HostId(0),
            who: Who { pid: Pid(9), addr: Some(([10, 0, 0, last], 6380).into()) },
            what: What::Node(EventKind::ElectionWon { epoch }),
        };
        let mut rule = OneWinner::default();
        assert_eq!(rule.note(&won(1, 7)), Ok(()));
        assert_eq!(rule.note(&won(2, 8)), Ok(()));
        assert!(rule.note(&won(2, 7)).is_err());
    }
}
