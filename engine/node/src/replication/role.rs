//! Becoming a replica, becoming a master.

use engine_base::Now;

use super::LinkState;
use crate::Node;
use crate::api::LogLevel;
use crate::client::Wait;

impl Node {
    /// Makes this node a replica of the master at `host`:`port` (`replicationSetMaster`).
    pub(crate) fn follow(&mut self, now: Now, host: &str, port: u16) {
        let was_master = self.replication.master.is_none();
        self.drop_master_link(now);
        self.replication.master = Some((host.to_owned(), port));
        let _ = self.set_oom_score();
        // `CONFIG REWRITE` writes it down, so that the next start follows the same master.
        self.config.replicaof.0.clone_from(&self.replication.master);
        self.disconnect_blocked();
        if was_master {
            self.out.log(LogLevel::Notice, super::SYNTHESIZED);
            self.replication.need_backlog();
            self.replication.cached = true;
            self.replication.stream_db = self.replication.selected.unwrap_or(0);
        }
        self.replication.state = LinkState::Connect;
        self.out.log(LogLevel::Notice, format!("Connecting to MASTER {host}:{port}"));
        self.connect_with_master(now);
    }

    /// Makes this node a master (`replicationUnsetMaster`).
    pub(crate) fn stop_following(&mut self, now: Now) {
        if self.replication.master.take().is_none() {
            return;
        }
        self.config.replicaof.0 = None;
        let _ = self.set_oom_score();
        self.drop_master_link(now);
        self.replication.shift_id();
        let (id2, until, id) = (
            super::id_text(&self.replication.id2),
            self.replication.second_offset,
            super::id_text(&self.replication.id),
        );
        self.out.log(
            LogLevel::Warning,
            format!(
                "Setting secondary replication ID to {id2}, valid up to offset: {until}. New \
                 replication ID is {id}"
            ),
        );
        // They come back at once and go on with the new id.
        self.disconnect_replicas(now);
        self.replication.state = LinkState::Connect;
        self.replication.cached = false;
        self.replication.selected = None;
        self.replication.no_replicas_since = now.mono;
        self.replication.down_since = None;
    }

    /// Follows the directive `replicaof` at start.
    pub(crate) fn boot_replication(&mut self, now: Now) {
        self.replication.no_replicas_since = now.mono;
        self.replication.last_io = now.mono;
        if let Some(master) = self.config.replicaof.0.clone() {
            self.replication.master = Some(master);
            self.replication.state = LinkState::Connect;
        }
    }

    /// Lets the link to the master go, with whatever was under way on it.
    pub(super) fn drop_master_link(&mut self, now: Now) {
        let Some(link) = self.replication.link.take() else { return };
        self.abandon_received_file();
        self.abandon_load();
        self.keep_stream_state(link);
        if self.replication.state == LinkState::Connected {
            self.replication.down_since = Some(now.mono);
        }
        self.hang_up(link);
    }

    /// All replicas must connect again (`disconnectSlaves`).
    pub(super) fn disconnect_replicas(&mut self, now: Now) {
        for link in std::mem::take(&mut self.replication.replicas) {
            self.free_client(now, link);
            self.out.push(crate::api::Action::Close { link, mode: crate::api::CloseMode::Now });
        }
    }

    /// Who waits at a master would wait in vain at a replica (`disconnectAllBlockedClients`).
    fn disconnect_blocked(&mut self) {
        let waiting: Vec<_> = self
            .links
            .clients()
            .filter(|c| {
                c.blocked.as_ref().is_some_and(|b| {
                    matches!(b.wait, Wait::Keys(_) | Wait::Replicas { .. } | Wait::SetSlot { .. })
                })
            })
            .map(|c| c.link)
            .collect();
        for link in waiting {
            self.tell(link, |reply| {
                reply.error(
                    "UNBLOCKED force unblock from blocking operation, instance state changed \
                     (master -> replica?)",
                );
            });
            // Whoever is on his way out is told nothing more.
            if let Some(client) = self.links.client_mut(link) {
                client.flags.insert(crate::client::ClientFlags::CLOSE_AFTER_REPLY);
            }
        }
    }
}
