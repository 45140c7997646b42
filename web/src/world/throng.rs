//! What is kept of very many nodes besides the roster: the count of what they believe, and what they have
//! said in chorus. Out of the way of the few nodes of a first visit.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use engine::node::EventKind;
use engine::sim::{HostId, World};

use super::census::Census;
use super::crowd::Crowd;
use super::model::{EventView, NodeIx};
use super::observe::{Observer, Standing, judges};
use super::roster::Roster;

/// What very many nodes say within this time, in virtual microseconds, is marked once.
const CHORUS_US: u64 = 60_000_000;

/// When very many nodes began to say the same.
type Chorus = BTreeMap<(&'static str, String), u64>;

/// The count and the chorus. A clone shares them: such a world has no past that could be looked at with
/// another count.
#[derive(Clone)]
pub(crate) struct Throng(Rc<RefCell<(Census, Chorus)>>);

impl Throng {
    /// Of nodes that have said nothing yet.
    #[inline(never)]
    pub(super) fn new() -> Self {
        Self(Rc::default())
    }

    /// The numbers.
    #[inline(never)]
    pub(super) fn crowd(&self, roster: &Roster) -> Rc<Crowd> {
        self.0.borrow_mut().0.crowd(roster)
    }

    /// How a node stands: `runs` its process, `jury` the masters that judge, in order.
    #[inline(never)]
    pub(super) fn standing(&self, ix: NodeIx, runs: bool, jury: &[NodeIx]) -> Standing {
        let census = &self.0.borrow().0;
        let others = jury.len() - usize::from(jury.binary_search(&ix).is_ok());
        let (doubters, failers) = census.doubters(ix);
        let health = census.health(ix, runs, jury.len());
        Standing { health, doubters, failers, jury: others }
    }
}

impl Observer {
    /// Counts what some of very many nodes believe, until `spent` says that it is enough. Gives how many
    /// were looked at.
    #[inline(never)]
    pub(crate) fn survey(
        &mut self,
        world: &World,
        roster: &Roster,
        spent: &dyn Fn() -> bool,
    ) -> usize {
        let census = &mut self.throng().0.borrow_mut().0;
        for done in 1..=roster.nodes().len() {
            let by = census.turn(roster, world.hosts().len());
            if let Some(seen) = roster.nodes().get(by) {
                let process = seen.pid.and_then(|pid| world.process(HostId(seen.host), pid));
                let view = process.and_then(|p| p.server()?.node().glance());
                census.count(by, roster, view, view.is_some() && judges(seen));
            }
            if spent() {
                return done;
            }
        }
        roster.nodes().len()
    }

    /// Something happened at one of very many nodes: if it may believe something else now, it is asked
    /// before others.
    #[inline(never)]
    pub(crate) fn hurry(&mut self, by: NodeIx, kind: &EventKind) {
        if is_a_view(kind) {
            self.throng().0.borrow_mut().0.hurry(by);
        }
    }

    /// What others of very many nodes have just said of the same is no mark.
    #[inline(never)]
    pub(crate) fn drop_echo(&mut self, event: &mut EventView) {
        let said_by_many = matches!(
            event.key,
            "event-pfail"
                | "event-fail"
                | "event-fail-cleared"
                | "event-state-ok"
                | "event-state-fail"
                | "event-vote"
                | "event-refused"
        );
        if !said_by_many {
            return;
        }
        let words: Vec<&str> = event.args.iter().map(|arg| arg.1.as_str()).collect();
        let chorus = &mut self.throng().0.borrow_mut().1;
        let at = chorus.entry((event.key, words.join("\n"))).or_insert(u64::MAX);
        if event.at_us.checked_sub(*at).is_some_and(|us| us <= CHORUS_US) {
            event.mark = None;
        } else {
            *at = event.at_us;
        }
    }
}

/// Whether a node has come to believe something else of another.
const fn is_a_view(kind: &EventKind) -> bool {
    matches!(
        kind,
        EventKind::PfailMarked { .. }
            | EventKind::PfailCleared { .. }
            | EventKind::FailMarked { .. }
            | EventKind::FailCleared { .. }
            | EventKind::NodeAdded { .. }
            | EventKind::NodeRemoved { .. }
            | EventKind::Role { .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::model::Tone;

    #[test]
    fn what_hundreds_say_of_one_node_is_one_mark_and_what_each_says_of_itself_is_its_own() {
        let mut observer = Observer::new(1);
        let mut marked = |at_us, key, of: &str| {
            let mut event = EventView {
                seq: at_us,
                at_us,
                tone: Tone::Bad,
                node: None,
                key,
                args: vec![("of", of.to_owned())],
                mark: Some("mark-pfail"),
            };
            observer.drop_echo(&mut event);
            event.mark.is_some()
        };
        assert!(marked(1, "event-pfail", "db01:7000"));
        assert!(!marked(2, "event-pfail", "db01:7000"));
        assert!(marked(3, "event-pfail", "db01:7001"), "another node is suspected");
        assert!(marked(4, "event-now-master", "") && marked(5, "event-now-master", ""));
        assert!(marked(CHORUS_US + 2, "event-pfail", "db01:7000"), "a minute later it is news");
    }
}
