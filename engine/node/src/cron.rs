//! `serverCron`: what a node does ten times a second whether or not anybody asks.

use engine_base::Now;

use crate::Node;
use crate::client::{ClientFlags, Resized};

/// Keys looked at for expiry in one tick and database: enough to keep up with a beginner's load
/// without ever holding a tick up (`ACTIVE_EXPIRE_CYCLE_KEYS_PER_LOOP` is 20, repeated).
const EXPIRE_BUDGET: usize = 400;

/// So many clients are looked at in every tick (`CLIENTS_CRON_MIN_ITERATIONS`).
const CLIENTS_AT_LEAST: usize = 5;

impl Node {
    /// One tick.
    pub(crate) fn server_tick(&mut self, now: Now) {
        if self.debug.cron_paused {
            return;
        }
        if let Some(how) = self.persist.signalled.take() {
            return self.shutdown(now, how);
        }
        self.stats.sample(now);
        let began = self.tick_count();
        self.expire_due_keys(now);
        let micros = self.micros_since(began);
        self.stats.expire_micros += micros;
        self.note_latency(now, "expire-cycle", micros);
        self.close_idle_clients(now);
        self.resize_reply_rooms(now);
        self.check_swollen_output(now);
        self.redirect_waiting(now);
        self.check_shutdown(now);
        self.role_handover_tick(now);
        self.begin_scheduled(now);
        self.pace_snapshots(now);
    }

    /// One tick while files are loaded: `whileBlockedCron`.
    #[inline(never)]
    pub(crate) fn loading_tick(&mut self, now: Now) {
        if let Some(how) = self.persist.signalled.take() {
            return self.shutdown(now, how);
        }
        self.stats.sample(now);
        self.check_swollen_output(now);
        self.check_shutdown(now);
    }

    /// Deletes keys whose time has come, and says so to replicas and the append-only file. A
    /// replica waits for its master to say so (`activeExpireCycle`).
    fn expire_due_keys(&mut self, now: Now) {
        if self.pause.is_active(now) || self.debug.keeps_expired {
            return;
        }
        if self.replication.is_replica() {
            self.expire_own_keys(now);
            return;
        }
        for db in 0..self.dbs.len() {
            for key in self.dbs[db].due_keys(now.unix, EXPIRE_BUDGET) {
                self.delete_expired(now, db, &key);
            }
        }
    }

    /// Deletes the keys of a writable replica's own clients whose time has come
    /// (`expireSlaveKeys`).
    fn expire_own_keys(&mut self, now: Now) {
        for (db, key) in std::mem::take(&mut self.own_expiring) {
            if self.dbs[db].is_expired(&key, now.unix) {
                self.delete_expired(now, db, &key);
            } else if self.dbs[db].expire_of(&key).is_some() {
                self.own_expiring.insert((db, key));
            }
        }
    }

    /// Looks at what room for replies some of the clients keep: at a tenth of them, few at once
    /// (`clientsCron`).
    fn resize_reply_rooms(&mut self, now: Now) {
        if self.debug.keeps_buffers {
            return;
        }
        let reset = self.debug.peak_reset_ms;
        let many = self.links.client_count() > 10 * CLIENTS_AT_LEAST;
        let turn = now.mono.as_micros() / 100_000 % 10;
        for client in self.links.clients_mut() {
            if many && client.id % 10 != turn {
                continue;
            }
            let waiting = client.unsent().len();
            match client.reply_room.resize(now.mono, waiting, reset) {
                Resized::Not => {}
                Resized::Smaller => self.stats.reply_shrinks += 1,
                Resized::Larger => self.stats.reply_expands += 1,
            }
        }
    }

    /// `timeout`: clients that have been silent for too long are closed. Replicas, the master,
    /// waiting clients and subscribers are not (`clientsCronHandleTimeout`).
    fn close_idle_clients(&mut self, now: Now) {
        let limit = self.config.timeout_s;
        if limit > 0 {
            self.close_clients_idle_for(now, limit);
        }
    }

    #[inline(never)]
    fn close_clients_idle_for(&mut self, now: Now, limit: u64) {
        let spared = ClientFlags::REPLICA | ClientFlags::MASTER | ClientFlags::IMPORT;
        let idle: Vec<_> = self
            .links
            .clients()
            .filter(|c| {
                !c.flags.intersects(spared)
                    && c.blocked.is_none()
                    && c.subscriptions() == 0
                    && now.mono.ms_since(c.last_input) / 1000 > limit
            })
            .map(|c| c.link)
            .collect();
        for link in idle {
            self.close_client(now, link);
        }
    }
}
