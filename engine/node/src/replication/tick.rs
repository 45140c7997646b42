//! What replication does every second: `replicationCron`.

use engine_base::{LinkId, Now};

use super::LinkState;
use super::replicas::{Phase, name};
use crate::Node;
use crate::api::{Action, CloseMode, LogLevel};

impl Node {
    /// Runs once a second.
    pub(crate) fn replication_tick(&mut self, now: Now) {
        self.persist_tick(now);
        self.migrate_tick(now);
        self.check_master_link(now);
        if self.replication.master.is_some() && self.replication.state == LinkState::Connect {
            if let Some((host, port)) = self.replication.master.clone() {
                self.out.log(LogLevel::Notice, format!("Connecting to MASTER {host}:{port}"));
            }
            self.connect_with_master(now);
        }
        if self.replication.is_connected()
            && let Some(link) = self.replication.link
        {
            self.send_ack(link);
        }
        self.ping_replicas(now);
        self.drop_silent_replicas(now);
        self.forget_backlog(now);
        self.start_due_syncs(now);
        self.remove_sync_file();
        self.replication.ticks += 1;
    }

    fn check_master_link(&mut self, now: Now) {
        let silent_ms = now.mono.ms_since(self.replication.last_io);
        let late = silent_ms / 1000 > self.config.repl_timeout;
        if self.replication.master.is_some() && late {
            self.give_up_on_master(now);
        }
    }

    #[inline(never)]
    fn give_up_on_master(&mut self, now: Now) {
        match self.replication.state {
            LinkState::Connect => {}
            LinkState::Connecting | LinkState::Handshake => {
                self.out.log(LogLevel::Warning, "Timeout connecting to the MASTER...");
                self.master_failed_late(now);
            }
            LinkState::Transfer => {
                self.out.log(
                    LogLevel::Warning,
                    "Timeout receiving bulk data from MASTER... If the problem persists try to \
                     set the 'repl-timeout' parameter in redis.conf to a larger value.",
                );
                self.master_failed_late(now);
            }
            LinkState::Connected => {
                self.out.log(LogLevel::Warning, "MASTER timeout: no data nor PING received...");
                self.drop_master_link(now);
                self.master_lost(now);
            }
        }
    }

    fn ping_replicas(&mut self, now: Now) {
        let period = self.config.repl_ping_replica_period.max(1);
        // A paused master hands over: its offset must stand still.
        if self.replication.ticks.is_multiple_of(period)
            && !self.replication.replicas.is_empty()
            && !self.pause.is_active(now)
        {
            self.feed_plain(now, &[b"PING"]);
        }
        // Those who wait for data hear an empty line, so that they do not give up.
        let waiting: Vec<LinkId> = self
            .replica_clients()
            .filter(|(_, r)| matches!(r.phase, Phase::Waiting | Phase::Saving(_)))
            .map(|(client, _)| client.link)
            .collect();
        for link in waiting {
            self.tell(link, |reply| reply.raw(b"\n"));
        }
    }

    fn drop_silent_replicas(&mut self, now: Now) {
        self.drop_stalled_streams(now);
        let timeout = self.config.repl_timeout;
        let silent: Vec<(LinkId, String)> = self
            .replica_clients()
            .filter(|(_, r)| r.is_online() && !r.pre_psync)
            .filter(|(_, r)| now.mono.ms_since(r.ack_at) / 1000 > timeout)
            .map(|(client, _)| (client.link, name(client)))
            .collect();
        for (link, who) in silent {
            self.drop_silent_replica(now, link, &who);
        }
    }

    #[inline(never)]
    fn drop_silent_replica(&mut self, now: Now, link: LinkId, who: &str) {
        let text = format!("Disconnecting timedout replica (streaming sync): {who}");
        self.out.log(LogLevel::Warning, text);
        self.free_client(now, link);
        self.out.push(Action::Close { link, mode: CloseMode::Now });
    }

    /// A master without replicas for long keeps no backlog, and begins a new history: what it
    /// writes from now on is counted nowhere.
    fn forget_backlog(&mut self, now: Now) {
        let ttl = self.config.repl_backlog_ttl;
        let idle = now.mono.ms_since(self.replication.no_replicas_since) / 1000;
        let in_use = self.replication.is_replica() || !self.replication.replicas.is_empty();
        if ttl > 0 && idle > ttl && !in_use && self.replication.backlog.is_some() {
            self.drop_backlog(ttl);
        }
    }

    #[inline(never)]
    fn drop_backlog(&mut self, ttl: u64) {
        self.replication.new_id();
        self.replication.backlog = None;
        self.out.log(
            LogLevel::Notice,
            format!("Replication backlog freed after {ttl} seconds without connected replicas."),
        );
    }

    /// A diskless synchronisation begins when the first has waited long enough for others, or
    /// enough of them wait (`shouldStartChildReplication`).
    fn start_due_syncs(&mut self, now: Now) {
        let (mut count, mut longest) = (0, 0);
        for (_, replica) in self.replica_clients() {
            if matches!(replica.phase, Phase::Waiting) {
                count += 1;
                longest = longest.max(now.mono.ms_since(replica.since) / 1000);
            }
        }
        let enough = self.config.repl_diskless_sync_max_replicas;
        let due = !self.config.repl_diskless_sync
            || now.mono < self.replication.eager_until
            || longest >= self.config.repl_diskless_sync_delay
            || (enough > 0 && count >= enough);
        if count > 0 && due {
            self.start_full_syncs(now);
        }
    }
}
