//! The election desk: every election with its delay, rank, requests, votes and refusals.

use std::rc::Rc;

use engine::base::NodeId;
use engine::node::EventKind;

/// No more elections are kept.
const MOST: usize = 12;

/// How an election stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The replica waits for its turn.
    Waits,
    /// It has asked for votes.
    Asks,
    /// It is a master now.
    Won,
    /// Too few voted in time.
    Expired,
}

/// One election.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ElectionView {
    /// Who stands.
    pub who: String,
    /// When it decided to stand, in virtual microseconds.
    pub at_us: u64,
    /// How long it waits before it asks, in milliseconds: 500, up to 500 at random, and 1000 for
    /// each better replica.
    pub delay_ms: u64,
    /// How many replicas of the same master have more of its data.
    pub rank: usize,
    /// When it asked for votes.
    pub asked_us: Option<u64>,
    /// In which epoch it asks; 0 before.
    pub epoch: u64,
    /// Votes needed; 0 before it asks.
    pub needed: usize,
    /// Who voted for it, and when.
    pub votes: Vec<(String, u64)>,
    /// Who refused, and why.
    pub refusals: Vec<(String, &'static str)>,
    /// How it stands.
    pub outcome: Outcome,
}

/// All elections, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Desk {
    elections: Rc<Vec<ElectionView>>,
}

impl Desk {
    /// All of them.
    pub(crate) fn elections(&self) -> Rc<Vec<ElectionView>> {
        Rc::clone(&self.elections)
    }

    /// Something happened at a node; `name` knows the names of ids.
    pub(crate) fn hear(
        &mut self,
        at_us: u64,
        at: &str,
        kind: &EventKind,
        name: impl Fn(&NodeId) -> String,
    ) {
        match kind {
            EventKind::ElectionScheduled { delay_ms, rank } => {
                self.begin(at_us, at, *delay_ms, *rank);
            }
            EventKind::ElectionStarted { epoch, needed } => {
                let waits = |e: &ElectionView| e.who == at && e.outcome == Outcome::Waits;
                if !self.elections.iter().any(waits) {
                    self.begin(at_us, at, 0, 0);
                }
                self.change(waits, |e| {
                    (e.epoch, e.needed, e.asked_us) = (*epoch, *needed, Some(at_us));
                    e.outcome = Outcome::Asks;
                });
            }
            EventKind::VoteGranted { to, epoch } => {
                let who = name(to);
                self.change(
                    |e| e.who == who && e.epoch == *epoch,
                    |e| e.votes.push((at.to_owned(), at_us)),
                );
            }
            EventKind::VoteRefused { to, epoch, reason } => {
                let who = name(to);
                self.change(
                    |e| e.who == who && (e.epoch == *epoch || e.outcome == Outcome::Asks),
                    |e| e.refusals.push((at.to_owned(), *reason)),
                );
            }
            EventKind::ElectionWon { epoch } => {
                self.change(|e| e.who == at && e.epoch == *epoch, |e| e.outcome = Outcome::Won);
            }
            EventKind::ElectionExpired { epoch } => {
                self.change(|e| e.who == at && e.epoch == *epoch, |e| e.outcome = Outcome::Expired);
            }
            _ => {}
        }
    }

    fn begin(&mut self, at_us: u64, who: &str, delay_ms: u64, rank: usize) {
        let elections = Rc::make_mut(&mut self.elections);
        elections.retain(|e| e.who != who || e.outcome != Outcome::Waits);
        if elections.len() >= MOST {
            elections.remove(0);
        }
        elections.push(ElectionView {
            who: who.to_owned(),
            at_us,
            delay_ms,
            rank,
            asked_us: None,
            epoch: 0,
            needed: 0,
            votes: Vec::new(),
            refusals: Vec::new(),
            outcome: Outcome::Waits,
        });
    }

    /// Changes the last election that is meant.
    fn change(
        &mut self,
        meant: impl Fn(&ElectionView) -> bool,
        change: impl FnOnce(&mut ElectionView),
    ) {
        if let Some(ix) = self.elections.iter().rposition(meant)
            && let Some(election) = Rc::make_mut(&mut self.elections).get_mut(ix)
        {
            change(election);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_election_gathers_its_votes_and_refusals() {
        let id = |n: u8| NodeId::from_wire([b'0' + n; 40]);
        let name = |of: &NodeId| if *of == id(1) { "db03:6381".to_owned() } else { "?".to_owned() };
        let mut desk = Desk::default();
        let who = "db03:6381";
        desk.hear(10, who, &EventKind::ElectionScheduled { delay_ms: 612, rank: 0 }, name);
        desk.hear(20, who, &EventKind::ElectionStarted { epoch: 7, needed: 2 }, name);
        desk.hear(21, "db02:6380", &EventKind::VoteGranted { to: id(1), epoch: 7 }, name);
        let reason = "its master is not failed";
        desk.hear(22, "db03:6380", &EventKind::VoteRefused { to: id(1), epoch: 7, reason }, name);
        desk.hear(23, who, &EventKind::ElectionExpired { epoch: 7 }, name);
        let all = desk.elections();
        assert_eq!(all.len(), 1);
        assert_eq!((all[0].delay_ms, all[0].needed, all[0].outcome), (612, 2, Outcome::Expired));
        assert_eq!(all[0].votes, [("db02:6380".to_owned(), 21)]);
        assert_eq!(all[0].refusals, [("db03:6380".to_owned(), reason)]);
    }
}
