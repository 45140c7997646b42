//! What happened in a run that later explains what is lost: promotions, power cuts, wiped disks,
//! moves of slots that were left open.

use std::collections::{BTreeMap, BTreeSet};

use engine_base::{Mono, NodeId, Slot, SlotSet};

use crate::load::Written;

/// How a node came to serve slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// A majority voted for it.
    Elected,
    /// `CLUSTER FAILOVER TAKEOVER`: nobody was asked.
    Takeover,
    /// `CLUSTER MIGRATESLOTS`: this node gave them, and agreed at that time.
    HandedOver {
        /// Who gave them.
        by: usize,
        /// When it agreed.
        granted: Mono,
    },
}

/// A node took slots over whole: a master's place, or what was handed over to it.
#[derive(Clone, Debug)]
pub(crate) struct Promotion {
    pub(crate) at: Mono,
    /// Which node.
    pub(crate) node: usize,
    /// What it serves since.
    pub(crate) slots: SlotSet,
    /// By whose leave.
    pub(crate) how: How,
}

/// A write that a replica did not have when it took its master's place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Missing {
    /// When the promotion was.
    pub(crate) at: Mono,
    /// The acknowledged value.
    pub(crate) value: u64,
    /// Whether an operator made the replica a master.
    pub(crate) by_hand: bool,
}

/// All that is remembered.
#[derive(Default)]
pub(crate) struct History {
    pub(crate) promotions: Vec<Promotion>,
    /// By key.
    pub(crate) missing: BTreeMap<String, Vec<Missing>>,
    power_cuts: Vec<(Mono, usize)>,
    wipes: Vec<(Mono, usize)>,
    /// When a process ended, whatever it died of.
    ends: Vec<(Mono, usize)>,
    /// When one began.
    starts: Vec<(Mono, usize)>,
    torn: BTreeSet<usize>,
    /// Ids of nodes whose nodes.conf was torn: they may have forgotten what they promised.
    pub(crate) forgetful: BTreeSet<NodeId>,
    /// When the move of a slot began, and when it was finished properly.
    open: BTreeMap<Slot, Vec<(Mono, Option<Mono>)>>,
    /// When an operator began to carry keys of a slot to a node.
    carried: Vec<(Mono, Slot, usize)>,
    /// How often a process did not start.
    pub(crate) refused: u64,
    /// What an operator had to do at the end.
    pub(crate) repairs: u64,
}

/// How long `appendfsync everysec` may leave a write in memory, in milliseconds: a second until
/// the next look, a second until the one after that finds it, and what fsync takes.
const UNSYNCED_MS: u64 = 3100;

impl History {
    pub(crate) fn power_cut(&mut self, at: Mono, node: usize) {
        self.power_cuts.push((at, node));
    }

    pub(crate) fn wiped(&mut self, at: Mono, node: usize) {
        self.wipes.push((at, node));
    }

    pub(crate) fn ended(&mut self, at: Mono, node: usize) {
        self.ends.push((at, node));
    }

    pub(crate) fn started(&mut self, at: Mono, node: usize) {
        self.starts.push((at, node));
    }

    pub(crate) fn torn(&mut self, _at: Mono, node: usize) {
        self.torn.insert(node);
    }

    pub(crate) fn was_torn(&self, node: usize) -> bool {
        self.torn.contains(&node)
    }

    pub(crate) fn opened(&mut self, at: Mono, slot: Slot) {
        self.open.entry(slot).or_default().push((at, None));
    }

    pub(crate) fn closed(&mut self, at: Mono, slot: Slot) {
        if let Some(last) = self.open.get_mut(&slot).and_then(|moves| moves.last_mut()) {
            last.1 = Some(at);
        }
    }

    pub(crate) fn carried(&mut self, at: Mono, slot: Slot, to: usize) {
        self.carried.push((at, slot, to));
    }

    /// Whether an operator had hands on a slot at some time between `from` and `until`.
    pub(crate) fn was_open(&self, slot: Slot, from: Mono, until: Mono) -> bool {
        let moves = self.open.get(&slot).map_or(&[][..], Vec::as_slice);
        moves.iter().any(|(began, ended)| *began <= until && ended.is_none_or(|end| from <= end))
    }

    /// Who has held a write since it was sent, and when it got it: who acknowledged it, whoever
    /// took its slot over since or had its keys carried there, and `reader`.
    fn holders(&self, written: &Written, slot: Slot, reader: usize) -> Vec<(Mono, usize)> {
        let since = written.sent_at;
        let taken = self.promotions.iter().filter(|p| p.at >= since && p.slots.contains(slot));
        let later = taken.map(|p| match p.how {
            // What is handed over is written anew there.
            How::HandedOver { .. } => (p.at, p.node),
            How::Elected | How::Takeover => (since, p.node),
        });
        let carried = self.carried.iter().filter(|(at, moved, _)| *at >= since && *moved == slot);
        let carried = carried.map(|(at, _, to)| (*at, *to));
        let first = [(since, written.acked_by), (since, reader)];
        first.into_iter().chain(later).chain(carried).collect()
    }

    /// Whether power was cut on a host that held a write so soon after it had come there that it
    /// was in memory only, or after its process had died so soon and nobody was there to sync.
    pub(crate) fn lost_power(&self, written: &Written, slot: Slot, reader: usize) -> bool {
        self.holders(written, slot, reader).iter().any(|(since, holder)| {
            self.power_cuts.iter().any(|(cut, node)| {
                let soon = |at: &Mono| at >= since && at.ms_since(*since) <= UNSYNCED_MS;
                let died = |(end, who): &(Mono, usize)| {
                    who == holder && end <= cut && soon(end) && !self.ran_between(*who, *end, *cut)
                };
                node == holder && cut >= since && (soon(cut) || self.ends.iter().any(died))
            })
        })
    }

    fn ran_between(&self, node: usize, from: Mono, until: Mono) -> bool {
        self.starts.iter().any(|(at, who)| *who == node && from < *at && *at <= until)
    }

    /// Whether the disk of a host that held a write was wiped since.
    pub(crate) fn was_wiped(&self, written: &Written, slot: Slot, reader: usize) -> bool {
        self.holders(written, slot, reader).iter().any(|(since, holder)| {
            self.wipes.iter().any(|(wiped, node)| node == holder && wiped >= since)
        })
    }

    /// Whether a node's process ended between `from` and `until`.
    pub(crate) fn ended_between(&self, node: usize, from: Mono, until: Mono) -> bool {
        self.ends.iter().any(|(at, who)| *who == node && from <= *at && *at <= until)
    }

    /// The last time at or before `at` that somebody else than `node` took a slot over, unless
    /// `node` took it later.
    pub(crate) fn replaced_before(&self, at: Mono, node: usize, slot: Slot) -> Option<&Promotion> {
        let last = self.promotions.iter().rev().find(|p| p.at <= at && p.slots.contains(slot))?;
        (last.node != node).then_some(last)
    }

    /// When a write came to where it is: at its acknowledgement, or when its slot was last handed
    /// over.
    pub(crate) fn arrived(&self, written: &Written, slot: Slot) -> Mono {
        let handed =
            |p: &&Promotion| matches!(p.how, How::HandedOver { .. }) && p.slots.contains(slot);
        let last = self.promotions.iter().rev().find(handed).map(|p| p.at);
        last.map_or(written.acked_at, |at| at.max(written.acked_at))
    }

    /// Whether anybody was promoted, or lost its disk, while an operator had hands on a slot.
    pub(crate) fn changed_hands(&self, slot: Slot, from: Mono, until: Mono) -> bool {
        let moves = self.open.get(&slot).map_or(&[][..], Vec::as_slice);
        let began = moves.iter().map(|(began, _)| *began).find(|began| *began <= until);
        let began = began.unwrap_or(from);
        self.promotions.iter().any(|p| began <= p.at && p.at <= until)
            || self.wipes.iter().any(|(at, _)| began <= *at && *at <= until)
    }

    /// Whether a write was its acknowledger's to acknowledge: nobody had taken its place, and
    /// nothing else explains that others lack it.
    pub(crate) fn is_fresh_loss(&self, key: &str, slot: Slot, written: &Written) -> bool {
        let before = self
            .missing
            .get(key)
            .map_or(0, |all| all.iter().filter(|missing| missing.value == written.acked).count());
        before <= 1
            && self.replaced_before(written.acked_at, written.acked_by, slot).is_none()
            && !self.lost_power(written, slot, written.acked_by)
            && !self.was_wiped(written, slot, written.acked_by)
            && !self.open.contains_key(&slot)
    }
}
