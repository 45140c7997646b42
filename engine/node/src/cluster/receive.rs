//! What a packet changes (`clusterProcessPacket` in cluster.c), step by step.

use engine_base::{LinkId, Now};
use engine_bus::layout::header;
use engine_bus::{DecodeError, MessageType, NodeFlags, View};

use super::cx::ClusterCx;
use super::state::ClusterState;
use super::table::NodeIx;
use crate::api::LogLevel;

impl ClusterState {
    /// A whole frame came in on a link. Whatever is wrong with it, it is dropped and the link is
    /// kept.
    pub(super) fn packet_arrived(
        &mut self,
        now: Now,
        cx: &mut ClusterCx<'_>,
        link: LinkId,
        frame: &[u8],
    ) {
        let number = frame
            .get(header::TYPE..header::COUNT)
            .map_or(u16::MAX, |b| u16::from_be_bytes([b[0], b[1]]));
        let kind = MessageType::from_wire(number);
        if let Some(count) = kind.index().and_then(|i| self.received_by_type.get_mut(i)) {
            *count += 1;
        }
        if self.drop_filter == Some(number) {
            let text = "Dropping packet that matches debug drop filter";
            self.out.log(LogLevel::Warning, text);
            return;
        }
        match View::check(frame) {
            Ok(view) => self.process(now.unix.0, cx, link, &view),
            Err(error @ (DecodeError::Length { .. } | DecodeError::Extension { .. })) => {
                self.out.log(LogLevel::Warning, error.to_string());
            }
            Err(_) => {}
        }
    }

    /// What a packet says is learnt and answered.
    pub(super) fn process(
        &mut self,
        now: i64,
        cx: &mut ClusterCx<'_>,
        link: LinkId,
        view: &View<'_>,
    ) {
        let sender = self.sender_of(link, view);
        if let Some(sender) = sender {
            self.nodes.quietly(sender).data_received = now;
            if !self.nodes[sender].in_handshake() {
                self.learn_header(now, sender, view);
            }
        }
        let kind = view.kind();
        if kind.is_heartbeat() {
            self.heartbeat(now, cx, link, view, sender);
            return;
        }
        let Some(sender) = sender else {
            if let Some(about) = view.failed() {
                let from = view.sender();
                let text = format!("Ignoring FAIL message from unknown node {from} about {about}");
                self.out.log(LogLevel::Notice, text);
            }
            return;
        };
        match kind {
            MessageType::Fail => {
                if let Some(of) = view.failed().and_then(|id| self.nodes.find(&id)) {
                    self.told_failed(now, cx, sender, of);
                }
            }
            MessageType::Publish | MessageType::PublishShard => self.published(view),
            MessageType::AuthRequest => self.answer_vote_request(now, cx, sender, view),
            MessageType::AuthAck => self.count_vote(sender, view.current_epoch()),
            MessageType::MfStart => self.handover_requested(now, cx, link, sender),
            MessageType::Update => self.learn_update(cx, view),
            // There are no modules here.
            MessageType::Module => {}
            MessageType::Ping | MessageType::Pong | MessageType::Meet => {}
            MessageType::Unknown(number) => {
                let text = format!("Received unknown packet type: {number}");
                self.out.log(LogLevel::Warning, text);
            }
        }
    }

    /// Who speaks: the link's node, or, on a link to a stranger or of an unknown peer, the node
    /// whose id the packet has (`getNodeFromLinkAndMsg`).
    fn sender_of(&mut self, link: LinkId, view: &View<'_>) -> Option<NodeIx> {
        let by_link = self.links.get(&link)?.node;
        if let Some(ix) = by_link
            && !self.nodes[ix].in_handshake()
        {
            return Some(ix);
        }
        let sender = self.nodes.find(&view.sender())?;
        if by_link.is_none() {
            self.tie_inbound(sender, link);
        }
        Some(sender)
    }

    /// Every packet of a known node tells epochs and a replication offset.
    fn learn_header(&mut self, now: i64, sender: NodeIx, view: &View<'_>) {
        self.see_current_epoch(view.current_epoch());
        let epoch = view.config_epoch();
        if epoch > self.nodes[sender].config_epoch {
            self.set_config_epoch(sender, epoch);
            self.fsync_later();
        }
        let node = self.nodes.quietly(sender);
        node.repl_offset = view.offset();
        node.repl_offset_time = now;
        self.learn_paused_offset(sender, view);
    }

    /// PING, PONG and MEET.
    fn heartbeat(
        &mut self,
        now: i64,
        cx: &mut ClusterCx<'_>,
        link: LinkId,
        view: &View<'_>,
        sender: Option<NodeIx>,
    ) {
        let kind = view.kind();
        if matches!(kind, MessageType::Ping | MessageType::Meet) {
            self.learn_own_address(cx, link, kind);
            if sender.is_none() && kind == MessageType::Meet {
                self.met_by_stranger(now, link, view);
                // The one who was told to meet this node is trusted with what it tells.
                self.hear_gossip(now, cx, link, view);
            }
            self.send_heartbeat(now, cx, link, MessageType::Pong);
        }
        if !self.settle_identity(link, view, sender) {
            return;
        }
        if let Some(sender) = sender {
            let abstains = view.flags().contains(NodeFlags::NOFAILOVER);
            if self.nodes[sender].flags.contains(NodeFlags::NOFAILOVER) != abstains {
                self.nodes[sender].flags.set(NodeFlags::NOFAILOVER, abstains);
            }
            self.learn_abilities(cx, sender, link, view);
            let node = &self.nodes[sender];
            if kind == MessageType::Ping
                && !node.in_handshake()
                && self.update_address(sender, link, view)
            {
                self.save_later();
                self.update_later();
            }
        }
        if kind == MessageType::Pong
            && let Some(bus) = self.links.get(&link)
            && !bus.inbound
            && let Some(ix) = bus.node
        {
            self.answered(now, cx, ix);
        }
        if let Some(sender) = sender {
            self.learn_configuration(cx, sender, view);
            self.hear_gossip(now, cx, link, view);
            self.learn_extensions(now, sender, view);
        }
    }

    /// On a link that this node opened: is the one who answers who it should be? `false` when the
    /// link is gone.
    fn settle_identity(&mut self, link: LinkId, view: &View<'_>, sender: Option<NodeIx>) -> bool {
        let Some(bus) = self.links.get(&link) else { return false };
        let Some(ix) = bus.node.filter(|_| !bus.inbound) else { return true };
        if self.nodes[ix].in_handshake() {
            return self.finish_handshake(ix, sender, link, view);
        }
        if self.nodes[ix].id != view.sender() {
            self.lose_address(ix, link);
            return false;
        }
        true
    }

    /// Role, slots and epochs of the sender; it is corrected when it lies behind.
    fn learn_configuration(&mut self, cx: &mut ClusterCx<'_>, sender: NodeIx, view: &View<'_>) {
        self.learn_role(sender, view);
        let node = &self.nodes[sender];
        let master = if node.is_master() { Some(sender) } else { node.master };
        let is_master = node.is_master();
        let differs = master.is_some_and(|master| !self.nodes[master].is_claimed_by(view));
        if differs {
            let claimed = view.slots();
            if is_master {
                self.learn_slots(cx, sender, view.config_epoch(), &claimed);
            }
            self.correct_sender(cx, sender, view, &claimed);
        }
        if self.me().is_master()
            && self.nodes[sender].is_master()
            && view.config_epoch() == self.me().config_epoch
        {
            self.settle_collision(sender);
        }
    }

    /// UPDATE: a node serves slots under a newer epoch than this node knew.
    fn learn_update(&mut self, cx: &mut ClusterCx<'_>, view: &View<'_>) {
        let Some((epoch, id, slots)) = view.update() else { return };
        let Some(ix) = self.nodes.find(&id) else { return };
        if self.nodes[ix].config_epoch >= epoch {
            return;
        }
        if self.nodes[ix].is_replica() {
            self.set_as_master(ix);
        }
        self.set_config_epoch(ix, epoch);
        self.fsync_later();
        self.learn_slots(cx, ix, epoch, &slots);
    }
}
