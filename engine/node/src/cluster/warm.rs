//! Bus links that are up from the beginning: what a node and its peers would know had they talked for
//! long. Nothing is sent; what a peer says of itself is learnt by the rules of a packet that came.

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use engine_base::{LinkId, NodeId, Now};
use engine_bus::header::finish;
use engine_bus::layout::header;
use engine_bus::{MessageType, NodeFlags, View};

use super::cx::ClusterCx;
use super::links::BusLink;
use super::state::ClusterState;

impl ClusterState {
    /// The peers that this node would dial in its next tick, and their bus addresses.
    pub(crate) fn unlinked(&self) -> Vec<(NodeId, SocketAddr)> {
        let passed = NodeFlags::MYSELF | NodeFlags::NOADDR | NodeFlags::HANDSHAKE;
        let nodes = self.nodes.iter().map(|(_, node)| node);
        let without = nodes.filter(|node| node.link().is_none() && !node.flags.intersects(passed));
        without.filter_map(|node| Some((node.id, (node.ip.ip()?, node.cport).into()))).collect()
    }

    /// The link that this node opened to a peer is up, and the peer answered `age_ms` ago. `None` when
    /// it has one already.
    pub(crate) fn plant_outbound(
        &mut self,
        now: Now,
        cx: &mut ClusterCx<'_>,
        id: &NodeId,
        local: IpAddr,
        age_ms: i64,
    ) -> Option<LinkId> {
        let ix = self.nodes.find(id).filter(|ix| self.nodes[*ix].link().is_none())?;
        let link = (cx.name_link)();
        let mut bus = BusLink::new(Some(ix), now.unix.0);
        (bus.peer, bus.local, bus.connected) = (self.nodes[ix].ip.ip(), Some(local), true);
        self.links.insert(link, bus);
        self.nodes[ix].set_link(Some(link));
        self.answered(now.unix.0, cx, ix);
        self.nodes[ix].pong_received = now.unix.0.saturating_sub(age_ms);
        Some(link)
    }

    /// What this node says of itself on that link: a PONG without gossip.
    pub(crate) fn own_words(&self, now: Now, cx: &ClusterCx<'_>, link: LinkId) -> Bytes {
        let mut head = self.header(cx);
        let extensions = self.own_extensions(now.unix.0, cx, link, &mut head);
        let mut out = Vec::with_capacity(header::LEN);
        head.write(MessageType::Pong, &mut out);
        extensions.iter().for_each(|extension| extension.write(&mut out));
        finish(&mut out, 0);
        out.into()
    }

    /// A peer has said this on a link that it opened to this node. It is not counted as received.
    pub(crate) fn plant_heard(
        &mut self,
        now: Now,
        cx: &mut ClusterCx<'_>,
        link: LinkId,
        words: &[u8],
    ) {
        let Ok(view) = View::check(words) else { return };
        // A replica's epoch is not in nodes.conf: the file that says so need not be written again.
        if let Some(ix) = self.nodes.find(&view.sender()) {
            let node = &mut self.nodes[ix];
            if node.is_replica() && node.config_epoch == 0 {
                node.config_epoch = view.config_epoch();
            }
        }
        self.process(now.unix.0, cx, link, &view);
    }
}
