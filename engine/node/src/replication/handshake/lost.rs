//! The link to the master is gone.

use engine_base::{LinkId, Now};

use super::Stage;
use crate::Node;
use crate::api::LogLevel;
use crate::event::EventKind;
use crate::links::Link;
use crate::replication::LinkState;

impl Node {
    /// The exchange failed: another try comes with the next tick.
    pub(in super::super) fn master_failed(&mut self, now: Now) {
        self.drop_master_link(now);
        self.replication.state = LinkState::Connect;
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
            LinkState::Transfer => {
                self.out.log(
                    LogLevel::Warning,
                    "I/O error trying to sync with MASTER: connection lost",
                );
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
