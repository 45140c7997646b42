//! `serverCron`: what a node does ten times a second whether or not anybody asks.

use engine_base::{LinkId, Now};

use crate::Node;
use crate::client::ClientFlags;
use crate::command::Spec;

/// Keys looked at for expiry in one tick and database: enough to keep up with a beginner's load
/// without ever holding a tick up (`ACTIVE_EXPIRE_CYCLE_KEYS_PER_LOOP` is 20, repeated).
const EXPIRE_BUDGET: usize = 400;

impl Node {
    /// One tick.
    pub(crate) fn server_tick(&mut self, now: Now) {
        self.expire_due_keys(now);
        self.close_idle_clients(now);
        self.redirect_waiting(now);
    }

    /// Deletes keys whose time has come, and says so to replicas and the append-only file. A
    /// replica waits for its master to say so (`activeExpireCycle`).
    fn expire_due_keys(&mut self, now: Now) {
        if self.replication.is_replica() || self.pause.is_active(now) {
            return;
        }
        for db in 0..self.dbs.len() {
            for key in self.dbs[db].due_keys(now.unix, EXPIRE_BUDGET) {
                self.expire_key(now, db, &key);
            }
        }
    }

    /// Before a write runs, keys whose time has come are deleted and replicas are told, so that
    /// the write finds here what it will find there (`expireIfNeeded`).
    pub(crate) fn drop_expired_keys(
        &mut self,
        now: Now,
        link: LinkId,
        spec: &Spec,
        args: &[&[u8]],
    ) {
        let db = self.links.client(link).map_or(0, |client| client.db);
        let busy = self.dbs.get(db).is_some_and(|db| db.volatile_len() > 0);
        if !busy || !spec.is_write() || self.replication.is_replica() {
            return;
        }
        let mut expired = Vec::new();
        spec.keys.for_each(args, |key| {
            if self.dbs[db].is_expired(key, now.unix) {
                expired.push(key.to_vec());
            }
        });
        for key in expired {
            self.expire_key(now, db, &key);
        }
    }

    /// Deletes one key whose time has come (`deleteExpiredKeyAndPropagate`).
    pub(crate) fn expire_key(&mut self, now: Now, db: usize, key: &[u8]) {
        if self.dbs[db].remove(key).is_none() {
            return;
        }
        self.stats.expired_keys += 1;
        self.key_changed(db, key);
        self.also_propagate(now, db, &[b"DEL", key]);
    }

    /// `timeout`: clients that have been silent for too long are closed. Replicas, the master,
    /// waiting clients and subscribers are not (`clientsCronHandleTimeout`).
    fn close_idle_clients(&mut self, now: Now) {
        let limit = self.config.timeout_s;
        if limit == 0 {
            return;
        }
        let spared = ClientFlags::REPLICA | ClientFlags::MASTER;
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
