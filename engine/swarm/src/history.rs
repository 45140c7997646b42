//! What happened in a run that later explains what is lost: promotions, power cuts, wiped disks,
//! moves of slots that were left open.

use std::collections::{BTreeMap, BTreeSet};

use engine_base::{Mono, NodeId, Slot, SlotSet};

use crate::load::Written;

/// A replica took a master's place.
#[derive(Clone, Debug)]
pub(crate) struct Promotion {
    pub(crate) at: Mono,
    /// Which node.
    pub(crate) node: usize,
    /// What it serves since.
    pub(crate) slots: SlotSet,
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
    torn: BTreeSet<usize>,
    /// Ids of nodes whose nodes.conf was torn: they may have forgotten what they promised.
    pub(crate) forgetful: BTreeSet<NodeId>,
    /// When the move of a slot began, and when it was finished properly.
    open: BTreeMap<Slot, Vec<(Mono, Option<Mono>)>>,
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

    /// Whether an operator had hands on a slot at some time between `from` and `until`.
    pub(crate) fn was_open(&self, slot: Slot, from: Mono, until: Mono) -> bool {
        let moves = self.open.get(&slot).map_or(&[][..], Vec::as_slice);
        moves.iter().any(|(began, ended)| *began <= until && ended.is_none_or(|end| from <= end))
    }

    /// Whether power was cut on a host so soon after `at` that a write was in memory only.
    pub(crate) fn lost_power_after(&self, at: Mono, nodes: &[usize]) -> bool {
        self.power_cuts.iter().any(|(cut, node)| {
            nodes.contains(node) && *cut >= at && cut.ms_since(at) <= UNSYNCED_MS
        })
    }

    /// Whether a node's disk was wiped after `at`.
    pub(crate) fn was_wiped_after(&self, at: Mono, node: usize) -> bool {
        self.wipes.iter().any(|(wiped, who)| *who == node && *wiped >= at)
    }

    /// The last promotion at or before `at` of somebody else than `node` for a slot.
    pub(crate) fn replaced_before(&self, at: Mono, node: usize, slot: Slot) -> Option<Mono> {
        let last = self.promotions.iter().rev().find(|p| p.at <= at && p.slots.contains(slot))?;
        (last.node != node).then_some(last.at)
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
            && !self.lost_power_after(written.sent_at, &[written.acked_by])
            && !self.was_wiped_after(written.sent_at, written.acked_by)
            && !self.open.contains_key(&slot)
    }
}
