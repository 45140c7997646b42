//! A node in the middle of its life: a driver that begins a large cluster at once gives its nodes the
//! bus links that they would have opened, and what their peers would have said on them.

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use engine_base::{LinkId, NodeId, Now};

use crate::Node;

/// So long does a master that begins in the middle of its life not wait for more replicas, in
/// milliseconds: all of them come at once.
const EAGER_MS: u64 = 5000;

impl Node {
    /// The peers that this node would dial in its next tick, and their bus addresses.
    #[must_use]
    pub fn unlinked_peers(&self) -> Vec<(NodeId, SocketAddr)> {
        self.cluster.as_ref().map(|cluster| cluster.unlinked()).unwrap_or_default()
    }

    /// The link from this node to a peer is up, `local` being its end here, and the peer answered a
    /// ping `age_ms` milliseconds ago. Gives the link's name; `None` when there is no such peer, or a
    /// link to it already. No packet is sent and no event told.
    pub fn plant_bus_link(
        &mut self,
        now: Now,
        peer: &NodeId,
        local: IpAddr,
        age_ms: i64,
    ) -> Option<LinkId> {
        self.with_cluster(now, |cluster, cx| cluster.plant_outbound(now, cx, peer, local, age_ms))?
    }

    /// What this node says of itself on one of its bus links, for [`Node::hear_planted`].
    pub fn own_words(&mut self, now: Now, link: LinkId) -> Option<Bytes> {
        self.with_cluster(now, |cluster, cx| cluster.own_words(now, cx, link))
    }

    /// On a link that a peer opened, already accepted, the peer has said this ([`Node::own_words`]).
    /// It is learnt as from a packet; none is counted, and none goes out.
    pub fn hear_planted(&mut self, now: Now, link: LinkId, words: &[u8]) {
        self.with_cluster(now, |cluster, cx| cluster.plant_heard(now, cx, link, words));
    }

    /// This process has been up for long: it need not wait before it looks at the state of its cluster,
    /// and does so now; a replica begins to follow its master, and a master does not wait, for a few
    /// seconds, for more replicas before it gives its data to the first.
    pub fn plant_age(&mut self, now: Now) {
        self.with_cluster(now, |cluster, cx| cluster.plant_age(now.unix.0, cx));
        self.replication.eager_until = now.mono.plus_ms(EAGER_MS);
        self.end_turn(now);
    }
}
