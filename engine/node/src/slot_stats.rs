//! What each slot costs: bytes in and out of the commands on its keys (`cluster_slot_stats.c` of
//! Valkey 9.1), counted while `cluster-slot-stats-enabled` is on.

use std::collections::BTreeMap;

use engine_base::{LinkId, Slot};

use crate::Node;
use crate::client::ClientFlags;
use crate::command::Spec;

/// The counters of the slots that were used.
#[derive(Clone, Debug, Default)]
pub(crate) struct SlotStats {
    by_slot: BTreeMap<Slot, SlotCounts>,
}

/// Counted since the directive was set, the slot came here, or `CONFIG RESETSTAT`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SlotCounts {
    /// `cpu-usec`: by the driver's stopwatch.
    pub(crate) micros: u64,
    /// `network-bytes-in`: requests.
    pub(crate) bytes_in: u64,
    /// `network-bytes-out`: replies, and what went to each replica.
    pub(crate) bytes_out: u64,
}

/// A command on a slot's keys, while it runs.
pub(crate) struct SlotBill {
    slot: Slot,
    bytes_in: u64,
    began: u64,
    offset: u64,
    selected: Option<usize>,
}

/// What `MULTI` adds to the EXEC that ends it: `*1\r\n$5\r\nmulti\r\n`.
const MULTI_LEN: u64 = 15;
/// What names the database in the stream to replicas: `SELECT 0`, which belongs to no slot.
const SELECT_LEN: u64 = 23;

impl SlotStats {
    /// The counters of a slot.
    pub(crate) fn of(&self, slot: Slot) -> SlotCounts {
        self.by_slot.get(&slot).copied().unwrap_or_default()
    }

    /// Begins anew with slots that changed hands.
    pub(crate) fn reset_ranges(&mut self, ranges: &[(Slot, Slot)]) {
        self.by_slot.retain(|slot, _| !ranges.iter().any(|r| (r.0..=r.1).contains(slot)));
    }

    /// Begins anew with all slots.
    pub(crate) fn reset_all(&mut self) {
        self.by_slot.clear();
    }
}

impl Node {
    /// Notes what a command brings for the slot of its keys, when that is counted.
    pub(crate) fn open_slot_bill(
        &self,
        link: LinkId,
        spec: &'static Spec,
        args: &[&[u8]],
    ) -> Option<SlotBill> {
        if !self.config.cluster_slot_stats_enabled || self.cluster.is_none() {
            return None;
        }
        let client = self.links.client(link)?;
        if client.flags.contains(ClientFlags::MASTER) {
            return None;
        }
        let mut bytes_in = request_len(args);
        let slot = if spec.name == "exec" {
            bytes_in += MULTI_LEN;
            let queue = client.transaction.as_ref()?;
            queue.queued.iter().find_map(|queued| {
                let words: Vec<&[u8]> = queued.words.iter().map(Vec::as_slice).collect();
                slot_of(queued.spec, &words)
            })?
        } else {
            slot_of(spec, args)?
        };
        let replication = &self.replication;
        Some(SlotBill {
            slot,
            bytes_in,
            began: self.tick_count(),
            offset: replication.offset(),
            selected: replication.selected,
        })
    }

    /// The command is over: its reply has `reply_len` bytes.
    pub(crate) fn close_slot_bill(&mut self, bill: Option<SlotBill>, reply_len: usize) {
        let Some(bill) = bill else { return };
        let mut passed_on = self.replication.offset().saturating_sub(bill.offset);
        if self.replication.selected != bill.selected && passed_on > 0 {
            passed_on = passed_on.saturating_sub(SELECT_LEN);
        }
        let replicas = self.replication.replicas.len() as u64;
        let micros = self.micros_since(bill.began);
        let counts = self.slot_stats.by_slot.entry(bill.slot).or_default();
        counts.micros += micros;
        counts.bytes_in += bill.bytes_in;
        counts.bytes_out += reply_len as u64 + passed_on * replicas;
    }
}

/// The slot of a command's first key.
fn slot_of(spec: &Spec, args: &[&[u8]]) -> Option<Slot> {
    let mut slot = None;
    spec.keys.for_each(args, |key| {
        slot.get_or_insert_with(|| Slot::of_key(key));
    });
    slot
}

/// How long a request is as an array of bulk strings.
fn request_len(args: &[&[u8]]) -> u64 {
    let digits = |n: usize| n.checked_ilog10().map_or(1, |d| u64::from(d) + 1);
    let words: u64 = args.iter().map(|a| 1 + digits(a.len()) + 2 + a.len() as u64 + 2).sum();
    1 + digits(args.len()) + 2 + words
}
