//! How clients come and go: `acceptCommonHandler`, `freeClient` and what is told to the driver.

use std::net::SocketAddr;

use engine_base::{LinkId, Now};

use crate::Node;
use crate::api::{Action, CloseMode, LogLevel};
use crate::client::{Client, ClientFlags};
use crate::links::Link;

/// What a client from another host is told in protected mode (`acceptCommonHandler`).
const DENIED: &str = "DENIED Redis is running in protected mode because protected mode is enabled \
and no password is set for the default user. In this mode connections are only accepted from the \
loopback interface. If you want to connect from external computers to Redis you may adopt one of \
the following solutions: 1) Just disable protected mode sending the command 'CONFIG SET \
protected-mode no' from the loopback interface by connecting to Redis from the same host the \
server is running, however MAKE SURE Redis is not publicly accessible from internet if you do so. \
Use CONFIG REWRITE to make this change permanent. 2) Alternatively you can just disable the \
protected mode by editing the Redis configuration file, and setting the protected mode option to \
'no', and then restarting the server. 3) If you started the server manually just for testing, \
restart it with the '--protected-mode no' option. 4) Setup a an authentication password for the \
default user. NOTE: You only need to do one of the above things in order for the server to start \
accepting connections from the outside.";

impl Node {
    /// A connection came in on the client port.
    pub(crate) fn accept_client(
        &mut self,
        now: Now,
        peer: SocketAddr,
        local: SocketAddr,
    ) -> LinkId {
        let id = self.next_client_id;
        self.next_client_id += 1;
        let link = self
            .links
            .insert(|link| Link::Client(Box::new(Client::new(link, id, peer, local, now.mono))));
        self.become_default_user(link);
        let open = self.acl.default_needs_no_password();
        if self.links.client_count() > self.config.maxclients {
            self.stats.rejected_connections += 1;
            self.turn_away(link, "ERR max number of clients reached");
        } else if self.config.protected_mode && open && !is_local(peer) {
            self.stats.rejected_connections += 1;
            self.turn_away(link, DENIED);
        } else {
            self.stats.connections_received += 1;
        }
        link
    }

    /// Tells a client why it cannot stay, and closes.
    fn turn_away(&mut self, link: LinkId, why: &str) {
        if let Some(client) = self.links.client_mut(link) {
            client.reply.error(why);
            client.flags.insert(ClientFlags::CLOSE_AFTER_REPLY);
        }
        self.announce_output(link);
    }

    /// Tells the driver that a client has something to flush, once.
    pub(crate) fn announce_output(&mut self, link: LinkId) {
        let Some(client) = self.links.client_mut(link) else { return };
        let waiting = client.unsent().len();
        if waiting > 0 && !client.flush_announced {
            client.flush_announced = true;
            self.out.push(Action::Flush { link });
        }
        self.note_output(link, waiting);
        self.weigh_client(link, 0);
    }

    /// Writes to a client outside of its own command: a published message, a late answer.
    pub(crate) fn tell(&mut self, link: LinkId, write: impl FnOnce(&mut engine_resp::Reply)) {
        let Some(client) = self.links.client_mut(link) else { return };
        if client.flags.contains(ClientFlags::CLOSE_AFTER_REPLY) {
            return;
        }
        write(&mut client.reply);
        self.announce_output(link);
    }

    /// Closes a client's link from this side, with what it still has to be told.
    pub(crate) fn close_client(&mut self, now: Now, link: LinkId) {
        self.free_client(now, link);
        self.out.push(Action::Close { link, mode: CloseMode::AfterFlush });
    }

    /// A client that sends more than `client-query-buffer-limit` bytes ahead of what can be run
    /// is closed (`readQueryFromClient`).
    pub(crate) fn limit_query(&mut self, now: Now, link: LinkId, came: u64) {
        let limit = self.config.client_query_buffer_limit;
        let unread = self.links.client(link).map_or(0, |c| c.query.len() as u64);
        if came.min(unread) > limit {
            self.out.log(LogLevel::Warning, "Closing client that reached max query buffer length");
            self.free_client(now, link);
            self.out.push(Action::Close { link, mode: CloseMode::Now });
        }
    }

    /// Forgets a client: its subscriptions, watched keys, waits and its part in replication.
    pub(crate) fn free_client(&mut self, now: Now, link: LinkId) {
        if self.links.client(link).is_none() || self.outlives_link(link) {
            return;
        }
        self.unblock(link);
        self.unwatch_all(link);
        self.pubsub_forget(link);
        self.stop_tracking(link);
        self.replica_gone(now, link);
        self.migrate_client_gone(link);
        self.import_client_gone(now, link);
        self.monitors.remove(&link);
        self.unweigh_client(link);
        self.links.remove(link);
    }
}

/// Whether the other end is this host itself (`connIsLocal`).
fn is_local(peer: SocketAddr) -> bool {
    peer.ip().to_canonical().is_loopback()
}
