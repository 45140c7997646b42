//! Published messages on the bus: to every node, or to this node's own shard.

use bytes::Bytes;
use engine_bus::{MessageType, View};

use super::cx::{ClusterCx, Effect};
use super::state::ClusterState;

impl ClusterState {
    /// A message came in for this node's subscribers.
    pub(super) fn published(&mut self, view: &View<'_>) {
        let Some((channel, message)) = view.published() else { return };
        let sharded = view.kind() == MessageType::PublishShard;
        let (channel, message) = (channel.to_vec(), message.to_vec());
        self.out.push(Effect::Publish { channel, message, sharded });
    }

    /// Passes a client's message on (`clusterPropagatePublish`): PUBLISH to every node, SPUBLISH
    /// to the master and the replicas of this shard.
    pub(crate) fn publish(
        &mut self,
        cx: &ClusterCx<'_>,
        channel: &[u8],
        message: &[u8],
        sharded: bool,
    ) {
        if self.nodes.len() == 1 {
            return;
        }
        let kind = if sharded { MessageType::PublishShard } else { MessageType::Publish };
        let len = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes();
        let mut body = Vec::with_capacity(8 + channel.len() + message.len());
        body.extend_from_slice(&len(channel));
        body.extend_from_slice(&len(message));
        body.extend_from_slice(channel);
        body.extend_from_slice(message);
        let packet = self.packet(kind, &self.header(cx), &body);
        if sharded {
            self.send_to_shard(kind, &packet);
        } else {
            self.broadcast(kind, &packet);
        }
    }

    fn send_to_shard(&mut self, kind: MessageType, packet: &Bytes) {
        let me = self.me();
        let Some(primary) = (if me.is_master() { Some(self.myself) } else { me.master }) else {
            return;
        };
        let replicas = self.nodes[primary].replicas.clone();
        for ix in core::iter::once(primary).chain(replicas) {
            let node = &self.nodes[ix];
            if ix == self.myself || node.in_handshake() {
                continue;
            }
            if let Some(link) = node.link() {
                self.send(link, kind, packet.clone());
            }
        }
    }
}
