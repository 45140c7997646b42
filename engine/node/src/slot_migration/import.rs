//! The target's steps: it takes a migration on, receives the keys as commands of a client, and
//! asks for the pause and for leave to take the slots.

use engine_base::{LinkId, NodeId, Now, planted};

use super::handover::UNEXPECTED;
use super::job::Ends;
use super::{Job, JobName, Kind, Ranges, State};
use crate::Node;
use crate::api::LogLevel;
use crate::client::ClientFlags;
use crate::replication::encode;

impl Node {
    /// `CLUSTER SYNCSLOTS ESTABLISH` from the source: the client becomes the migration's.
    pub(crate) fn start_slot_import(
        &mut self,
        now: Now,
        link: LinkId,
        source: NodeId,
        name: JobName,
        ranges: Ranges,
    ) {
        let Some(target) = self.cluster.as_ref().map(|cluster| cluster.me().id) else { return };
        let mut job = Job::new(name, Kind::Import, ranges, State::WaitAck, now.unix.as_secs());
        job.nodes = Some(Ends { target, source });
        job.link = Some(link);
        self.add_import(now, job);
        if let Some(client) = self.links.client_mut(link) {
            client.flags.insert(ClientFlags::IMPORT);
            client.flags.remove(ClientFlags::RESTRICTED);
            client.import = Some(name);
        }
    }

    /// Takes an import into the list and hides its slots.
    pub(super) fn add_import(&mut self, now: Now, job: Job) {
        let text = format!("New slot import job created: {}.", job.describe());
        self.out.log(LogLevel::Notice, text);
        if let Some(db) = self.dbs.first_mut() {
            db.hide(job.ranges.slots());
        }
        let name = job.name;
        self.note_import(&name, "begins", &job.ranges);
        self.slot_migrations.jobs.insert(0, job);
        self.tell_slot_migration(now, &name);
    }

    /// Says something to the source, which is answered nothing else.
    pub(super) fn sync_slots_answer(&mut self, link: LinkId, word: &str) {
        let mut bytes = Vec::new();
        encode(&[b"CLUSTER", b"SYNCSLOTS", word.as_bytes()], &mut bytes);
        self.tell(link, |reply| reply.raw(&bytes));
    }

    /// One word of the source about an import. It is the turn of each in one state only.
    pub(crate) fn import_word(&mut self, now: Now, name: &JobName, word: ImportWord) {
        let Some(job) = self.slot_migrations.find_mut(name) else { return };
        let Some(link) = job.link else { return };
        if word == ImportWord::Ack {
            job.last_ack = now.unix.as_secs();
            if job.state == State::WaitAck {
                self.set_migration_state(now, name, State::ReceiveSnapshot);
            }
            return;
        }
        let unasked = planted("take-without-leave");
        let (from, to, answer) = match word {
            ImportWord::SnapshotEof => {
                (State::ReceiveSnapshot, State::WaitForPaused, Some("REQUEST-PAUSE"))
            }
            ImportWord::Paused if unasked => (State::WaitForPaused, State::TakeOver, None),
            ImportWord::Paused => {
                (State::WaitForPaused, State::FailoverRequested, Some("REQUEST-FAILOVER"))
            }
            _ => (State::FailoverRequested, State::TakeOver, None),
        };
        if job.state != from {
            return self.fail_slot_migration(now, name, UNEXPECTED);
        }
        if let ImportWord::Granted(epoch) = word {
            job.granted_in = epoch;
        }
        if let Some(answer) = answer {
            self.sync_slots_answer(link, answer);
        }
        self.set_migration_state(now, name, to);
    }

    /// The client that carries an import is gone.
    pub(crate) fn import_client_gone(&mut self, now: Now, link: LinkId) {
        let name = self.links.client_mut(link).and_then(|client| client.import.take());
        let Some(job) = name.and_then(|name| self.slot_migrations.find_mut(&name)) else { return };
        job.link = None;
        if job.state.is_in_progress() && !job.is_tracking() {
            let name = job.name;
            self.fail_slot_migration(now, &name, SOURCE_LOST);
        }
    }

    /// A command of an import was answered an error: the two sides differ, and nothing good can
    /// follow.
    pub(crate) fn import_command_failed(&mut self, now: Now, link: LinkId, error: &[u8]) {
        let Some(name) = self.links.client(link).and_then(|client| client.import) else { return };
        let text = String::from_utf8_lossy(error);
        let text = format!(
            "Error during slot migration {}: {}",
            String::from_utf8_lossy(&name),
            text.trim_end()
        );
        self.out.log(LogLevel::Warning, text);
        let why = if error.starts_with(b"-OOM") { OUT_OF_MEMORY } else { BAD_COMMAND };
        self.fail_slot_migration(now, &name, why);
    }

    /// Whether all keys of an import's command are in its slots.
    pub(crate) fn import_may_touch(&self, link: LinkId, slot: engine_base::Slot) -> bool {
        let name = self.links.client(link).and_then(|client| client.import);
        let job = name.and_then(|name| self.slot_migrations.find(&name));
        job.is_some_and(|job| job.state.is_in_progress() && job.ranges.contains(slot))
    }
}

/// What the source of an import says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ImportWord {
    /// It is there.
    Ack,
    /// The keys as they were are all sent.
    SnapshotEof,
    /// Nothing more will change.
    Paused,
    /// The slots may be taken; a node of ours adds its current epoch.
    Granted(u64),
}

const SOURCE_LOST: &str = "Connection lost to source. Check CLUSTER GETSLOTMIGRATIONS on the source \
node for more information.";
const OUT_OF_MEMORY: &str = "Ran out of memory (OOM) during slot import";
const BAD_COMMAND: &str = "Failed to process command during slot migration. Check logs for more \
information";
