//! The source's last steps: writes to the slots are held back, the target is told that it has
//! all, and gets leave to take the slots.

use engine_base::{LinkId, Now, Slot};

use super::link::UNKNOWN;
use super::{JobName, Kind, State};
use crate::Node;
use crate::api::LogLevel;
use crate::client::ClientFlags;
use crate::command::{CommandFlags, KeySpec, Spec};

/// Writes are held back for so many times `cluster-manual-failover-timeout`
/// (`CLUSTER_MF_PAUSE_MULT`).
const PAUSE_MULT: u64 = 2;
/// After the grant they are held back at least so long (`CLUSTER_OPERATION_TIMEOUT`).
const GRANT_MS: u64 = 2000;
/// A job did what is not its turn.
pub(super) const UNEXPECTED: &str = "Unexpected state machine transition";

impl Node {
    /// `CLUSTER SYNCSLOTS …` from the target.
    pub(super) fn export_request(&mut self, now: Now, name: &JobName, words: &[Vec<u8>]) {
        let is = |at: usize, word: &str| {
            words.get(at).is_some_and(|w| w.eq_ignore_ascii_case(word.as_bytes()))
        };
        if !is(0, "cluster") || !is(1, "syncslots") {
            return self.fail_slot_migration(now, name, UNKNOWN);
        }
        if is(2, "ack") {
            if let Some(job) = self.slot_migrations.find_mut(name) {
                job.last_ack = now.unix.as_secs();
            }
        } else if is(2, "request-pause") {
            self.pause_requested(now, name);
        } else if is(2, "request-failover") {
            self.failover_requested(now, name);
        } else if !is(2, "capa") {
            self.fail_slot_migration(now, name, UNKNOWN);
        }
    }

    fn pause_requested(&mut self, now: Now, name: &JobName) {
        let Some(job) = self.slot_migrations.find(name) else { return };
        if job.state != State::Streaming {
            return self.fail_slot_migration(now, name, UNEXPECTED);
        }
        self.set_migration_state(now, name, State::WaitToPause);
        self.try_pause_export(now, name);
    }

    /// Holds writes back as soon as little enough waits to be sent
    /// (`slot-migration-max-failover-repl-bytes`; -1 for any amount).
    pub(super) fn try_pause_export(&mut self, now: Now, name: &JobName) {
        let Some(job) = self.slot_migrations.find_mut(name) else { return };
        let (State::WaitToPause, Some(link)) = (job.state, job.link) else { return };
        let waiting = self.export_link(link).map_or(0, |export| export.unsent);
        let most = self.config.slot_migration_max_failover_repl_bytes;
        if usize::try_from(most).is_ok_and(|most| waiting > most) {
            return;
        }
        let pause_ms = self.config.cluster_manual_failover_timeout_ms.saturating_mul(PAUSE_MULT);
        let Some(job) = self.slot_migrations.find_mut(name) else { return };
        job.paused_until = Some(now.mono.plus_ms(pause_ms));
        let text = format!(
            "Pausing writes (remaining_repl_size is {waiting}) to allow slot migration {} to \
             finalize failover.",
            job.describe()
        );
        self.out.log(LogLevel::Notice, text);
        self.sync_slots_word(link, "PAUSED");
        self.set_migration_state(now, name, State::Paused);
    }

    fn failover_requested(&mut self, now: Now, name: &JobName) {
        let Some(job) = self.slot_migrations.find_mut(name) else { return };
        if job.state != State::Paused {
            return self.fail_slot_migration(now, name, UNEXPECTED);
        }
        let (Some(link), Some(until)) = (job.link, job.paused_until) else { return };
        if until <= now.mono {
            let why = "Unpaused before failover completed";
            return self.fail_slot_migration(now, name, why);
        }
        job.paused_until = Some(until.max(now.mono.plus_ms(GRANT_MS)));
        // A target of Valkey reads over the epoch.
        let epoch = self.cluster.as_ref().map_or(0, |cluster| cluster.current_epoch).to_string();
        let words: [&[u8]; 4] = [b"CLUSTER", b"SYNCSLOTS", b"FAILOVER-GRANTED", epoch.as_bytes()];
        self.say_export(link, &words);
        self.set_migration_state(now, name, State::Granted);
        self.note_granted_slots();
    }

    /// The cluster's rules accept the target's claim of these slots whatever its epoch: this node
    /// has agreed to it.
    pub(super) fn note_granted_slots(&mut self) {
        let Some(cluster) = self.cluster.as_deref_mut() else { return };
        let granted = self.slot_migrations.jobs.iter().filter(|job| job.state == State::Granted);
        cluster.grant(granted.flat_map(|job| {
            let target = job.nodes.map(|nodes| nodes.target);
            job.ranges.slots().filter_map(move |slot| Some((target?, slot)))
        }));
    }

    /// Whether a command must wait because it may change keys of slots that are being handed
    /// over. Reads go on, and so do writes to other slots.
    pub(crate) fn waits_for_handover(&self, link: LinkId, spec: &Spec, args: &[&[u8]]) -> bool {
        if self.slot_migrations.jobs.iter().all(|job| job.paused_until.is_none()) {
            return false;
        }
        let Some(client) = self.links.client(link) else { return false };
        if client.flags.intersects(ClientFlags::MASTER | ClientFlags::IMPORT) {
            return false;
        }
        if spec.name != "exec" {
            return self.may_change_paused(spec, args);
        }
        client.transaction.as_ref().is_some_and(|transaction| {
            transaction.queued.iter().any(|queued| {
                let words: Vec<&[u8]> = queued.words.iter().map(Vec::as_slice).collect();
                self.may_change_paused(queued.spec, &words)
            })
        })
    }

    fn may_change_paused(&self, spec: &Spec, args: &[&[u8]]) -> bool {
        if !spec.flags.intersects(CommandFlags::WRITE | CommandFlags::MAY_REPLICATE) {
            return false;
        }
        if spec.flags.contains(CommandFlags::PUBSUB) {
            return false;
        }
        let paused = |slot: Slot| {
            self.slot_migrations.jobs.iter().any(|job| {
                job.kind == Kind::Export && job.paused_until.is_some() && job.ranges.contains(slot)
            })
        };
        // A script without keys, or FLUSHALL, may touch any.
        let (mut keys, mut held) = (0, matches!(spec.keys, KeySpec::None));
        spec.keys.for_each(args, |key| {
            keys += 1;
            held |= paused(Slot::of_key(key));
        });
        held || keys == 0
    }
}
