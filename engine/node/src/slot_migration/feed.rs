//! Changes to the slots on their way follow the snapshot: what replicas are told of them, the
//! target is told too (`clusterFeedSlotExportJobs`).

use engine_base::{Now, Slot};

use super::{Kind, State};
use crate::Node;
use crate::command::lookup;
use crate::replication::encode;

impl Node {
    /// Whether a change must be passed on to a target at all.
    pub(crate) fn feeds_exports(&self) -> bool {
        !self.slot_migrations.jobs.is_empty() && self.slot_migrations.is_exporting()
    }

    /// Passes a change on to the target of its slot. What has no keys (MULTI, EXEC) is left out:
    /// all becomes visible at once anyway.
    pub(crate) fn feed_exports(&mut self, now: Now, words: &[&[u8]]) {
        if !self.feeds_exports() {
            return;
        }
        let Ok((_, spec)) = lookup(words) else { return };
        let mut slot = None;
        spec.keys.for_each(words, |key| {
            slot.get_or_insert_with(|| Slot::of_key(key));
        });
        let Some(slot) = slot else { return };
        let jobs = &mut self.slot_migrations.jobs;
        // After the grant the target may own the slot, and what is deleted here then (the keys of
        // a lost slot) is not deleted there.
        let fed = |state: State| (State::Snapshotting..State::Granted).contains(&state);
        let job = jobs
            .iter_mut()
            .find(|job| job.kind == Kind::Export && fed(job.state) && job.ranges.contains(slot));
        let Some(job) = job else { return };
        let mut bytes = Vec::new();
        encode(words, &mut bytes);
        let (link, name) = (job.link, job.name);
        if job.snapshot.is_some() {
            job.held.append(&mut bytes);
        }
        let held = job.held.len();
        let Some(link) = link else { return };
        self.send_export(link, bytes);
        let waiting = self.export_link(link).map_or(0, |export| export.unsent) + held;
        let limit = self.config.client_output_buffer_limit.replica.hard;
        if limit > 0 && waiting as u64 > limit {
            self.fail_slot_migration(now, &name, "Client output buffer limit was reached");
        }
    }
}
