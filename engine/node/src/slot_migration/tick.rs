//! What time does to migrations: ten times a second (`clusterSlotMigrationCron`).

use engine_base::Now;

use super::{JobName, Kind, State};
use crate::Node;
use crate::api::LogLevel;

/// Both sides say once a second that they are there.
const ACK_MS: u64 = 1000;
const SILENT: &str = "Timed out after too long with no interaction";
const LOST_PAUSE: &str =
    "Unpaused before migration completed (migration may have succeeded with lost writes)";

impl Node {
    /// One tick.
    pub(crate) fn slot_migration_tick(&mut self, now: Now) {
        if self.slot_migrations.jobs.is_empty() {
            return;
        }
        let ack = self.slot_migrations.next_ack <= now.mono;
        if ack {
            self.slot_migrations.next_ack = now.mono.plus_ms(ACK_MS);
        }
        for kind in [Kind::Export, Kind::Import] {
            for name in self.slot_migrations.in_progress(kind) {
                self.tick_migration(now, &name, ack);
            }
        }
        self.forget_old_migrations();
    }

    fn tick_migration(&mut self, now: Now, name: &JobName, ack: bool) {
        let Some(job) = self.slot_migrations.find(name) else { return };
        let (state, kind, link) = (job.state, job.kind, job.link);
        if matches!(state, State::OnPrimary | State::TakeOver) {
            return;
        }
        if state != State::Granted && self.is_silent(now, name) {
            return self.fail_slot_migration(now, name, SILENT);
        }
        let Some(job) = self.slot_migrations.find(name) else { return };
        if job.paused_until.is_some_and(|until| until <= now.mono) {
            if state == State::Granted {
                let text = format!(
                    "Write loss risk! During slot migration {}, new owner did not broadcast \
                     ownership before we unpaused ourselves. Any writes we have recorded since \
                     unpausing may be lost!",
                    job.describe()
                );
                self.out.log(LogLevel::Warning, text);
                return self.fail_slot_migration(now, name, LOST_PAUSE);
            }
            return self.fail_slot_migration(now, name, "Timed out before streaming completed");
        }
        self.try_pause_export(now, name);
        let Some(link) = link.filter(|_| ack) else { return };
        match (kind, state) {
            // Before the first word of the source, the answer to ESTABLISH stands alone.
            (Kind::Import, State::WaitAck) | (_, State::Granted) => {}
            (Kind::Import, _) => self.sync_slots_answer(link, "ACK"),
            (Kind::Export, state) if state > State::Snapshotting => {
                self.sync_slots_word(link, "ACK");
            }
            (Kind::Export, _) => {}
        }
    }

    /// Nothing was heard of the other side for `repl-timeout`.
    fn is_silent(&self, now: Now, name: &JobName) -> bool {
        let Some(job) = self.slot_migrations.find(name) else { return false };
        let silent = match job.kind {
            Kind::Export => now.unix.as_secs().saturating_sub(job.last_ack),
            Kind::Import => {
                let client = job.link.and_then(|link| self.links.client(link));
                client.map_or(0, |c| (now.mono.ms_since(c.last_input) / 1000) as i64)
            }
        };
        u64::try_from(silent).is_ok_and(|silent| silent > self.config.repl_timeout)
    }

    /// `cluster-slot-migration-log-max-len`: the oldest that ended are forgotten.
    fn forget_old_migrations(&mut self) {
        let most = self.config.cluster_slot_migration_log_max_len as usize;
        let jobs = &mut self.slot_migrations.jobs;
        let mut at = jobs.len();
        while jobs.len() > most && at > 0 {
            at -= 1;
            if jobs[at].state.is_finished() {
                jobs.remove(at);
            }
        }
    }
}
