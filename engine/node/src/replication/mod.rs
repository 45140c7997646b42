//! Replication: both sides of PSYNC (replication.c).
//!
//! A node's history of writes is named by an id and measured in bytes. A master appends to it; a
//! replica receives it, applies it and passes the same bytes on, so that offsets mean the same
//! everywhere.

mod apply;
mod backlog;
mod complete;
mod failover;
mod feed;
mod full_sync;
mod handshake;
mod incoming;
mod info;
mod payload;
mod psync;
mod received_file;
mod replicas;
mod role;
mod streams;
mod sync_file;
mod tick;

pub(crate) use failover::{Failover, FailoverRequest};
pub(crate) use feed::encode;
pub(crate) use handshake::MasterLink;
pub(crate) use replicas::ReplicaClient;

use engine_base::{LinkId, Mono, Now, Rng};

use backlog::Backlog;

/// Said when a master that becomes a replica keeps its place in its history.
pub(crate) const SYNTHESIZED: &str = "Before turning into a replica, using my own master \
parameters to synthesize a cached master: I may be able to synchronize with the new master with \
just a partial transfer.";

/// No history.
const NO_ID: [u8; 40] = [b'0'; 40];

/// How far this replica has come with its master (`REPL_STATE_*`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinkState {
    /// A connection is due.
    Connect,
    /// It is being opened.
    Connecting,
    /// The two introduce themselves.
    Handshake,
    /// The data is coming in.
    Transfer,
    /// In step.
    Connected,
}

/// Where this node stands in replication.
#[derive(Clone, Debug)]
pub(crate) struct Replication {
    /// `master_replid`: names the history of writes.
    pub(crate) id: [u8; 40],
    /// `master_replid2`: the history that this one continues (until `second_offset`).
    pub(crate) id2: [u8; 40],
    /// `second_repl_offset`: the first byte that the older history does not have; -1 for none.
    second_offset: i64,
    /// The address of this node's master; `None` when it is a master itself.
    pub(crate) master: Option<(String, u16)>,
    /// `master_repl_offset`: bytes of history produced or applied.
    offset: u64,
    backlog: Option<Backlog>,
    /// The replicas of this node, in the order in which they came.
    pub(crate) replicas: Vec<LinkId>,
    /// The database that the stream has selected; `None` makes the next write select.
    pub(crate) selected: Option<usize>,
    /// The link to the master, whatever its state.
    link: Option<LinkId>,
    state: LinkState,
    /// Whether `id` and `offset` are a history that a master may continue.
    cached: bool,
    /// The database that the master's stream has selected.
    stream_db: usize,
    /// When the master was last heard, or the handshake last moved.
    last_io: Mono,
    /// Since when the link is down; `None` when it was never up: such data is of no age at all
    /// (`repl_down_since` of 0).
    down_since: Option<Mono>,
    /// `replication_cron_loops`
    ticks: u64,
    /// The tick after which a failure was last answered with another try at once.
    retried: Option<u64>,
    no_replicas_since: Mono,
    /// Replicas are to be asked how far they are before the turn ends (`WAIT`).
    want_acks: bool,
    /// A replica said how far it is: those who WAIT are to be looked at.
    acked: bool,
    /// Replicas that wait for data are to get it before the turn ends.
    sync_now: bool,
    /// The replicas that have all data of those that are sent it at the same time.
    streamed: Vec<LinkId>,
    /// Until then a replica that waits for its data need not wait for others.
    pub(crate) eager_until: Mono,
    /// The file that is being written for replicas.
    sync_file: Option<sync_file::SyncFile>,
    /// Whether the RDB file was made for replicas and may go once they have it.
    made_file: bool,
    /// The file that comes from the master.
    received: Option<received_file::ReceivedFile>,
    /// The `FAILOVER` that is going on.
    pub(crate) failover: Failover,
    /// Draws new ids and end marks.
    rng: Rng,
}

impl Replication {
    /// A master with a new history.
    pub(crate) fn new(id: [u8; 40], rng: Rng) -> Self {
        Self {
            id,
            id2: NO_ID,
            second_offset: -1,
            master: None,
            offset: 0,
            backlog: None,
            replicas: Vec::new(),
            selected: None,
            link: None,
            state: LinkState::Connect,
            cached: false,
            stream_db: 0,
            last_io: Mono::ZERO,
            down_since: None,
            ticks: 0,
            retried: None,
            no_replicas_since: Mono::ZERO,
            want_acks: false,
            acked: false,
            sync_now: false,
            streamed: Vec::new(),
            eager_until: Mono::ZERO,
            sync_file: None,
            made_file: false,
            received: None,
            failover: Failover::default(),
            rng,
        }
    }

    /// Bytes of history kept for replicas that come back.
    pub(crate) fn backlog_len(&self) -> u64 {
        self.backlog.as_ref().map_or(0, |backlog| backlog.len() as u64)
    }

    /// The link to the master, if there is one.
    pub(crate) fn master_link(&self) -> Option<LinkId> {
        self.link
    }

    /// Whether this node follows a master.
    pub(crate) fn is_replica(&self) -> bool {
        self.master.is_some()
    }

    /// Whether the link to the master is up and in step.
    pub(crate) fn is_connected(&self) -> bool {
        self.master.is_some() && self.state == LinkState::Connected
    }

    /// Unix seconds: when the master was last heard if its link is up, else since when it is down;
    /// 0 when it was never up.
    pub(crate) fn master_seen_secs(&self, now: Now) -> i64 {
        let Some(age) = self.data_age_ms(now.mono) else { return 0 };
        let age = i64::try_from(age).unwrap_or(i64::MAX);
        now.unix.0.saturating_sub(age).div_euclid(1000)
    }

    /// How many bytes of history this node has produced or applied.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Milliseconds since this replica last heard its master: how old its data may be
    /// (`clusterHandleSlaveFailover`); `None` when it was never in step since it is a replica.
    pub(crate) fn data_age_ms(&self, now: Mono) -> Option<u64> {
        let heard = if self.is_connected() { Some(self.last_io) } else { self.down_since };
        heard.map(|heard| now.ms_since(heard))
    }

    /// The data was another shard's: as if the link to the master had never been up.
    pub(crate) fn forget_data_age(&mut self) {
        self.down_since = None;
    }

    /// Whether what this node writes must be fed to replicas or kept for them.
    pub(crate) fn feeds_anyone(&self) -> bool {
        self.master.is_none() && (self.backlog.is_some() || !self.replicas.is_empty())
    }

    /// The history of an RDB file that was loaded at start (`loadDataFromDisk`): a replica may go
    /// on there, a master lets replicas go on there.
    pub(crate) fn continue_history(
        &mut self,
        now: Mono,
        replica: bool,
        id: [u8; 40],
        offset: u64,
        db: usize,
    ) {
        if replica {
            self.adopt(id, offset, db);
        } else {
            self.id2 = id;
            self.second_offset = offset as i64 + 1;
            self.offset = offset;
            self.no_replicas_since = now;
        }
        self.backlog = Some(Backlog::new(self.offset + 1));
    }

    /// Takes over a master's history at this offset.
    fn adopt(&mut self, id: [u8; 40], offset: u64, db: usize) {
        self.id = id;
        self.offset = offset;
        self.stream_db = db;
        self.cached = true;
    }

    /// `shiftReplicationId`: a new history begins here that continues the one until now.
    fn shift_id(&mut self) {
        self.id2 = self.id;
        self.second_offset = self.offset as i64 + 1;
        self.id = self.rng.hex40();
    }

    /// `changeReplicationId` and `clearReplicationId2`: a new history that continues nothing.
    pub(crate) fn new_id(&mut self) {
        self.id = self.rng.hex40();
        self.clear_id2();
    }

    fn clear_id2(&mut self) {
        self.id2 = NO_ID;
        self.second_offset = -1;
    }

    fn need_backlog(&mut self) {
        if self.backlog.is_none() {
            self.backlog = Some(Backlog::new(self.offset + 1));
        }
    }
}

/// An id as text.
fn id_text(id: &[u8; 40]) -> String {
    String::from_utf8_lossy(id).into_owned()
}

#[cfg(test)]
mod tests;
