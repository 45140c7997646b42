//! The packets that this node sends (`clusterBuildMessageHdr` and the `clusterSend*` functions).

use bytes::Bytes;
use engine_base::LinkId;
use engine_bus::header::finish;
use engine_bus::layout::{body, gossip, header};
use engine_bus::{GossipEntry, Header, IpText, MessageFlags, MessageType, NodeFlags};

use super::cx::ClusterCx;
use super::state::ClusterState;
use super::table::NodeIx;

impl ClusterState {
    /// What every packet says about this node. A replica sends its master's slots and epoch.
    pub(super) fn header(&self, cx: &ClusterCx<'_>) -> Header {
        let me = self.me();
        let shown = match me.master {
            Some(master) if me.is_replica() => &self.nodes[master],
            _ => me,
        };
        let mut header = Header::new(me.id);
        header.port = cx.config.announced_port();
        header.cport = cx.config.announced_bus_port();
        header.current_epoch = self.current_epoch;
        header.config_epoch = shown.config_epoch;
        header.offset = cx.inputs.repl_offset;
        header.slots = shown.slots();
        header.master = me.master.map(|master| self.nodes[master].id);
        header.ip = IpText::from_text(cx.config.announce_ip.as_bytes());
        header.flags = me.flags | self.own_abilities(cx);
        header.state = u8::from(!self.ok);
        if me.is_master() && self.manual.end.is_some() {
            header.mflags |= MessageFlags::PAUSED;
        }
        header
    }

    /// A packet with nothing but a header, or with `body` behind it.
    pub(super) fn packet(&self, kind: MessageType, header: &Header, body: &[u8]) -> Bytes {
        let mut out = Vec::with_capacity(header::LEN + body.len());
        header.write(kind, &mut out);
        out.extend_from_slice(body);
        finish(&mut out, 0);
        out.into()
    }

    /// Sends PING, PONG or MEET with gossip about others (`clusterSendPing`).
    pub(super) fn send_heartbeat(
        &mut self,
        now: i64,
        cx: &ClusterCx<'_>,
        link: LinkId,
        kind: MessageType,
    ) {
        self.heartbeats += 1;
        let Some(bus) = self.links.get(&link) else { return };
        if kind == MessageType::Ping
            && !bus.inbound
            && let Some(ix) = bus.node
        {
            self.nodes.timed(ix).ping_sent = now;
        }
        let mut header = self.header(cx);
        let extensions = self.own_extensions(now, cx, link, &mut header);
        let chosen = self.choose_gossip();
        let mut out = Vec::with_capacity(header::LEN + chosen.len() * gossip::LEN);
        header.count = u16::try_from(chosen.len()).unwrap_or(u16::MAX);
        header.write(kind, &mut out);
        out.resize(header::LEN + usize::from(header.count) * gossip::LEN, 0);
        let places = out[header::LEN..].as_chunks_mut::<{ gossip::LEN }>().0;
        for (ix, place) in chosen.iter().zip(places) {
            self.gossip_entry(*ix).put(place);
        }
        extensions.iter().for_each(|extension| extension.write(&mut out));
        finish(&mut out, 0);
        self.send(link, kind, out.into());
    }

    /// What is said about a node (`clusterSetGossipEntry`): times in seconds.
    fn gossip_entry(&self, ix: NodeIx) -> GossipEntry {
        let node = &self.nodes[ix];
        GossipEntry {
            id: node.id,
            ping_sent: (node.ping_sent / 1000) as u32,
            pong_received: (node.pong_received / 1000) as u32,
            ip: node.ip,
            port: node.port,
            cport: node.cport,
            flags: node.flags,
            pport: node.pport,
            notused: 0,
        }
    }

    /// Sends a PONG to every node that is no stranger, or only to this shard's replicas
    /// (`clusterBroadcastPong`): news that should not wait for the next ping.
    pub(crate) fn broadcast_pong(&mut self, now: i64, cx: &ClusterCx<'_>, local_replicas: bool) {
        for i in 0..self.nodes.len() {
            let Some(ix) = self.nodes.at(i) else { break };
            let node = &self.nodes[ix];
            let Some(link) = node.link() else { continue };
            if ix == self.myself || node.in_handshake() {
                continue;
            }
            if local_replicas {
                let same = |master| master == self.myself || Some(master) == self.me().master;
                if !node.is_replica() || !node.master.is_some_and(same) {
                    continue;
                }
            }
            self.send_heartbeat(now, cx, link, MessageType::Pong);
        }
    }

    /// Tells every node that one has failed (`clusterSendFail`).
    pub(super) fn broadcast_fail(&mut self, cx: &ClusterCx<'_>, failed: NodeIx) {
        let id = self.nodes[failed].id;
        let packet = self.packet(MessageType::Fail, &self.header(cx), id.as_bytes());
        self.broadcast(MessageType::Fail, &packet);
    }

    /// Tells a peer what it has missed about `about` (`clusterSendUpdate`); slots that their
    /// owner no longer claims are left out.
    pub(super) fn send_update(&mut self, cx: &ClusterCx<'_>, link: LinkId, about: NodeIx) {
        let node = &self.nodes[about];
        let mut slots = node.slots();
        for slot in self.unclaimed.iter() {
            slots.remove(slot);
        }
        let mut body = Vec::with_capacity(body::UPDATE_LEN);
        body.extend_from_slice(&node.config_epoch.to_be_bytes());
        body.extend_from_slice(node.id.as_bytes());
        slots.write_wire(&mut body);
        let packet = self.packet(MessageType::Update, &self.header(cx), &body);
        self.send(link, MessageType::Update, packet);
    }

    /// Asks every node for its vote (`clusterRequestFailoverAuth`); in a manual failover also
    /// those who see the master well.
    pub(super) fn request_votes(&mut self, cx: &ClusterCx<'_>) {
        let mut header = self.header(cx);
        if self.manual.end.is_some() {
            header.mflags |= MessageFlags::FORCEACK;
        }
        let packet = self.packet(MessageType::AuthRequest, &header, &[]);
        self.broadcast(MessageType::AuthRequest, &packet);
    }

    /// Sends a packet that is all header to a node, when there is a link to it.
    pub(super) fn send_bare(&mut self, cx: &ClusterCx<'_>, to: NodeIx, kind: MessageType) {
        let Some(link) = self.nodes[to].link() else { return };
        let packet = self.packet(kind, &self.header(cx), &[]);
        self.send(link, kind, packet);
    }

    /// Whether gossip may tell of a node: it has an address, is no stranger, and is linked or has
    /// slots.
    pub(super) fn worth_telling(&self, ix: NodeIx) -> bool {
        let node = &self.nodes[ix];
        !node.flags.intersects(NodeFlags::HANDSHAKE | NodeFlags::NOADDR)
            && (node.is_linked() || node.slot_count > 0)
    }
}
