//! The node's clockwork: three periodic ticks and the earliest blocked client.
//!
//! Redis runs `clusterCron` and `replicationCron` from `serverCron`; the periods are the same
//! here, each tick visible as a deadline with its reason.

use engine_base::{Mono, Now};

use crate::Node;
use crate::api::{Deadline, TimerKind};

/// `clusterCron`, and the first `serverCron`: every 100 ms.
const TICK_MS: u64 = 100;
/// `replicationCron`: every second.
const REPLICATION_TICK_MS: u64 = 1000;

/// When each timer is due.
#[derive(Clone, Debug)]
pub(crate) struct Timers {
    server: Mono,
    cluster: Mono,
    replication: Mono,
    /// The earliest deadline of a blocked or paused client.
    pub(crate) blocked: Mono,
    /// When clients that cost too much are closed.
    pub(crate) client_eviction: Mono,
    /// When eviction goes on that had to let others run.
    pub(crate) eviction: Mono,
    /// When the next key of a slow load is due.
    pub(crate) loading: Mono,
    /// When a script goes on that runs too long.
    pub(crate) script: Mono,
}

impl Timers {
    /// All timers of a process born at `now`.
    pub(crate) fn new(now: Now, cluster_enabled: bool) -> Self {
        Self {
            server: now.mono.plus_ms(TICK_MS),
            cluster: if cluster_enabled { now.mono.plus_ms(TICK_MS) } else { Mono::NEVER },
            // The first beat comes at once: a replica does not wait to look for its master.
            replication: now.mono,
            blocked: Mono::NEVER,
            client_eviction: Mono::NEVER,
            eviction: Mono::NEVER,
            loading: Mono::NEVER,
            script: Mono::NEVER,
        }
    }

    /// What replication does every second is done at once.
    pub(crate) fn replication_now(&mut self, now: Now) {
        self.replication = now.mono;
    }

    /// The earliest.
    pub(crate) fn next(&self) -> Deadline {
        let all = [
            (self.server, TimerKind::ServerTick),
            (self.cluster, TimerKind::ClusterTick),
            (self.replication, TimerKind::ReplicationTick),
            (self.blocked, TimerKind::BlockedClient),
            (self.client_eviction, TimerKind::Deferred),
            (self.eviction, TimerKind::Deferred),
            (self.loading, TimerKind::Loading),
            (self.script, TimerKind::Deferred),
        ];
        let (at, reason) =
            all.into_iter().min_by_key(|(at, _)| *at).unwrap_or((Mono::NEVER, TimerKind::Deferred));
        Deadline { at, reason }
    }
}

impl Node {
    /// Runs what is due at `now`. A process that was stopped for long runs each tick once, not
    /// once for every period it missed, as `serverCron` does.
    pub(crate) fn run_timers(&mut self, now: Now) {
        if self.timers.loading <= now.mono {
            self.load_due_keys(now);
        }
        if self.timers.script <= now.mono {
            self.timers.script = Mono::NEVER;
            self.go_on_with_script(now);
        }
        // While files are loaded or a script runs, no tick changes data or the cluster
        // (`whileBlockedCron`).
        let serves = !self.loads_files() && !self.scripts.is_running();
        if self.timers.server <= now.mono {
            self.timers.server = now.mono.plus_ms(1000 / self.hz());
            if serves {
                self.server_tick(now);
            } else {
                self.loading_tick(now);
            }
        }
        if self.timers.cluster <= now.mono {
            self.timers.cluster = now.mono.plus_ms(TICK_MS);
            if serves {
                self.cluster_tick(now);
            }
        }
        if self.timers.replication <= now.mono {
            self.timers.replication = now.mono.plus_ms(REPLICATION_TICK_MS);
            if serves {
                self.replication_tick(now);
            }
            self.note_recent_buffers(now);
            if !self.debug.keeps_buffers {
                self.links.clients_mut().for_each(|client| client.shrink(now.mono));
            }
            self.weigh_all_clients();
            self.note_memory_peak();
        }
        if self.timers.blocked <= now.mono {
            if self.scripts.is_running() {
                self.timers.blocked = now.mono.plus_ms(TICK_MS);
            } else {
                self.timers.blocked = Mono::NEVER;
                self.expire_waits(now);
            }
        }
        if self.timers.eviction <= now.mono {
            self.timers.eviction = Mono::NEVER;
            self.memory.evict_soon = true;
        }
        if self.timers.client_eviction <= now.mono {
            self.timers.client_eviction = Mono::NEVER;
            self.evict_clients(now);
        }
    }
}
