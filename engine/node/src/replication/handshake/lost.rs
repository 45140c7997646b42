//! The link to the master is gone.

use engine_base::{LinkId, Now};

use super::Stage;
use crate::Node;
use crate::api::LogLevel;
use crate::event::EventKind;
use crate::links::Link;
use crate::replication::LinkState;

impl Node {
    /// The exchange failed before any data: another try comes with the next tick.
    pub(in super::super) fn master_failed(&mut self, now: Now) {
        self.drop_master_link(now);
        self.replication.state = LinkState::Connect;
    }

    /// The master was silent for too long, or what it sent could not be used: another try comes at
    /// once (`cancelReplicationHandshake`). Where that fails too, the next one comes with the next
    /// tick: a master that sends the same again would be asked without end.
    #[inline(never)]
    pub(in super::super) fn master_failed_late(&mut self, now: Now) {
        self.master_failed(now);
        let tick = Some(self.replication.ticks);
        if self.replication.retried != tick {
            self.replication.retried = tick;
            self.reconnect_after_failure(now);
        }
    }

    /// The link broke while data came: another try comes at once (`cancelReplicationHandshake`).
    #[inline(never)]
    fn reconnect_after_failure(&mut self, now: Now) {
        if let Some((host, port)) = self.replication.master.clone() {
            let text = format!("Reconnecting to MASTER {host}:{port} after failure");
            self.out.log(LogLevel::Notice, text);
            self.connect_with_master(now);
        }
    }

    /// The master closed the link, or it broke (`replicationHandleMasterDisconnection`).
    pub(crate) fn master_closed(&mut self, now: Now, link: LinkId) {
        if let Some(Link::Master(master)) = self.links.get_mut(link)
            && matches!(master.stage, Stage::Stored(..))
        {
            // All data is here: it is loaded, and then gone on with at the next link.
            master.closed = true;
            return;
        }
        self.keep_stream_state(link);
        let loaded = matches!(self.links.get(link), Some(Link::Master(master))
            if matches!(&master.stage, Stage::Payload(payload) if payload.is_loaded_as_it_comes()));
        self.links.remove(link);
        if self.replication.link != Some(link) {
            return;
        }
        self.abandon_received_file();
        self.abandon_load();
        self.replication.link = None;
        let state = std::mem::replace(&mut self.replication.state, LinkState::Connect);
        match state {
            LinkState::Connected => self.master_lost(now),
            LinkState::Transfer if loaded => {
                self.tell_short_read();
                self.reconnect_after_failure(now);
            }
            LinkState::Transfer => {
                self.out.log(
                    LogLevel::Warning,
                    "I/O error trying to sync with MASTER: connection lost",
                );
                self.reconnect_after_failure(now);
            }
            LinkState::Handshake => {
                self.out.log(
                    LogLevel::Warning,
                    "Failed to read response from the server: Connection lost",
                );
            }
            LinkState::Connect | LinkState::Connecting => {}
        }
    }

    /// The data ended before its end, while it was loaded from the link (`rdbReportReadError`).
    #[inline(never)]
    fn tell_short_read(&mut self) {
        for text in [
            "Internal error in RDB reading offset 0, function at rdb.c:3240 -> Unexpected EOF \
             reading RDB file. Failure loading rdb format from socket, assuming connection error, \
             resuming operation.",
            "Failed trying to load the MASTER synchronization DB from socket: connection lost",
        ] {
            self.out.log(LogLevel::Warning, text);
        }
    }

    /// `CLIENT KILL` of the link to the master: whether it was that one.
    pub(crate) fn cut_master_link(&mut self, now: Now, link: LinkId) -> bool {
        if self.replication.link != Some(link) {
            return false;
        }
        self.drop_master_link(now);
        self.master_lost(now);
        true
    }

    /// A link in step was lost: its place in the stream is kept, and a new one is tried at once.
    pub(in super::super) fn master_lost(&mut self, now: Now) {
        self.replication.down_since = Some(now.mono);
        self.replication.state = LinkState::Connect;
        self.out.log(LogLevel::Warning, "Connection with master lost.");
        self.out.log(LogLevel::Notice, "Caching the disconnected master state.");
        let offset = self.replication.offset;
        self.out.event(now, EventKind::ReplicaSync { step: "lost", offset });
        if let Some((host, port)) = self.replication.master.clone() {
            self.out.log(LogLevel::Notice, format!("Reconnecting to MASTER {host}:{port}"));
            self.connect_with_master(now);
        }
    }
}
