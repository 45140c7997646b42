//! Bus links: those that this node opens, one a peer, and those that peers open
//! (`clusterLink` in cluster.h).

use std::net::IpAddr;

use bytes::Bytes;
use engine_base::{LinkId, Now};
use engine_bus::{Frames, MessageType};

use super::cx::{ClusterCx, Effect};
use super::state::ClusterState;
use super::table::NodeIx;
use crate::api::{DialError, LogLevel};
use crate::event::EventKind;

/// One bus link.
#[derive(Clone, Debug)]
pub(crate) struct BusLink {
    /// The node at its other end; an inbound link does not know it before the first packet.
    pub(crate) node: Option<NodeIx>,
    /// Whether the peer opened it.
    pub(crate) inbound: bool,
    /// Unix milliseconds: when it was made.
    pub(crate) created: i64,
    /// Bytes queued and not yet sent by the driver.
    pub(crate) queued: usize,
    /// The other end's address, once it is up.
    pub(crate) peer: Option<IpAddr>,
    /// This end's address, once it is up.
    pub(crate) local: Option<IpAddr>,
    /// Whether it is up; an outbound link begins without.
    pub(crate) connected: bool,
    /// Whether the peer has shown on it that it takes ping extensions.
    pub(super) extensions: bool,
    /// Packets that wait for it to be up.
    #[allow(clippy::box_collection, reason = "a large cluster has thousands of links that are up")]
    waiting: Option<Box<Vec<Bytes>>>,
    frames: Frames,
}

impl BusLink {
    pub(super) fn new(node: Option<NodeIx>, created: i64) -> Self {
        Self {
            node,
            inbound: node.is_none(),
            created,
            queued: 0,
            peer: None,
            local: None,
            connected: false,
            extensions: false,
            waiting: None,
            frames: Frames::new(),
        }
    }
}

impl ClusterState {
    /// A peer opened a link to this node's bus port (`clusterConnAcceptHandler`).
    pub(crate) fn accepted(&mut self, now: Now, link: LinkId, peer: IpAddr, local: IpAddr) {
        let mut bus = BusLink::new(None, now.unix.0);
        (bus.peer, bus.local, bus.connected) = (Some(peer), Some(local), true);
        self.links.insert(link, bus);
    }

    /// Opens a link to a node; without an address that can be dialled it counts as a ping that is
    /// never answered, so that the node can be suspected (`clusterNodeCronHandleReconnect`).
    pub(super) fn connect(&mut self, now: i64, cx: &mut ClusterCx<'_>, ix: NodeIx) {
        let node = &mut self.nodes[ix];
        let Some(ip) = node.ip.ip() else {
            if node.ping_sent == 0 {
                node.ping_sent = now;
            }
            return;
        };
        let link = (cx.name_link)();
        node.set_link(Some(link));
        let to = (ip, node.cport).into();
        self.links.insert(link, BusLink::new(Some(ix), now));
        self.out.push(Effect::Dial { link, to });
    }

    /// A dial ended (`clusterLinkConnectHandler`): the first packet is a MEET to a stranger that
    /// an operator named, else a PING.
    pub(crate) fn dialed(
        &mut self,
        now: Now,
        cx: &mut ClusterCx<'_>,
        link: LinkId,
        done: Result<IpAddr, DialError>,
    ) {
        let Some(bus) = self.links.get_mut(&link) else { return };
        let Some(ix) = bus.node else { return };
        let local = match done {
            Ok(local) => local,
            Err(error) => {
                let node = &self.nodes[ix];
                let text = format!(
                    "Connection with Node {} at {}:{} failed: {error}",
                    node.id, node.ip, node.cport
                );
                self.out.log(LogLevel::Verbose, text);
                self.forget_link(link);
                let node = &mut self.nodes[ix];
                if cx.config.valkey9() && error == DialError::Refused && node.ping_sent == 0 {
                    // Ours: nobody listens there any more; the node timeout runs from now on,
                    // not from the next ping that would be due.
                    node.ping_sent = now.unix.0;
                }
                return;
            }
        };
        let node = &mut self.nodes[ix];
        (bus.local, bus.peer, bus.connected) = (Some(local), node.ip.ip(), true);
        for bytes in bus.waiting.take().into_iter().flat_map(|waiting| *waiting) {
            self.out.send(link, bytes);
        }
        let pinged = node.ping_sent;
        let meet = node.flags.contains(engine_bus::NodeFlags::MEET);
        let first = if meet { MessageType::Meet } else { MessageType::Ping };
        if !node.in_handshake() {
            let id = node.id;
            self.out.event(EventKind::BusLinkUp { id });
        }
        self.send_heartbeat(now.unix.0, cx, link, first);
        let node = &mut self.nodes[ix];
        if pinged != 0 {
            // An unanswered ping from before the link broke still counts from when it was sent.
            node.ping_sent = pinged;
        }
        node.flags.remove(engine_bus::NodeFlags::MEET);
    }

    /// Bytes came in on a bus link (`clusterReadHandler`).
    pub(crate) fn bytes(&mut self, now: Now, cx: &mut ClusterCx<'_>, link: LinkId, bytes: &[u8]) {
        let Some(bus) = self.links.get_mut(&link) else { return };
        let mut frames = core::mem::take(&mut bus.frames);
        let mut rest = bytes;
        loop {
            match frames.next(&mut rest) {
                Ok(Some(frame)) => {
                    self.packet_arrived(now, cx, link, &frame);
                    if !self.links.contains_key(&link) {
                        return;
                    }
                }
                Ok(None) => break,
                Err(bad) => {
                    self.out.log(LogLevel::Warning, bad.to_string());
                    self.close_link(link);
                    return;
                }
            }
        }
        if let Some(bus) = self.links.get_mut(&link) {
            bus.frames = frames;
        }
    }

    /// The peer closed a link, or it broke.
    pub(crate) fn closed(&mut self, link: LinkId) {
        self.forget_link(link);
    }

    /// The driver sent `n` bytes that were queued on a link.
    pub(crate) fn sent(&mut self, link: LinkId, n: usize) {
        if let Some(bus) = self.links.get_mut(&link) {
            bus.queued = bus.queued.saturating_sub(n);
        }
    }

    /// Closes a link from this side (`freeClusterLink`).
    pub(super) fn close_link(&mut self, link: LinkId) {
        if self.forget_link(link) {
            self.out.close(link);
        }
    }

    /// `DEBUG CLUSTERLINK KILL`: closes the link to a node, and the one from it; `false` when no
    /// node has that id.
    pub(crate) fn kill_links(&mut self, id: &[u8], to: bool, from: bool) -> bool {
        let Some(ix) = engine_base::NodeId::from_bytes(id).and_then(|id| self.nodes.find(&id))
        else {
            return false;
        };
        let node = &self.nodes[ix];
        let links = [node.link().filter(|_| to), node.inbound().filter(|_| from)];
        links.into_iter().flatten().for_each(|link| self.close_link(link));
        true
    }

    /// Takes a link out of the tables; `false` when it was not there.
    fn forget_link(&mut self, link: LinkId) -> bool {
        let Some(bus) = self.links.remove(&link) else { return false };
        let Some(ix) = bus.node else { return true };
        let node = &mut self.nodes[ix];
        if node.link() == Some(link) {
            node.set_link(None);
            if bus.connected && !node.in_handshake() {
                let id = node.id;
                self.out.event(EventKind::BusLinkDown { id });
            }
        } else if node.inbound() == Some(link) {
            node.set_inbound(None);
        }
        true
    }

    /// Ties an inbound link to the node that spoke on it; an older one of the same node goes
    /// (`setClusterNodeToInboundClusterLink`).
    pub(super) fn tie_inbound(&mut self, ix: NodeIx, link: LinkId) {
        if let Some(old) = self.nodes[ix].inbound() {
            self.close_link(old);
        }
        self.nodes[ix].set_inbound(Some(link));
        if let Some(bus) = self.links.get_mut(&link) {
            bus.node = Some(ix);
        }
    }

    /// Queues a packet on a link and counts it (`clusterSendMessage`).
    pub(super) fn send(&mut self, link: LinkId, kind: MessageType, bytes: Bytes) {
        let Some(bus) = self.links.get_mut(&link) else { return };
        if let Some(count) = kind.index().and_then(|i| self.sent_by_type.get_mut(i)) {
            *count += 1;
        }
        bus.queued += bytes.len();
        if bus.connected {
            self.out.send(link, bytes);
        } else {
            bus.waiting.get_or_insert_default().push(bytes);
        }
    }

    /// Queues a packet for every node that is no stranger (`clusterBroadcastMessage`).
    pub(super) fn broadcast(&mut self, kind: MessageType, bytes: &Bytes) {
        for i in 0..self.nodes.len() {
            let Some(ix) = self.nodes.at(i) else { break };
            let node = &self.nodes[ix];
            if node.is_myself() || node.in_handshake() {
                continue;
            }
            if let Some(link) = node.link() {
                self.send(link, kind, bytes.clone());
            }
        }
    }
}
