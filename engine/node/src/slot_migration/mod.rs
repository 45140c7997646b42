//! Atomic slot migration, as Valkey 9 does it (`cluster_migrateslots.c` of Valkey 9.1): all keys of
//! some slots go to another master, and the slots change hands in one moment.
//!
//! The source opens a link to the target, which becomes its client there. Over it go a snapshot
//! of the slots' keys, then the changes since, as commands. When the target has caught up, the
//! source holds back writes to those slots, the target takes them over under a new config epoch
//! without asking for votes, and the source hears of it over the bus. Until then the keys at the
//! target are hidden, so clients see neither ASK nor TRYAGAIN: the slot is the source's, and then
//! it is the target's.
//!
//! One file a step: `export` opens the link, `snapshot` and `pieces` write the keys, `feed` the
//! changes, `handover` pauses and grants; `import` receives, `takeover` claims; `track` is what a
//! replica of the target knows; `ownership` looks after what the bus says, `tick` after time, and
//! `finish` ends a job, well or not.

mod export;
mod feed;
mod finish;
mod handover;
mod import;
mod job;
mod link;
mod ownership;
mod pieces;
mod snapshot;
mod takeover;
mod tick;
mod track;

pub(crate) use import::ImportWord;
pub(crate) use job::{Job, JobName, Kind, Ranges, State};
pub(crate) use link::ExportLink;

use engine_base::{LinkId, Mono, Slot};

use crate::Node;

/// The jobs of this node, the newest first: those under way, and a log of those that ended.
#[derive(Clone, Debug)]
pub(crate) struct SlotMigrations {
    pub(crate) jobs: Vec<Job>,
    /// Something may have changed who owns the slots: looked at before the turn ends.
    pub(crate) recheck: bool,
    /// Acknowledgements go out once a second.
    next_ack: Mono,
    /// Clients of imports that ended: closed before the turn ends.
    closing: Vec<LinkId>,
}

impl Default for SlotMigrations {
    fn default() -> Self {
        Self { jobs: Vec::new(), recheck: false, next_ack: Mono::ZERO, closing: Vec::new() }
    }
}

impl SlotMigrations {
    /// The job of that name.
    pub(crate) fn find(&self, name: &JobName) -> Option<&Job> {
        self.jobs.iter().find(|job| job.name == *name)
    }

    pub(crate) fn find_mut(&mut self, name: &JobName) -> Option<&mut Job> {
        self.jobs.iter_mut().find(|job| job.name == *name)
    }

    /// The jobs of a kind that have not ended, cleaning up included.
    fn unfinished(&self, kind: Kind) -> impl Iterator<Item = &Job> {
        self.jobs.iter().filter(move |job| job.kind == kind && !job.state.is_finished())
    }

    /// Whether a slot is on its way to another node.
    pub(crate) fn exports(&self, slot: Slot) -> bool {
        self.unfinished(Kind::Export).any(|job| job.ranges.contains(slot))
    }

    /// Whether a slot is on its way to this node.
    pub(crate) fn imports(&self, slot: Slot) -> bool {
        self.unfinished(Kind::Import).any(|job| job.ranges.contains(slot))
    }

    /// Whether any slot is on its way to another node.
    pub(crate) fn is_exporting(&self) -> bool {
        self.unfinished(Kind::Export).next().is_some()
    }

    /// Whether any slot is on its way to this node.
    pub(crate) fn is_importing(&self) -> bool {
        self.unfinished(Kind::Import).next().is_some()
    }

    /// The names of the jobs of a kind that are in progress: a copy, for jobs end while they are
    /// looked at.
    fn in_progress(&self, kind: Kind) -> Vec<JobName> {
        let going = |job: &&Job| job.kind == kind && job.state.is_in_progress();
        self.jobs.iter().filter(going).map(|job| job.name).collect()
    }
}

impl Node {
    /// Why no migration may begin here now; the error's text (`validateSlotMigrationCanStart`).
    pub(crate) fn why_no_slot_migration(&self) -> Option<&'static str> {
        let cluster = self.cluster.as_deref()?;
        if cluster.me().is_replica() {
            Some("ERR Slot migration can only be used on primary nodes.")
        } else if !cluster.importing.is_empty() {
            Some("ERR Slots are being manually imported")
        } else if !cluster.migrating.is_empty() {
            Some("ERR Slots are being manually migrated")
        } else {
            None
        }
    }

    /// All data was deleted: what is on its way begins anew when the operator asks for it again.
    pub(crate) fn slot_migrations_flushed(&mut self, now: engine_base::Now) {
        for kind in [Kind::Export, Kind::Import] {
            for name in self.slot_migrations.in_progress(kind) {
                self.fail_slot_migration(now, &name, "Data was flushed");
            }
        }
    }
}
