//! Where the cluster's rules meet the node: what they are told, and how what they ask for is
//! carried out.

use std::net::SocketAddr;

use engine_base::{LinkId, Now, Rng, Slot};

use crate::Node;
use crate::api::{Action, BootDisk, BootError, CloseMode, DialError, Purpose};
use crate::cluster::Safety;
use crate::cluster::{ClusterConfig, ClusterCx, ClusterState, Effect, Inputs};
use crate::config::Config;
use crate::event::EventKind;
use crate::links::Link;
use crate::pause::Pauser;

impl Node {
    /// A peer opened a link to the bus port.
    pub(crate) fn accept_bus(&mut self, now: Now, peer: SocketAddr, local: SocketAddr) -> LinkId {
        let link = self.links.insert(|_| Link::Bus);
        if self.is_loading() && !self.is_replica() {
            // What others say could take slots away whose keys are still to come.
            self.hang_up(link);
            return link;
        }
        self.with_cluster(now, |cluster, _| cluster.accepted(now, link, peer.ip(), local.ip()));
        link
    }

    /// A dial to a peer's bus port ended.
    pub(crate) fn bus_dialed(
        &mut self,
        now: Now,
        link: LinkId,
        done: Result<SocketAddr, DialError>,
    ) {
        if done.is_err() {
            self.links.remove(link);
        }
        let done = done.map(|local| local.ip());
        self.with_cluster(now, |cluster, cx| cluster.dialed(now, cx, link, done));
    }

    /// Bytes came in on a bus link.
    pub(crate) fn bus_bytes(&mut self, now: Now, link: LinkId, bytes: &[u8]) {
        self.with_cluster(now, |cluster, cx| cluster.bytes(now, cx, link, bytes));
    }

    /// A bus link is gone.
    pub(crate) fn bus_closed(&mut self, now: Now, link: LinkId) {
        self.links.remove(link);
        self.with_cluster(now, |cluster, _| cluster.closed(link));
    }

    /// `clusterCron`.
    pub(crate) fn cluster_tick(&mut self, now: Now) {
        self.with_cluster(now, |cluster, cx| cluster.tick(now, cx));
        self.out.settle_when_due(now);
        self.slot_migration_tick(now);
    }

    /// `clusterBeforeSleep`.
    pub(crate) fn cluster_before_sleep(&mut self, now: Now) {
        if !self.loads_files() {
            self.with_cluster(now, |cluster, cx| cluster.before_sleep(now, cx));
        }
    }

    /// Reads nodes.conf, or makes a new identity.
    pub(crate) fn boot_cluster(
        &mut self,
        now: Now,
        rng: Rng,
        disk: &dyn BootDisk,
    ) -> Result<(), BootError> {
        let file = disk.read(&self.nodes_conf_path());
        let cluster = ClusterState::boot(now, &cluster_config(&self.config), rng, file.as_deref())?;
        self.cluster = Some(Box::new(cluster));
        self.with_cluster(now, |_, _| ());
        Ok(())
    }

    /// Lets the cluster's rules work, with the rest of the node as it is now, and carries out
    /// what they ask for. `None` when cluster mode is off.
    pub(crate) fn with_cluster<R>(
        &mut self,
        now: Now,
        work: impl FnOnce(&mut ClusterState, &mut ClusterCx<'_>) -> R,
    ) -> Option<R> {
        let mut cluster = self.cluster.take()?;
        let Self { links, dbs, config, replication, .. } = self;
        let keys_in_slot = |slot: Slot| dbs.first().map_or(0, |db| db.count_in_slot(slot));
        let mut name_link = || links.insert(|_| Link::Bus);
        let mut cx = ClusterCx {
            config: cluster_config(config),
            inputs: Inputs {
                repl_offset: replication.offset(),
                following: replication.is_replica(),
                master_seen_secs: replication.master_seen_secs(now),
            },
            keys_in_slot: &keys_in_slot,
            name_link: &mut name_link,
        };
        let result = work(&mut cluster, &mut cx);
        self.cluster = Some(cluster);
        while let Some(effect) = self.cluster.as_mut().and_then(|cluster| cluster.poll()) {
            self.carry_out(now, effect);
        }
        Some(result)
    }

    fn carry_out(&mut self, now: Now, effect: Effect) {
        match effect {
            Effect::Dial { link, to } => {
                let from = self.config.bind_source();
                self.out.push(Action::Dial { link, to, name: None, from, purpose: Purpose::Bus });
            }
            Effect::Send { link, bytes } => self.out.push(Action::Send { link, bytes }),
            Effect::Close { link } => {
                self.links.remove(link);
                self.out.push(Action::Close { link, mode: CloseMode::Now });
            }
            Effect::Save { text, safety } => {
                let (path, bytes) = (self.nodes_conf_path(), text.into());
                let waits = match safety {
                    Safety::Written => false,
                    Safety::Durable => self.answers_wait_for_disk(),
                    Safety::Barrier => true,
                };
                if safety == Safety::Durable && !waits {
                    self.out.keep_nodes_conf(now, path, bytes);
                } else {
                    self.out.write_nodes_conf(path, bytes, waits);
                }
            }
            Effect::Event(kind) => {
                match &kind {
                    EventKind::SlotsMoved { ranges, .. } => {
                        self.slot_stats.reset_ranges(ranges);
                        self.slot_migrations.recheck = true;
                    }
                    EventKind::Role { .. } => self.slot_migrations.recheck = true,
                    _ => {}
                }
                self.out.event(now, kind);
            }
            Effect::Log(level, text) => self.out.log(level, text),
            Effect::Follow { ip, port } => self.follow(now, &ip, port),
            Effect::DataIsForeign => self.replication.forget_data_age(),
            Effect::StopFollowing => self.stop_following(now),
            Effect::FlushData => self.flush_all(now),
            Effect::DeleteKeys(slots) => {
                slots.iter().for_each(|slot| self.delete_slot_keys(now, slot));
            }
            Effect::DropChannels(slots) => self.drop_shard_channels(&slots),
            Effect::PauseWrites { ms } => {
                let until = now.mono.plus_ms(ms.unsigned_abs());
                self.pause.begin(Pauser::Failover, until, true, now);
            }
            Effect::Unpause => self.end_pause(now, Pauser::Failover),
            Effect::Publish { channel, message, sharded: true } => {
                self.publish_shard_here(&channel, &message);
            }
            Effect::Publish { channel, message, sharded: false } => {
                self.publish_here(&channel, &message);
            }
        }
    }

    fn nodes_conf_path(&self) -> String {
        self.path_of(&self.config.cluster_config_file)
    }

    /// A file of this process: beside the others in `dir`, unless its name says where it is.
    pub(crate) fn path_of(&self, file: &str) -> String {
        if file.starts_with('/') {
            return file.to_owned();
        }
        let dir = self.config.dir.0.trim_end_matches('/');
        match dir {
            "" if self.config.dir.0.is_empty() => file.to_owned(),
            "." => file.to_owned(),
            dir => format!("{dir}/{file}"),
        }
    }

    /// Directives may have changed what this node says of itself.
    pub(crate) fn cluster_config_changed(&mut self, now: Now) {
        self.with_cluster(now, |cluster, cx| cluster.config_changed(&cx.config));
    }

    /// After the data was loaded, slots and keys must agree.
    pub(crate) fn check_cluster_data(&mut self, now: Now) {
        if self.cluster.as_ref().is_some_and(|cluster| !cluster.me().is_replica()) {
            self.forget_imports(now, "Process restarted");
            self.slot_migration_before_sleep(now);
        }
        self.with_cluster(now, |cluster, cx| cluster.check_data(cx));
    }

    /// Drops all data, and tells replicas and the append-only file.
    fn flush_all(&mut self, now: Now) {
        self.slot_migrations_flushed(now);
        self.flush_libraries();
        for db in &mut self.dbs {
            db.flush();
        }
        self.dirty += 1;
        self.also_propagate(now, 0, &[b"FLUSHALL"]);
    }

    /// Deletes the keys of a slot that is another node's now (`delKeysInSlot`).
    pub(crate) fn delete_slot_keys(&mut self, now: Now, slot: Slot) {
        let Some(db) = self.dbs.first() else { return };
        let keys: Vec<Vec<u8>> =
            db.keys_in_slot(slot, usize::MAX).map(|key| key.to_vec()).collect();
        for key in keys {
            self.dbs[0].remove(&key);
            self.key_changed(0, &key);
            self.dirty += 1;
            self.also_propagate(now, 0, &[b"DEL", &key]);
        }
    }
}

/// What the rules read of the directives.
fn cluster_config(config: &Config) -> ClusterConfig<'_> {
    ClusterConfig {
        node_timeout: config.cluster_node_timeout_ms as i64,
        port: config.port,
        cluster_port: config.cluster_port,
        announce_ip: &config.cluster_announce_ip,
        announce_port: config.cluster_announce_port,
        announce_bus_port: config.cluster_announce_bus_port,
        announce_hostname: &config.cluster_announce_hostname,
        require_full_coverage: config.cluster_require_full_coverage,
        replica_validity_factor: config.cluster_replica_validity_factor as i64,
        migration_barrier: config.cluster_migration_barrier as usize,
        allow_replica_migration: config.cluster_allow_replica_migration,
        replica_no_failover: config.cluster_replica_no_failover,
        link_sendbuf_limit: config.cluster_link_sendbuf_limit as usize,
        repl_ping_period: config.repl_ping_replica_period as i64,
        profile: config.election_profile,
        human_nodename: &config.cluster_announce_human_nodename,
        blacklist_ttl: config.cluster_blacklist_ttl as i64,
        ping_interval: config.cluster_ping_interval_ms as i64,
        manual_failover_timeout: config.cluster_manual_failover_timeout_ms as i64,
    }
}
