//! The keys of the slots as they are at one moment, written in pieces that fit what the link has
//! room for.

use std::collections::VecDeque;

use engine_base::{Now, Slot, UnixMs, planted};
use engine_store::Db;

use super::pieces::Pieces;
use super::{JobName, State};
use crate::Node;
use crate::api::LogLevel;
use crate::replication::encode;

/// Bytes that may wait for the driver before more is written.
const PUMP: usize = 256 * 1024;
/// Keys looked at in one step.
const KEYS_PER_STEP: usize = 16;

/// What is still to be written.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    /// The keys as they were: a clone shares them with the living ones until those change.
    db: Db,
    slots: VecDeque<Slot>,
    /// Where in the first slot.
    place: u32,
    /// Values that were found and are not written in full.
    found: VecDeque<Pieces>,
    compress: bool,
}

impl Snapshot {
    fn new(mut db: Db, slots: impl Iterator<Item = Slot>, compress: bool) -> Self {
        db.show_all();
        let slots = slots.filter(|slot| db.count_in_slot(*slot) > 0).collect();
        Self { db, slots, place: 0, found: VecDeque::new(), compress }
    }

    /// Appends about `wanted` bytes of commands; `false` when all is written.
    fn step(&mut self, out: &mut Vec<u8>, wanted: usize) -> bool {
        let goal = out.len().saturating_add(wanted);
        while out.len() < goal {
            if let Some(pieces) = self.found.front_mut() {
                if !pieces.write(out, self.compress) {
                    self.found.pop_front();
                }
                continue;
            }
            let Some(slot) = self.slots.front().copied() else { return false };
            let found = &mut self.found;
            let next = self.db.scan_slot(slot, self.place, KEYS_PER_STEP, |entry| {
                let expire: Option<UnixMs> = entry.expire();
                found.push_back(Pieces::new(entry.key().into(), entry.value().clone(), expire));
            });
            match next {
                Some(place) => self.place = place,
                None => {
                    self.place = 0;
                    self.slots.pop_front();
                    // What was written is not needed any more: the living one need not copy it.
                    self.db.flush_slot(slot);
                }
            }
        }
        true
    }
}

impl Node {
    /// From now on the job's keys go out, and what changes them waits behind.
    pub(super) fn start_snapshot(&mut self, now: Now, name: &JobName) {
        let Some(db) = self.dbs.first() else { return };
        let Some(job) = self.slot_migrations.find_mut(name) else { return };
        let compress = self.config.rdbcompression;
        job.snapshot = Some(Box::new(Snapshot::new(db.clone(), job.ranges.slots(), compress)));
        let text = format!("Beginning snapshot of slot migration {}.", job.describe());
        self.out.log(LogLevel::Notice, text);
        self.set_migration_state(now, name, State::Snapshotting);
        self.pump_export(now, name);
    }

    /// Writes more of the snapshot when the driver has sent most of what was written; behind its
    /// end, what changed meanwhile.
    pub(super) fn pump_export(&mut self, now: Now, name: &JobName) {
        let Some(job) = self.slot_migrations.find_mut(name) else { return };
        let (Some(link), true) = (job.link, job.snapshot.is_some()) else { return };
        let waiting = self.export_link(link).map_or(0, |export| export.unsent);
        if waiting >= PUMP {
            return;
        }
        let Some(job) = self.slot_migrations.find_mut(name) else { return };
        let Some(mut snapshot) = job.snapshot.take() else { return };
        let mut bytes = Vec::new();
        let more = snapshot.step(&mut bytes, PUMP - waiting);
        if more {
            job.snapshot = Some(snapshot);
        } else {
            encode(&[b"CLUSTER", b"SYNCSLOTS", b"SNAPSHOT-EOF"], &mut bytes);
            if planted("move-drops-changes") {
                job.held.clear();
            }
            bytes.append(&mut job.held);
            let text =
                format!("Slot migration {} snapshot finished, starting streaming.", job.describe());
            self.out.log(LogLevel::Notice, text);
            self.set_migration_state(now, name, State::Streaming);
        }
        self.send_export(link, bytes);
    }
}
