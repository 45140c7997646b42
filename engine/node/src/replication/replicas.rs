//! This node's replicas as it sees them: who they are, how far they are, who waits for them.

use engine_base::{LinkId, Mono, Now, planted};
use engine_store::rdb::Writer;

use crate::Node;
use crate::api::LogLevel;
use crate::client::{Client, ClientFlags, Wait};

/// A replica's side of a client connection.
#[derive(Clone, Debug)]
pub(crate) struct ReplicaClient {
    /// `REPLCONF listening-port`; 0 until it is told.
    pub(super) port: u16,
    /// `REPLCONF ip-address`
    pub(super) ip: Option<String>,
    /// `REPLCONF capa eof`: it can find the end of data of unknown length.
    pub(super) eof: bool,
    /// `REPLCONF capa psync2`: it wants to hear the id after `+CONTINUE`.
    pub(super) psync2: bool,
    /// `REPLCONF rdb-filter-only`: it wants a part of the data only.
    pub(super) filter: Option<Filter>,
    /// It came with the old `SYNC`: it knows no answer to it but the data, and never says how far
    /// it is (`CLIENT_PRE_PSYNC`).
    pub(super) pre_psync: bool,
    pub(super) phase: Phase,
    /// Bytes of the stream that it was not given yet: they are the last of the backlog.
    pub(super) held: usize,
    /// How far it said it is, and when.
    pub(super) ack_offset: u64,
    pub(super) ack_at: Mono,
    /// When some of what waited for it last went out.
    pub(crate) sent_at: Mono,
    /// Since when it waits for a full synchronisation.
    pub(super) since: Mono,
}

/// What is sent of the data.
#[derive(Clone, Copy, Debug)]
pub(super) struct Filter {
    pub(super) data: bool,
    pub(super) functions: bool,
}

impl Default for Filter {
    fn default() -> Self {
        Self { data: true, functions: true }
    }
}

impl Filter {
    /// Reads the names of the parts.
    #[inline(never)]
    pub(super) fn read(names: &[u8]) -> Result<Self, String> {
        let Some(names) = engine_base::split::split_args(names) else {
            return Err("ERR Missing rdb-filter-only values".to_owned());
        };
        let mut filter = Self { data: false, functions: false };
        for name in names {
            if name.eq_ignore_ascii_case(b"functions") {
                filter.functions = true;
            } else {
                let name = String::from_utf8_lossy(&name);
                return Err(format!("ERR Unsupported rdb-filter-only option: {name}"));
            }
        }
        Ok(filter)
    }
}

/// How far a replica has come (`SLAVE_STATE_*`).
#[derive(Clone, Debug)]
pub(super) enum Phase {
    /// It has not asked for data yet.
    Introducing,
    /// It will get all data.
    Waiting,
    /// All data is being written to a file, to be sent then.
    Saving(Box<Sending>),
    /// It is being sent all data.
    Sending(Box<Sending>),
    /// It has been sent all data; writes are held until it says that it has loaded them, because
    /// they would be taken for data.
    Loading,
    /// It gets writes as they happen.
    Online,
}

/// Data on its way to a replica.
#[derive(Clone, Debug)]
pub(super) struct Sending {
    pub(super) writer: Writer,
    /// What follows the data when its length was not told.
    pub(super) mark: Option<[u8; 40]>,
    /// When its next key may be written (`rdb-key-save-delay`).
    pub(super) due: Mono,
}

impl ReplicaClient {
    pub(super) fn new(now: Now) -> Self {
        Self {
            port: 0,
            ip: None,
            eof: false,
            filter: None,
            pre_psync: false,
            psync2: false,
            phase: Phase::Introducing,
            held: 0,
            ack_offset: 0,
            ack_at: now.mono,
            sent_at: now.mono,
            since: now.mono,
        }
    }

    /// Bytes of the stream that wait for it in the backlog.
    pub(crate) fn held(&self) -> usize {
        self.held
    }

    /// Whether it is being sent all data without a file in between.
    pub(super) fn is_streamed(&self) -> bool {
        matches!(&self.phase, Phase::Sending(sending) if sending.mark.is_some())
    }

    /// It says that it is there, and no more.
    pub(crate) fn heard_at(&mut self, now: Now) {
        self.ack_at = now.mono;
    }

    pub(super) fn is_online(&self) -> bool {
        matches!(self.phase, Phase::Online | Phase::Loading)
    }

    /// `state=` of INFO.
    pub(super) fn state(&self) -> &'static str {
        match self.phase {
            Phase::Introducing | Phase::Waiting | Phase::Saving(_) => "wait_bgsave",
            // Redis streams while its child still saves.
            Phase::Sending(ref sending) if sending.mark.is_some() => "wait_bgsave",
            Phase::Sending(_) => "send_bulk",
            Phase::Loading | Phase::Online => "online",
        }
    }
}

/// A replica as the log names it (`replicationGetSlaveName`).
pub(super) fn name(client: &Client) -> String {
    match &client.replica {
        Some(r) if r.port != 0 => format!("{}:{}", ip(client), r.port),
        _ => format!("client id #{}", client.id),
    }
}

/// The address that a replica has told, or comes from.
pub(super) fn ip(client: &Client) -> String {
    let told = client.replica.as_ref().and_then(|r| r.ip.clone());
    told.unwrap_or_else(|| match client.socket {
        Some(_) => "/unixsocket".into(),
        None => client.peer.ip().to_canonical().to_string(),
    })
}

impl Node {
    /// The replicas that have asked for data.
    pub(super) fn replica_clients(&self) -> impl Iterator<Item = (&Client, &ReplicaClient)> {
        self.replication.replicas.iter().filter_map(|link| {
            let client = self.links.client(*link)?;
            Some((client, client.replica.as_deref()?))
        })
    }

    /// Whether a snapshot is being written to replicas' sockets.
    pub(crate) fn sends_snapshots(&self) -> bool {
        self.replica_clients().any(|(_, replica)| replica.is_streamed())
    }

    /// A client that may be a replica is gone.
    pub(crate) fn replica_gone(&mut self, now: Now, link: LinkId) {
        let Some(client) = self.links.client(link) else { return };
        if !client.flags.contains(ClientFlags::REPLICA) {
            return;
        }
        let text = format!("Connection with replica {} lost.", name(client));
        self.out.log(LogLevel::Warning, text);
        let streamed = matches!(&client.replica, Some(r) if r.is_streamed());
        self.replication.replicas.retain(|replica| *replica != link);
        self.give_up_useless_file(now);
        self.trim_backlog();
        if streamed {
            self.streams_ended(false);
        }
        if self.replication.replicas.is_empty() {
            self.replication.no_replicas_since = now.mono;
        }
    }

    /// How many replicas have said that they have all, of how many.
    pub(crate) fn replicas_in_step(&self) -> (usize, usize) {
        let offset = self.replication.offset;
        let in_step = self.replica_clients().filter(|(_, r)| r.ack_offset == offset).count();
        (in_step, self.replication.replicas.len())
    }

    /// A line for the log on each replica that has not said that it has all (`finishShutdown`).
    pub(crate) fn lagging_replicas(&self, now: Now) -> Vec<String> {
        let offset = self.replication.offset;
        let lagging = self.replica_clients().filter(|(_, r)| r.ack_offset != offset);
        lagging
            .map(|(client, r)| {
                let behind = offset.saturating_sub(r.ack_offset);
                let lag = if r.is_online() { now.mono.ms_since(r.ack_at) / 1000 } else { 0 };
                format!(
                    "Lagging replica {} reported offset {behind} behind master, lag={lag}, \
                     state={}.",
                    name(client),
                    r.state()
                )
            })
            .collect()
    }

    /// Whether every replica has said that it has all (`isReadyToShutdown`).
    pub(crate) fn replicas_have_all(&self) -> bool {
        let (in_step, all) = self.replicas_in_step();
        in_step == all
    }

    /// How many replicas have acknowledged all up to `offset`.
    pub(crate) fn replicas_acknowledged(&self, offset: u64) -> usize {
        self.replica_clients().filter(|(_, r)| r.is_online() && r.ack_offset >= offset).count()
    }

    /// How many replicas are in step and were heard lately (`refreshGoodSlavesCount`).
    pub(crate) fn good_replicas(&self, now: Now) -> usize {
        let lag = self.config.min_replicas_max_lag;
        self.replica_clients()
            .filter(|(_, r)| r.is_online() && now.mono.ms_since(r.ack_at) / 1000 <= lag)
            .count()
    }

    /// `min-replicas-to-write` and `min-replicas-max-lag`.
    pub(crate) fn enough_replicas(&self, now: Now) -> bool {
        let wanted = self.config.min_replicas_to_write;
        wanted == 0
            || self.config.min_replicas_max_lag == 0
            || self.replication.is_replica()
            || self.good_replicas(now) as u64 >= wanted
    }

    /// Where the replicas are and how far each is (`ROLE`, `CLUSTER SHARDS`): address, port, offset.
    pub(crate) fn online_replicas(&self) -> Vec<(String, u16, u64)> {
        self.replica_clients()
            .filter(|(_, r)| r.is_online())
            .map(|(client, r)| (ip(client), r.port, r.ack_offset))
            .collect()
    }

    /// `REPLCONF ACK`: a replica says how far it is.
    pub(super) fn replica_acked(&mut self, now: Now, link: LinkId, offset: u64) {
        let Some(client) = self.links.client_mut(link) else { return };
        if !client.flags.contains(ClientFlags::REPLICA) {
            return;
        }
        let Some(replica) = &mut client.replica else { return };
        replica.ack_offset = replica.ack_offset.max(offset);
        replica.ack_at = now.mono;
        self.replication.acked = true;
        if matches!(replica.phase, Phase::Loading) {
            if planted("sync-drops-tail") {
                replica.held = 0;
            }
            replica.phase = Phase::Online;
            let text = format!("Synchronization with replica {} succeeded", name(client));
            self.pump_stream(link);
            self.out.log(LogLevel::Notice, text);
        }
    }

    /// Asks all replicas how far they are before the turn ends.
    pub(crate) fn ask_for_acks(&mut self) {
        self.replication.want_acks = true;
    }

    /// What replication does at the end of a turn.
    pub(crate) fn replication_before_sleep(&mut self, now: Now) {
        self.advance_role_handover(now);
        // A paused master hands over: its offset must stand still.
        if self.replication.want_acks && !self.pause.is_active(now) {
            self.replication.want_acks = false;
            self.feed_plain(now, &[b"REPLCONF", b"GETACK", b"*"]);
        }
        if std::mem::take(&mut self.replication.sync_now) {
            self.start_full_syncs(now);
        }
        if std::mem::take(&mut self.replication.acked) {
            self.answer_waits(now);
            self.check_shutdown(now);
        }
    }

    /// Carries out the `CLUSTER SETSLOT … TIMEOUT` of which all replicas have heard.
    fn answer_set_slots(&mut self, now: Now) {
        let heard = |wait: &Wait| match wait {
            Wait::SetSlot { count, offset, args } => {
                (self.replicas_acknowledged(*offset) >= *count).then(|| args.clone())
            }
            _ => None,
        };
        let done: Vec<_> = self
            .links
            .clients()
            .filter_map(|c| Some((c.link, heard(&c.blocked.as_ref()?.wait)?)))
            .collect();
        for (link, args) in done {
            self.unblock(link);
            let Some(client) = self.links.client(link) else { continue };
            let mut reply = client.empty_reply();
            let words: Vec<&[u8]> = args.iter().map(Vec::as_slice).collect();
            self.execute(now, link, &words, &mut reply);
            self.tell(link, |out| out.raw(reply.as_bytes()));
            self.process_client(now, link);
        }
    }

    /// Answers those whose WAIT is fulfilled (`processClientsWaitingReplicas`).
    fn answer_waits(&mut self, now: Now) {
        let mut done = Vec::new();
        for client in self.links.clients() {
            let Some(blocked) = &client.blocked else { continue };
            if let Wait::Replicas { count, offset } = blocked.wait {
                let have = self.replicas_acknowledged(offset);
                if have >= count {
                    done.push((client.link, have));
                }
            }
        }
        self.answer_set_slots(now);
        for (link, have) in done {
            self.unblock(link);
            self.tell(link, |reply| reply.int(have as i64));
            self.process_client(now, link);
        }
    }
}
