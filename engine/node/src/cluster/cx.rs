//! What the cluster's rules read from the rest of the node, and what they ask of it.

use std::collections::VecDeque;
use std::net::SocketAddr;

use bytes::Bytes;
use engine_base::{LinkId, Slot, SlotSet};

use super::Safety;
use crate::api::LogLevel;
use crate::config::ElectionProfile;
use crate::event::EventKind;

/// The directives that the rules read, borrowed from the node's configuration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClusterConfig<'a> {
    /// `cluster-node-timeout`, in milliseconds.
    pub(crate) node_timeout: i64,
    /// `port`.
    pub(crate) port: u16,
    /// `cluster-port`; 0 for `port` + 10000.
    pub(crate) cluster_port: u16,
    /// `cluster-announce-ip`; empty when not set.
    pub(crate) announce_ip: &'a str,
    /// `cluster-announce-port`; 0 when not set.
    pub(crate) announce_port: u16,
    /// `cluster-announce-bus-port`; 0 when not set.
    pub(crate) announce_bus_port: u16,
    /// `cluster-announce-hostname`; empty when not set.
    pub(crate) announce_hostname: &'a str,
    /// `cluster-require-full-coverage`.
    pub(crate) require_full_coverage: bool,
    /// `cluster-replica-validity-factor`; 0 for no limit.
    pub(crate) replica_validity_factor: i64,
    /// `cluster-migration-barrier`.
    pub(crate) migration_barrier: usize,
    /// `cluster-allow-replica-migration`.
    pub(crate) allow_replica_migration: bool,
    /// `cluster-replica-no-failover`.
    pub(crate) replica_no_failover: bool,
    /// `cluster-link-sendbuf-limit`, in bytes; 0 for none.
    pub(crate) link_sendbuf_limit: usize,
    /// `repl-ping-replica-period`, in seconds.
    pub(crate) repl_ping_period: i64,
    /// `election-profile`.
    pub(crate) profile: ElectionProfile,
    /// `cluster-announce-human-nodename`; empty when not set.
    pub(crate) human_nodename: &'a str,
    /// `cluster-blacklist-ttl`, in seconds.
    pub(crate) blacklist_ttl: i64,
    /// `cluster-ping-interval`, in milliseconds; 0 for half the node timeout.
    pub(crate) ping_interval: i64,
    /// `cluster-manual-failover-timeout`, in milliseconds.
    pub(crate) manual_failover_timeout: i64,
}

impl Default for ClusterConfig<'_> {
    fn default() -> Self {
        Self {
            node_timeout: 15_000,
            port: 6379,
            cluster_port: 0,
            announce_ip: "",
            announce_port: 0,
            announce_bus_port: 0,
            announce_hostname: "",
            require_full_coverage: true,
            replica_validity_factor: 10,
            migration_barrier: 1,
            allow_replica_migration: true,
            replica_no_failover: false,
            link_sendbuf_limit: 0,
            repl_ping_period: 10,
            profile: ElectionProfile::Redis7,
            human_nodename: "",
            blacklist_ttl: 60,
            ping_interval: 0,
            manual_failover_timeout: 5000,
        }
    }
}

impl ClusterConfig<'_> {
    /// The bus port that this node listens on.
    pub(crate) fn bus_port(&self) -> u16 {
        if self.cluster_port != 0 { self.cluster_port } else { self.port.wrapping_add(10_000) }
    }

    /// The client port that others are told (`deriveAnnouncedPorts`).
    pub(crate) fn announced_port(&self) -> u16 {
        if self.announce_port != 0 { self.announce_port } else { self.port }
    }

    /// The bus port that others are told.
    pub(crate) fn announced_bus_port(&self) -> u16 {
        if self.announce_bus_port != 0 { self.announce_bus_port } else { self.bus_port() }
    }

    /// Whether the rules of Valkey 9 hold where they differ from Redis 7.0's.
    pub(crate) fn valkey9(&self) -> bool {
        self.profile == ElectionProfile::Valkey9
    }

    /// After how many milliseconds without an answer a node is pinged.
    pub(crate) fn ping_after(&self) -> i64 {
        if self.ping_interval > 0 { self.ping_interval } else { self.node_timeout / 2 }
    }
}

/// What the rest of the node looks like at this moment.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Inputs {
    /// The replication offset: produced by a master, applied by a replica.
    pub(crate) repl_offset: u64,
    /// Whether replication has a master to follow (`server.masterhost`).
    pub(crate) following: bool,
    /// Unix seconds: when the master was last heard if its link is up, else since when it is down
    /// (`lastinteraction`, `repl_down_since`).
    pub(crate) master_seen_secs: i64,
}

/// What every call of the rules is given.
pub(crate) struct ClusterCx<'a> {
    /// The directives as they are now.
    pub(crate) config: ClusterConfig<'a>,
    /// The rest of the node as it is now.
    pub(crate) inputs: Inputs,
    /// How many keys a slot holds here.
    pub(crate) keys_in_slot: &'a dyn Fn(Slot) -> usize,
    /// Gives a new outbound bus link its name.
    pub(crate) name_link: &'a mut dyn FnMut() -> LinkId,
}

/// What the rules ask of the node. Carried out in order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Effect {
    /// Open an outbound bus link.
    Dial {
        /// Its name, already given.
        link: LinkId,
        /// The peer's bus port.
        to: SocketAddr,
    },
    /// Queue one packet on a link.
    Send {
        /// Which link.
        link: LinkId,
        /// The packet.
        bytes: Bytes,
    },
    /// Close a link; it is forgotten here already.
    Close {
        /// Which link.
        link: LinkId,
    },
    /// Write nodes.conf. Every packet of this turn comes after it.
    Save {
        /// Its content.
        text: String,
        /// How safe it must be.
        safety: Safety,
    },
    /// Something happened.
    Event(EventKind),
    /// A line for the log.
    Log(LogLevel, String),
    /// Become a replica of the master that serves clients there (`replicationSetMaster`).
    Follow {
        /// Its address.
        ip: String,
        /// Its client port.
        port: u16,
    },
    /// What this replica holds is not its new master's data: until it is in step it is of no age.
    DataIsForeign,
    /// Stop replicating: this node is a master now (`replicationUnsetMaster`).
    StopFollowing,
    /// Drop all data (`CLUSTER RESET` of a replica).
    FlushData,
    /// Delete the keys of slots that this node has lost.
    DeleteKeys(Box<SlotSet>),
    /// Unsubscribe all clients from the shard channels of slots that changed hands.
    DropChannels(Box<SlotSet>),
    /// Hold back clients that write, for so many milliseconds from now.
    PauseWrites {
        /// Milliseconds.
        ms: i64,
    },
    /// End the pause of a manual failover.
    Unpause,
    /// Deliver a published message to this node's own subscribers.
    Publish {
        /// Where.
        channel: Vec<u8>,
        /// What.
        message: Vec<u8>,
        /// Whether it is for shard subscribers.
        sharded: bool,
    },
}

/// What waits to be carried out.
///
/// Packets stand apart until the end of the turn: Redis writes its sockets only after
/// `clusterBeforeSleep` has saved and fsynced nodes.conf (the write barrier of
/// `clusterSendMessage`).
#[derive(Clone, Debug, Default)]
pub(crate) struct Effects {
    queue: VecDeque<Effect>,
    packets: Vec<(LinkId, Bytes)>,
}

impl Effects {
    pub(crate) fn push(&mut self, effect: Effect) {
        self.queue.push_back(effect);
    }

    pub(crate) fn log(&mut self, level: LogLevel, text: impl Into<String>) {
        self.push(Effect::Log(level, text.into()));
    }

    pub(crate) fn event(&mut self, kind: EventKind) {
        self.push(Effect::Event(kind));
    }

    /// The keys of a slot are to be deleted.
    pub(crate) fn delete_keys(&mut self, slot: Slot) {
        if let Some(Effect::DeleteKeys(slots)) = self.queue.back_mut() {
            slots.insert(slot);
        } else {
            self.push(Effect::DeleteKeys(Box::new(core::iter::once(slot).collect())));
        }
    }

    /// The shard channels of a slot are to be left by all clients.
    pub(crate) fn drop_channels(&mut self, slot: Slot) {
        if let Some(Effect::DropChannels(slots)) = self.queue.back_mut() {
            slots.insert(slot);
        } else {
            self.push(Effect::DropChannels(Box::new(core::iter::once(slot).collect())));
        }
    }

    /// A packet for the end of the turn.
    pub(crate) fn send(&mut self, link: LinkId, bytes: Bytes) {
        self.packets.push((link, bytes));
    }

    /// Closes a link: its unsent packets are lost.
    pub(crate) fn close(&mut self, link: LinkId) {
        self.packets.retain(|(to, _)| *to != link);
        self.push(Effect::Close { link });
    }

    /// Packets go out now.
    pub(crate) fn release_packets(&mut self) {
        let packets = self.packets.drain(..);
        self.queue.extend(packets.map(|(link, bytes)| Effect::Send { link, bytes }));
    }

    pub(crate) fn pop(&mut self) -> Option<Effect> {
        self.queue.pop_front()
    }
}
