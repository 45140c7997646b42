//! A healed cluster converges: every node serves and knows every other, all agree on who owns each
//! slot, nobody is held for failing, no slot is on its way, and every replica is in step with a
//! master.

use engine_base::Slot;
use engine_node::ClusterView;

/// Why the nodes do not agree yet; `None` when they do.
pub(crate) fn disagreement(views: &[ClusterView], nodes: usize) -> Option<String> {
    if views.len() != nodes {
        return Some(format!("{} of {nodes} nodes run", views.len()));
    }
    let first = views.first()?;
    for view in views {
        if let Some(why) = trouble_at(view, views) {
            return Some(why);
        }
        for slot in Slot::all() {
            let (a, b) = (owner(first, slot), owner(view, slot));
            if a != b || a.is_none() {
                return Some(format!(
                    "{} says that {slot} is {b:?}'s, {} says {a:?}",
                    view.id, first.id
                ));
            }
        }
    }
    None
}

fn owner(view: &ClusterView, slot: Slot) -> Option<engine_base::NodeId> {
    view.owner(slot).map(|peer| peer.id)
}

fn trouble_at(view: &ClusterView, views: &[ClusterView]) -> Option<String> {
    let me = view.myself()?;
    if !view.ok {
        return Some(format!("{} says cluster_state:fail", view.id));
    }
    if let Some(peer) = view.peers.iter().find(|peer| peer.fail || peer.pfail) {
        return Some(format!("{} holds {} for failing", view.id, peer.id));
    }
    for other in views {
        if !view.peers.iter().any(|peer| peer.id == other.id) {
            return Some(format!("{} does not know {}", view.id, other.id));
        }
    }
    if let Some(peer) = view.peers.iter().find(|peer| !views.iter().any(|v| v.id == peer.id)) {
        return Some(format!("{} knows {}, who is nobody", view.id, peer.id));
    }
    if let Some((slot, _)) = view.migrating.iter().chain(&view.importing).next() {
        return Some(format!("{} has {slot} on its way", view.id));
    }
    let Some(master) = me.master.filter(|_| me.is_replica) else {
        return me.is_replica.then(|| format!("{} follows nobody", view.id));
    };
    let leads =
        views.iter().filter_map(ClusterView::myself).any(|p| p.id == master && !p.is_replica);
    (!leads).then(|| format!("{} follows {master}, who is no master", view.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_base::{NodeId, SlotSet};
    use engine_node::PeerView;

    fn peer(name: u8, slots: SlotSet) -> PeerView {
        PeerView {
            id: NodeId::from_wire([name; 40]),
            ip: "10.0.0.1".to_owned(),
            port: 6380,
            bus_port: 16380,
            is_replica: false,
            master: None,
            pfail: false,
            fail: false,
            handshake: false,
            noaddr: false,
            config_epoch: 1,
            slots,
            ping_sent: 0,
            pong_received: 0,
            connected: true,
            failure_reports: Vec::new(),
            repl_offset: 0,
        }
    }

    fn view(of: u8, split: u16) -> ClusterView {
        let half = |range: std::ops::Range<u16>| range.filter_map(Slot::new).collect::<SlotSet>();
        ClusterView {
            id: NodeId::from_wire([of; 40]),
            ok: true,
            current_epoch: 1,
            last_vote_epoch: 0,
            size: 2,
            peers: vec![peer(b'a', half(0..split)), peer(b'b', half(split..16384))],
            migrating: Vec::new(),
            importing: Vec::new(),
        }
    }

    #[test]
    fn every_kind_of_disagreement_is_seen() {
        let good = [view(b'a', 8000), view(b'b', 8000)];
        assert_eq!(disagreement(&good, 2), None);
        assert!(disagreement(&good, 3).is_some(), "one does not run");
        assert!(disagreement(&[view(b'a', 8000), view(b'b', 8001)], 2).is_some(), "whose is 8000?");
        let broken = |change: fn(&mut ClusterView)| {
            let mut bad = view(b'b', 8000);
            change(&mut bad);
            disagreement(&[view(b'a', 8000), bad], 2)
        };
        assert!(broken(|v| v.ok = false).is_some());
        assert!(broken(|v| v.peers[0].fail = true).is_some());
        assert!(broken(|v| v.peers[0].pfail = true).is_some());
        assert!(broken(|v| drop(v.peers.remove(0))).is_some());
        assert!(broken(|v| v.peers.push(peer(b'c', SlotSet::default()))).is_some());
        assert!(broken(|v| v.importing.extend(Slot::new(9).map(|s| (s, v.id)))).is_some());
        assert!(broken(|v| v.peers[1].is_replica = true).is_some());
    }
}
