//! The end of a job, well or not: the link is let go, writes go on, and an import that failed
//! leaves no key behind.

use engine_base::{LinkId, Now};

use super::{JobName, Kind, Ranges, State};
use crate::Node;
use crate::api::{Action, CloseMode, LogLevel};
use crate::client::ClientFlags;
use crate::event::EventKind;

impl Node {
    /// A job did not come to its aim; why, in words.
    pub(super) fn fail_slot_migration(&mut self, now: Now, name: &JobName, why: &str) {
        self.finish_slot_migration(now, name, State::Failed, Some(why.to_owned()));
    }

    /// What `CLUSTER CANCELSLOTMIGRATIONS` can still keep here: all that leaves this node, but for what
    /// was granted. The target may have that already, and a write that is taken here would be lost.
    pub(crate) fn cancellable_exports(&self) -> Vec<JobName> {
        let granted = |name: &JobName| {
            self.slot_migrations.find(name).is_some_and(|job| job.state == State::Granted)
        };
        let mut names = self.slot_migrations.in_progress(Kind::Export);
        names.retain(|name| !granted(name));
        names
    }

    /// `CLUSTER CANCELSLOTMIGRATIONS`: these stay.
    pub(crate) fn cancel_slot_exports(&mut self, now: Now, names: &[JobName]) {
        for name in names {
            self.finish_slot_migration(now, name, State::Cancelled, None);
        }
    }

    /// Ends a job (`finishSlotMigrationJob`). An import that failed at a master is cleaned up
    /// before the turn ends.
    pub(super) fn finish_slot_migration(
        &mut self,
        now: Now,
        name: &JobName,
        state: State,
        message: Option<String>,
    ) {
        let is_replica = self.cluster.as_ref().is_some_and(|cluster| cluster.me().is_replica());
        let Some(job) = self.slot_migrations.find_mut(name) else { return };
        if !job.state.is_in_progress() {
            return;
        }
        let (kind, link) = (job.kind, job.link.take());
        job.snapshot = None;
        job.held = Vec::new();
        let was_paused = job.paused_until.take().is_some();
        match kind {
            Kind::Export => {
                if let Some(link) = link {
                    self.hang_up(link);
                }
                self.log_end(now, name, state, message);
                self.note_granted_slots();
                if was_paused {
                    self.let_held_go(now);
                }
            }
            Kind::Import => {
                self.let_import_client_go(link);
                if state == State::Success || is_replica {
                    return self.close_import(now, name, state, message);
                }
                let Some(job) = self.slot_migrations.find_mut(name) else { return };
                job.after_cleanup = state;
                job.message = message;
                self.set_migration_state(now, name, State::CleaningUp);
            }
        }
    }

    /// The client of an import is closed: what it still sends is not heard.
    pub(super) fn let_import_client_go(&mut self, link: Option<LinkId>) {
        let Some(link) = link else { return };
        if let Some(client) = self.links.client_mut(link) {
            client.import = None;
            client.flags.remove(ClientFlags::IMPORT);
            client.flags.insert(ClientFlags::CLOSE_AFTER_REPLY);
            self.slot_migrations.closing.push(link);
        }
    }

    /// Before the turn ends: keys of imports that failed are deleted, here and at the replicas;
    /// clients of imports that ended are closed.
    pub(super) fn clean_up_imports(&mut self, now: Now) {
        loop {
            let dirty = |job: &&super::Job| job.state == State::CleaningUp;
            let Some(job) = self.slot_migrations.jobs.iter().find(dirty) else { break };
            let (name, state, message) = (job.name, job.after_cleanup, job.message.clone());
            for slot in job.ranges.slots().collect::<Vec<_>>() {
                let mine = self.cluster.as_ref().is_some_and(|c| c.owner(slot) == Some(c.myself));
                if !mine {
                    self.delete_slot_keys(now, slot);
                }
            }
            self.close_import(now, &name, state, message);
        }
        for link in std::mem::take(&mut self.slot_migrations.closing) {
            if self.links.client(link).is_some() {
                self.free_client(now, link);
                self.out.push(Action::Close { link, mode: CloseMode::Now });
            }
        }
    }

    /// An import is over: its slots are shown, and the replicas hear of it.
    pub(super) fn close_import(
        &mut self,
        now: Now,
        name: &JobName,
        state: State,
        message: Option<String>,
    ) {
        let is_replica = self.cluster.as_ref().is_some_and(|cluster| cluster.me().is_replica());
        let Some(job) = self.slot_migrations.find(name) else { return };
        let slots: Vec<_> = job.ranges.slots().collect();
        self.log_end(now, name, state, message.clone());
        if let Some(db) = self.dbs.first_mut() {
            db.show(slots);
        }
        let end = if state == State::Success { "success" } else { "failed" };
        if !is_replica {
            let text = message.unwrap_or_default();
            let mut words: Vec<&[u8]> =
                vec![b"CLUSTER", b"SYNCSLOTS", b"FINISH", b"STATE", end.as_bytes(), b"NAME", name];
            if !text.is_empty() {
                words.extend([&b"MESSAGE"[..], text.as_bytes()]);
            }
            self.feed_replicas(now, 0, &words);
        }
        self.note_import(name, end, &Ranges::default());
    }

    fn log_end(&mut self, now: Now, name: &JobName, state: State, message: Option<String>) {
        let Some(job) = self.slot_migrations.find_mut(name) else { return };
        job.message = message;
        let text = format!(
            "Slot migration {} finished. State: {}, Message: {}",
            job.describe(),
            state.name(),
            job.message.as_deref().unwrap_or("none")
        );
        let level = if state == State::Failed { LogLevel::Warning } else { LogLevel::Notice };
        self.out.log(level, text);
        self.set_migration_state(now, name, state);
    }

    /// A job is in another state.
    pub(super) fn set_migration_state(&mut self, now: Now, name: &JobName, state: State) {
        let Some(job) = self.slot_migrations.find_mut(name) else { return };
        let text = format!(
            "Slot migration {} state transition: {} -> {}",
            job.describe(),
            job.state.name(),
            state.name()
        );
        job.state = state;
        job.updated = now.unix.as_secs();
        self.out.log(LogLevel::Notice, text);
        self.tell_slot_migration(now, name);
    }

    /// Tells the page and the lessons where a job stands.
    pub(super) fn tell_slot_migration(&mut self, now: Now, name: &JobName) {
        let Some(job) = self.slot_migrations.find(name) else { return };
        let kind = EventKind::SlotMigration {
            ranges: job.ranges.0.clone(),
            from: job.nodes.map(|nodes| nodes.source),
            to: job.nodes.map(|nodes| nodes.target),
            leaving: job.kind == Kind::Export,
            state: job.state.name(),
        };
        self.out.event(now, kind);
    }

    /// What migrations do at the end of a turn.
    pub(crate) fn slot_migration_before_sleep(&mut self, now: Now) {
        if self.slot_migrations.jobs.is_empty() && self.slot_migrations.closing.is_empty() {
            return;
        }
        self.take_over_granted(now);
        self.recheck_migrations(now);
        self.clean_up_imports(now);
    }
}
