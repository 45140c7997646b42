//! Who is there: handshakes, addresses, roles in the table, and being forgotten.

use std::net::IpAddr;

use engine_base::{LinkId, NodeId};
use engine_bus::{IpText, MessageType, NodeFlags, View};
use thiserror::Error;

use super::cx::{ClusterCx, Effect};
use super::gossip::is_valid_id;
use super::node::ClusterNode;
use super::state::ClusterState;
use super::table::NodeIx;
use crate::api::LogLevel;
use crate::event::EventKind;

/// Why a handshake does not begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum MeetError {
    /// The address is no IP address, or a port is none.
    #[error("Invalid node address specified")]
    Invalid,
    /// One with that address is going on already.
    #[error("a handshake with that address is in progress")]
    InProgress,
}

impl ClusterState {
    /// Begins a handshake with an address (`CLUSTER MEET`, `clusterStartHandshake`).
    pub(crate) fn meet(
        &mut self,
        now: i64,
        ip: &str,
        port: i64,
        cport: i64,
    ) -> Result<(), MeetError> {
        let ip: IpAddr = ip.parse().map_err(|_| MeetError::Invalid)?;
        let valid = |port: i64| u16::try_from(port).ok().filter(|port| *port != 0);
        let (Some(port), Some(cport)) = (valid(port), valid(cport)) else {
            return Err(MeetError::Invalid);
        };
        let text = IpText::from_ip(ip);
        let going_on = |node: &ClusterNode| {
            node.in_handshake() && node.ip == text && node.port == port && node.cport == cport
        };
        if self.nodes.iter().any(|(_, node)| going_on(node)) {
            return Err(MeetError::InProgress);
        }
        self.add_stranger(now, text, (port, 0, cport), NodeFlags::MEET);
        self.out.event(EventKind::HandshakeStarted { to: (ip, port).into() });
        Ok(())
    }

    /// Takes in a node whose id is not known yet, under a random one.
    fn add_stranger(
        &mut self,
        now: i64,
        ip: IpText,
        (port, pport, cport): (u16, u16, u16),
        flags: NodeFlags,
    ) {
        let id = NodeId::from_wire(self.rng.hex40());
        let mut node = ClusterNode::new(id, NodeFlags::HANDSHAKE | flags, now);
        (node.ip, node.port, node.pport, node.cport) = (ip, port, pport, cport);
        self.nodes.insert(node);
    }

    /// A stranger asks to be taken in: this node shakes hands with it in turn.
    pub(super) fn met_by_stranger(&mut self, now: i64, link: LinkId, view: &View<'_>) {
        let Some(ip) = self.peer_address(link, view) else { return };
        let ports = (view.port(), view.pport(), view.cport());
        self.add_stranger(now, ip, ports, NodeFlags::empty());
        self.save_later();
    }

    /// The address that a peer announces, else the one it talks from (`nodeIp2String`).
    fn peer_address(&self, link: LinkId, view: &View<'_>) -> Option<IpText> {
        let announced = view.ip();
        if announced.is_empty() {
            self.links.get(&link)?.peer.map(|ip| IpText::from_ip(ip.to_canonical()))
        } else {
            Some(IpText::from_text(announced.text()))
        }
    }

    /// The first answer on a link to a stranger: it gets its real id, or, when that is known
    /// already, the stranger's place is given up. `false` when the link is gone with it.
    pub(super) fn finish_handshake(
        &mut self,
        stranger: NodeIx,
        sender: Option<NodeIx>,
        link: LinkId,
        view: &View<'_>,
    ) -> bool {
        if let Some(sender) = sender {
            let id = self.nodes[sender].id;
            let text =
                format!("Handshake: we already know node {id}, updating the address if needed.");
            self.out.log(LogLevel::Verbose, text);
            if self.update_address(sender, link, view) {
                self.save_later();
                self.update_later();
            }
            self.remove_node(stranger);
            return false;
        }
        let id = view.sender();
        if !is_valid_id(&id) || !self.nodes.rename(stranger, id) {
            self.remove_node(stranger);
            return false;
        }
        let node = &mut self.nodes[stranger];
        node.set_shard(id, false);
        node.flags.remove(NodeFlags::HANDSHAKE);
        node.flags |= view.flags() & (NodeFlags::MASTER | NodeFlags::SLAVE);
        self.out.event(EventKind::HandshakeDone { id });
        self.out.event(EventKind::NodeAdded { id, told_by: None });
        self.out.event(EventKind::BusLinkUp { id });
        self.save_later();
        true
    }

    /// Somebody else answers where a node should be: its address is not known any more.
    pub(super) fn lose_address(&mut self, ix: NodeIx, link: LinkId) {
        let node = &mut self.nodes[ix];
        node.flags.insert(NodeFlags::NOADDR);
        node.ip = IpText::EMPTY;
        (node.port, node.pport, node.cport) = (0, 0, 0);
        self.close_link(link);
        self.save_later();
    }

    /// A node talks from a new address, or announces one (`nodeUpdateAddressIfNeeded`): the link
    /// to the old one is closed; a replica follows its master there. `true` when it was new.
    pub(super) fn update_address(&mut self, ix: NodeIx, link: LinkId, view: &View<'_>) -> bool {
        if self.nodes[ix].link() == Some(link) {
            return false;
        }
        let Some(ip) = self.peer_address(link, view) else { return false };
        let node = &self.nodes[ix];
        let ports = (view.port(), view.pport(), view.cport());
        if (node.port, node.pport, node.cport) == ports && node.ip.text() == ip.text() {
            return false;
        }
        let node = &mut self.nodes[ix];
        (node.port, node.pport, node.cport) = ports;
        node.ip = ip;
        node.flags.remove(NodeFlags::NOADDR);
        let text = format!("Address updated for node {}, now {ip}:{}", node.id, node.port);
        if let Some(old) = node.link() {
            self.close_link(old);
        }
        self.out.log(LogLevel::Warning, text);
        if self.me().is_replica() && self.me().master == Some(ix) {
            self.follow(ix);
        }
        true
    }

    /// This node learns its own address from the socket on which it is met
    /// (`clusterProcessPacket`), unless one is announced.
    pub(super) fn learn_own_address(
        &mut self,
        cx: &ClusterCx<'_>,
        link: LinkId,
        kind: MessageType,
    ) {
        if !cx.config.announce_ip.is_empty()
            || (kind != MessageType::Meet && !self.me().ip.is_empty())
        {
            return;
        }
        let Some(local) = self.links.get(&link).and_then(|bus| bus.local) else { return };
        let ip = IpText::from_ip(local.to_canonical());
        if ip != self.me().ip {
            self.me_mut().ip = ip;
            let text = format!("IP address for this node updated to {ip}");
            self.out.log(LogLevel::Warning, text);
            self.save_later();
        }
    }

    /// Replication follows a node.
    pub(super) fn follow(&mut self, master: NodeIx) {
        let node = &self.nodes[master];
        self.out.push(Effect::Follow { ip: node.ip.to_string(), port: node.port });
    }

    /// Adds a replica to a master's list (`clusterNodeAddSlave`).
    pub(super) fn add_replica(&mut self, master: NodeIx, replica: NodeIx) {
        let node = &mut self.nodes[master];
        if !node.replicas.contains(&replica) {
            node.replicas.push(replica);
            node.flags.insert(NodeFlags::MIGRATE_TO);
        }
        // A replica keeps its shard when it takes its master's place.
        let (shard, told) = (node.shard(), node.shard_told);
        self.nodes[replica].set_shard(shard, told);
    }

    /// Takes a replica off a master's list (`clusterNodeRemoveSlave`).
    pub(super) fn remove_replica(&mut self, master: NodeIx, replica: NodeIx) {
        let node = &mut self.nodes[master];
        let Some(at) = node.replicas.iter().position(|ix| *ix == replica) else { return };
        node.replicas.remove(at);
        if node.replicas.is_empty() {
            node.flags.remove(NodeFlags::MIGRATE_TO);
        }
    }

    /// A replica is a master now (`clusterSetNodeAsMaster`).
    pub(super) fn set_as_master(&mut self, ix: NodeIx) {
        if self.nodes[ix].is_master() {
            return;
        }
        if let Some(master) = self.nodes[ix].master {
            self.remove_replica(master, ix);
            if ix != self.myself {
                self.nodes[ix].flags.insert(NodeFlags::MIGRATE_TO);
            }
        }
        let node = &mut self.nodes[ix];
        node.flags.remove(NodeFlags::SLAVE);
        node.flags.insert(NodeFlags::MASTER);
        node.former_master = node.master.take();
        let of = node.id;
        self.out.event(EventKind::Role { of, master: None });
        self.save_later();
        self.update_later();
    }

    /// This node becomes a replica of `master` (`clusterSetMaster`). It must have no slots.
    ///
    /// One that comes from another shard may not stand before it is in step: what it holds is not
    /// this master's. 7.0 lets it stand as long as its link to the old master is not down for too
    /// long, and its victory empties the shard; its peers agree with one that stays where it is.
    pub(crate) fn set_master(&mut self, master: NodeIx) {
        let me = self.myself;
        if master == me {
            return;
        }
        self.lost_by_master = engine_base::SlotSet::EMPTY;
        let same_shard =
            self.me().master.is_some() && self.nodes[master].former_master == self.me().master;
        if self.me().is_master() {
            self.me_mut().flags.remove(NodeFlags::MASTER | NodeFlags::MIGRATE_TO);
            self.me_mut().flags.insert(NodeFlags::SLAVE);
            self.close_all_slots();
        } else if let Some(old) = self.me().master {
            self.remove_replica(old, me);
        }
        self.me_mut().master = Some(master);
        self.add_replica(master, me);
        let (of, id) = (self.me().id, self.nodes[master].id);
        self.out.event(EventKind::Role { of, master: Some(id) });
        self.follow(master);
        if !same_shard {
            self.out.push(Effect::DataIsForeign);
        }
        self.reset_manual_failover();
    }

    /// A node says whose replica it is, or that it is a master (`clusterProcessPacket`).
    pub(super) fn learn_role(&mut self, ix: NodeIx, view: &View<'_>) {
        let Some(master_id) = view.master() else {
            self.set_as_master(ix);
            return;
        };
        if self.nodes[ix].is_master() {
            self.remove_all_slots(ix);
            let node = &mut self.nodes[ix];
            node.flags.remove(NodeFlags::MASTER | NodeFlags::MIGRATE_TO);
            node.flags.insert(NodeFlags::SLAVE);
            self.save_later();
            self.update_later();
        }
        let Some(master) = self.nodes.find(&master_id) else { return };
        if self.nodes[ix].master == Some(master) {
            return;
        }
        if let Some(old) = self.nodes[ix].master {
            self.remove_replica(old, ix);
        }
        self.add_replica(master, ix);
        self.nodes[ix].master = Some(master);
        let of = self.nodes[ix].id;
        self.out.event(EventKind::Role { of, master: Some(master_id) });
        self.save_later();
    }

    /// Removes a node and all that refers to it (`clusterDelNode`).
    pub(super) fn remove_node(&mut self, ix: NodeIx) {
        self.importing.retain(|_, from| *from != ix);
        self.migrating.retain(|_, to| *to != ix);
        self.remove_all_slots(ix);
        for i in 0..self.nodes.len() {
            let Some(other) = self.nodes.at(i) else { break };
            self.nodes[other].keep_reports(|by, _| by != ix);
        }
        for i in 0..self.nodes.len() {
            let Some(other) = self.nodes.at(i) else { break };
            if self.nodes[other].former_master == Some(ix) {
                self.nodes[other].former_master = None;
            }
        }
        for replica in core::mem::take(&mut self.nodes[ix].replicas) {
            self.nodes[replica].master = None;
        }
        if let Some(master) = self.nodes[ix].master {
            self.remove_replica(master, ix);
        }
        if self.manual.replica == Some(ix) {
            self.manual.replica = None;
        }
        let node = &self.nodes[ix];
        let (id, stranger) = (node.id, node.in_handshake());
        for link in [node.link(), node.inbound()].into_iter().flatten() {
            self.close_link(link);
        }
        self.nodes.remove(ix);
        if !stranger {
            self.out.event(EventKind::NodeRemoved { id });
        }
    }

    /// Forgets a node, which then does not come back by gossip for `ttl` seconds
    /// (`CLUSTER FORGET`: for `cluster-blacklist-ttl`).
    pub(crate) fn forget(&mut self, now: i64, ix: NodeIx, ttl: i64) {
        let secs = now.div_euclid(1000);
        self.blacklist.retain(|_, until| *until >= secs);
        self.blacklist.insert(self.nodes[ix].id, secs.saturating_add(ttl));
        self.remove_node(ix);
        self.update_later();
        self.save_later();
    }

    /// Whether a node was forgotten not long ago (`clusterBlacklistExists`).
    pub(super) fn is_blacklisted(&mut self, now: i64, id: &NodeId) -> bool {
        let secs = now.div_euclid(1000);
        self.blacklist.retain(|_, until| *until >= secs);
        self.blacklist.contains_key(id)
    }
}
