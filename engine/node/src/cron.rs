//! `serverCron`: what a node does `hz` times a second whether or not anybody asks.

use engine_base::Now;

use crate::Node;
use crate::client::{ClientFlags, Resized};

/// Keys looked at for expiry at once in a database (`ACTIVE_EXPIRE_CYCLE_KEYS_PER_LOOP` is 20; a look
/// costs less here). It goes on as long as many of them were due, where there is a clock that says
/// when it has been long enough.
const EXPIRE_BUDGET: usize = 400;
/// Per cent of a tick that this may take (`ACTIVE_EXPIRE_CYCLE_SLOW_TIME_PERC`).
const EXPIRE_TIME: u64 = 25;
/// Per cent of keys that may stay though their time has come (`ACTIVE_EXPIRE_CYCLE_ACCEPTABLE_STALE`).
const ACCEPTABLE_STALE: usize = 10;

/// So many clients are looked after in one tick at most (`MAX_CLIENTS_PER_CLOCK_TICK`), and how
/// often a second that may be.
const CLIENTS_PER_TICK: usize = 200;
const HZ_MAX: u64 = 500;

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
        if self.tracking.is_on() {
            self.limit_tracking();
        }
    }

    /// One tick while files are loaded: `whileBlockedCron`.
    #[inline(never)]
    pub(crate) fn loading_tick(&mut self, now: Now) {
        if !self.scripts.is_running()
            && let Some(how) = self.persist.signalled.take()
        {
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
        // 0 to 9; more of everything with each.
        let effort =
            usize::try_from(self.config.active_expire_effort).map_or(0, |e| e.clamp(1, 10) - 1);
        let budget = EXPIRE_BUDGET + EXPIRE_BUDGET / 4 * effort;
        let limit = (EXPIRE_TIME + 2 * effort as u64) * 10_000 / self.hz();
        let began = self.tick_count();
        let (mut looked, mut found) = (0, 0);
        'all: for db in 0..self.dbs.len() {
            loop {
                looked += budget.min(self.dbs[db].volatile_len());
                let due = self.dbs[db].due_keys(now.unix, budget);
                found += due.len();
                for key in &due {
                    self.delete_expired(now, db, key);
                }
                if due.len() * 100 <= budget * (ACCEPTABLE_STALE - effort)
                    || self.stopwatch.is_none()
                {
                    break;
                }
                if self.micros_since(began) >= limit {
                    self.stats.expire_caps += 1;
                    break 'all;
                }
            }
        }
        // A mean of many ticks.
        let now = if looked > 0 { found as f64 / looked as f64 } else { 0.0 };
        self.stats.expired_stale = now * 0.05 + self.stats.expired_stale * 0.95;
    }

    /// How often a second `serverCron` runs: `hz`, and more often with many clients (`dynamic-hz`).
    pub(crate) fn hz(&self) -> u64 {
        let mut hz = self.config.hz.clamp(1, HZ_MAX);
        if self.config.dynamic_hz {
            while hz < HZ_MAX && self.links.client_count() as u64 / hz > CLIENTS_PER_TICK as u64 {
                hz = (hz * 2).min(HZ_MAX);
            }
        }
        hz
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
        let many = self.links.client_count() > 10 * CLIENTS_AT_LEAST && self.config.hz >= 10;
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
