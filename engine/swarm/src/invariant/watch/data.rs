//! What the rules compare of the data: who takes a place has what it should, copies are equal, and
//! clients read what they wrote.

use engine_base::{Mono, Slot};
use engine_sim::World;

use super::super::acked_writes::{Reading, Window};
use super::super::handed_over::{self, Step};
use super::super::{
    Violation, acked_writes, fresh_candidate, majority_serves, masters_answer, replica_equal,
};
use super::{COMPARE_EVERY, Watch, node_of, number_at, own_of};
use crate::history::{History, How, Missing, Promotion};
use crate::load::{Load, Request, Written};

/// Whether an operator made a replica a master.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByHand {
    /// The replica stood by itself.
    No,
    /// `CLUSTER FAILOVER [FORCE]`: the others voted.
    Voted,
    /// `CLUSTER FAILOVER TAKEOVER`: nobody was asked.
    Takeover,
}

impl Watch {
    /// A replica has taken its master's place: what it lacks is noted.
    pub(super) fn promoted(
        &mut self,
        world: &World,
        load: &Load,
        history: &mut History,
        node: usize,
        by_hand: ByHand,
    ) -> Result<(), Violation> {
        let at = world.now();
        let (Some(own), Some(there)) = (own_of(world, node), node_of(world, node)) else {
            return Ok(());
        };
        let mut oldest = at;
        for (key, written) in load.ledger.iter().filter(|(_, written)| written.acked > 0) {
            let slot = Slot::of_key(key.as_bytes());
            if own.slots.contains(slot) && number_at(there, key) < written.acked {
                let missing = Missing { at, value: written.acked, by_hand: by_hand != ByHand::No };
                history.missing.entry(key.clone()).or_default().push(missing);
                // What was acknowledged by somebody else's leave is not this replica's to have, nor
                // what was gone before it could copy it.
                let faults = (self.origin, &self.faults[..]);
                let gone = acked_writes::died_with_a_full_disk(faults, written, history);
                if !gone && history.is_fresh_loss(key, slot, written) {
                    oldest = oldest.min(history.arrived(written, slot));
                }
            }
        }
        let takeover = by_hand == ByHand::Takeover;
        let how = if takeover { How::Takeover } else { How::Elected };
        history.promotions.push(Promotion { at, node, slots: own.slots, how });
        match by_hand {
            ByHand::No => fresh_candidate::check(at, node, self.node_timeout_ms, oldest),
            ByHand::Voted | ByHand::Takeover => Ok(()),
        }
    }

    /// Where a migration of whole slots stands, by one side's word.
    pub(super) fn migrates(
        &mut self,
        world: &World,
        load: &Load,
        history: &mut History,
        (at, node): (Mono, usize),
        step: &Step<'_>,
    ) -> Result<(), Violation> {
        if step.leaving {
            if step.state == "failover-granted" {
                self.handed_over.granted(at, node, step);
            }
            return Ok(());
        }
        if step.state != "success" {
            return Ok(());
        }
        let grant = self.handed_over.taken(at, step)?;
        let how = How::HandedOver { by: grant.by, granted: grant.at };
        let promotion = Promotion { at, node, slots: grant.slots.clone(), how };
        let (Some(source), Some(target)) = (node_of(world, grant.by), node_of(world, node)) else {
            history.promotions.push(promotion);
            return Ok(());
        };
        let moved =
            load.ledger.keys().filter(|key| grant.slots.contains(Slot::of_key(key.as_bytes())));
        let values =
            moved.map(|key| (key.as_str(), number_at(source, key), number_at(target, key)));
        handed_over::check(at, grant, values)?;
        history.promotions.push(promotion);
        Ok(())
    }

    /// At some turns: one replica's data beside its master's.
    pub(crate) fn compare_copies(&mut self, world: &World, load: &Load) -> Result<(), Violation> {
        if !self.turns.is_multiple_of(COMPARE_EVERY) {
            return Ok(());
        }
        let node = (self.turns / COMPARE_EVERY) as usize % self.addrs.len();
        let Some(replica) = node_of(world, node).filter(|replica| replica.master_link_up()) else {
            return Ok(());
        };
        let master = self.own.get(&node).and_then(|own| own.master);
        let found = self.own.iter().find(|(_, own)| Some(own.id) == master && !own.is_replica);
        let Some((at, _)) = found else { return Ok(()) };
        let Some(original) = node_of(world, *at) else { return Ok(()) };
        let values = load
            .ledger
            .keys()
            .map(|key| (key.clone(), number_at(original, key), number_at(replica, key)));
        let places = (original.history(), replica.history());
        replica_equal::check(world.now(), (*at, node), places, values)
    }

    /// Nobody writes any more: every replica is where its master is.
    pub(crate) fn compare_places(&self, world: &World) -> Result<(), Violation> {
        for (node, own) in self.own.iter().filter(|(_, own)| own.is_replica) {
            let master = self.own.iter().find(|(_, other)| Some(other.id) == own.master);
            let Some((at, _)) = master else { continue };
            let (Some(here), Some(there)) = (node_of(world, *at), node_of(world, *node)) else {
                continue;
            };
            let places = (here.history(), there.history());
            replica_equal::check_rest(world.now(), (*at, *node), places)?;
        }
        Ok(())
    }

    /// A client was answered.
    pub(crate) fn answered(
        &self,
        world: &World,
        node: usize,
        request: &Request,
    ) -> Result<(), Violation> {
        let (at, since) = (world.now(), request.since);
        let was = self.replica_since.get(&node).is_some_and(|from| *from <= since);
        let is = own_of(world, node).is_some_and(|own| own.is_replica);
        masters_answer::check(at, node, &request.key, was && is)?;
        majority_serves::check(at, node, &request.key, self.minority_since.get(&node), since)
    }

    /// A client has read a value, or at the end it is looked for.
    pub(crate) fn read(
        &mut self,
        now: Mono,
        node: usize,
        key: &str,
        value: u64,
        written: &mut Written,
        history: &History,
    ) -> Result<(), Violation> {
        let reading = Reading {
            now,
            origin: self.origin,
            node_timeout_ms: self.node_timeout_ms,
            faults: &self.faults,
            node,
            key,
            value,
        };
        let name = match acked_writes::check(reading, written, history)? {
            None => return Ok(()),
            Some(Window::Stale) => "(only read late: a replaced master answered)",
            Some(Window::Lost(name)) => {
                written.acked = value;
                name
            }
        };
        *self.losses.by_window.entry(name).or_default() += 1;
        Ok(())
    }
}
