//! Replication: both sides of PSYNC.

use std::net::SocketAddr;

use engine_base::{LinkId, Now};

use crate::Node;
use crate::api::DialError;

/// The link to this node's master, and how far the exchange on it has come.
#[derive(Clone, Debug, Default)]
pub(crate) struct MasterLink {}

/// A replica's side of a client connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReplicaClient {}

/// Where this node stands in replication.
#[derive(Clone, Debug)]
pub(crate) struct Replication {
    /// `master_replid`: names the history of writes.
    pub(crate) id: [u8; 40],
    /// The address of this node's master; `None` when it is a master itself.
    pub(crate) master: Option<(String, u16)>,
    offset: u64,
}

impl Replication {
    /// A master with a new history.
    pub(crate) fn new(id: [u8; 40]) -> Self {
        Self { id, master: None, offset: 0 }
    }

    /// Whether this node follows a master.
    pub(crate) fn is_replica(&self) -> bool {
        self.master.is_some()
    }

    /// Whether the link to the master is up and in step.
    pub(crate) fn is_connected(&self) -> bool {
        false
    }

    /// Unix seconds: when the master was last heard if its link is up, else since when it is down.
    pub(crate) fn master_seen_secs(&self, now: Now) -> i64 {
        now.unix.as_secs()
    }

    /// Whether the data of a full synchronisation is coming in.
    pub(crate) fn is_loading(&self) -> bool {
        false
    }

    /// How many bytes of history this node has produced or applied.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether anything must be fed to replicas or kept for them.
    pub(crate) fn feeds_anyone(&self) -> bool {
        false
    }
}

impl Node {
    /// Makes this node a replica of the master at `host`:`port` (`replicationSetMaster`).
    pub(crate) fn follow(&mut self, now: Now, host: &str, port: u16) {
        let _ = now;
        self.replication.master = Some((host.to_owned(), port));
    }

    /// Makes this node a master (`replicationUnsetMaster`).
    pub(crate) fn stop_following(&mut self, _now: Now) {
        self.replication.master = None;
    }

    pub(crate) fn master_dialed(
        &mut self,
        _now: Now,
        _link: LinkId,
        _done: Result<SocketAddr, DialError>,
    ) {
    }

    pub(crate) fn master_bytes(&mut self, _now: Now, _link: LinkId, _bytes: &[u8]) {}

    pub(crate) fn master_closed(&mut self, _now: Now, _link: LinkId) {}

    pub(crate) fn replication_tick(&mut self, _now: Now) {}

    pub(crate) fn replication_before_sleep(&mut self, _now: Now) {}

    /// A client that may be a replica is gone.
    pub(crate) fn replica_gone(&mut self, _now: Now, _link: LinkId) {}

    /// How many replicas have acknowledged all up to `offset`.
    pub(crate) fn replicas_acknowledged(&self, _offset: u64) -> usize {
        0
    }

    /// `min-replicas-to-write` and `min-replicas-max-lag`.
    pub(crate) fn enough_replicas(&self, _now: Now) -> bool {
        true
    }

    /// Tells the replicas one command (`replicationFeedSlaves`).
    pub(crate) fn feed_replicas(&mut self, _now: Now, _db: usize, _words: &[&[u8]]) {}
}
