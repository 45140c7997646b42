//! At most one master claims a slot under one config epoch (cluster specification, "Hash slots
//! configuration propagation and conflict resolution"). Two may claim it under different epochs
//! for a while; the larger epoch wins. An operator's TAKEOVER picks an epoch without asking
//! anybody: who did that is left out.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use engine_base::Mono;
use engine_node::{ClusterView, PeerView};

use super::Violation;

/// Looks at what every running master says of itself.
pub(crate) fn check(
    at: Mono,
    views: &[ClusterView],
    took_over: &BTreeSet<SocketAddr>,
) -> Result<(), Violation> {
    let masters: Vec<&PeerView> = views
        .iter()
        .filter_map(ClusterView::myself)
        .filter(|me| !me.is_replica && !me.slots.is_empty())
        .filter(|me| address(me).is_none_or(|addr| !took_over.contains(&addr)))
        .collect();
    for (i, a) in masters.iter().enumerate() {
        for b in &masters[i + 1..] {
            // Epochs of zero were never given out: a cluster formed by hand begins so.
            if a.config_epoch != b.config_epoch || a.config_epoch == 0 {
                continue;
            }
            if let Some(slot) = a.slots.iter().find(|slot| b.slots.contains(*slot)) {
                return Err(Violation {
                    rule: "one owner a slot and epoch",
                    at,
                    seen: format!(
                        "{}:{} and {}:{} both claim {slot} in epoch {}",
                        a.ip, a.port, b.ip, b.port, a.config_epoch
                    ),
                });
            }
        }
    }
    Ok(())
}

fn address(peer: &PeerView) -> Option<SocketAddr> {
    Some(SocketAddr::new(peer.ip.parse().ok()?, peer.port))
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_base::{NodeId, Slot, SlotSet};

    fn master(last: u8, epoch: u64, slots: std::ops::Range<u16>) -> ClusterView {
        let id = NodeId::from_wire([last; 40]);
        let me = PeerView {
            id,
            ip: format!("10.0.0.{last}"),
            port: 6380,
            bus_port: 16380,
            is_replica: false,
            master: None,
            pfail: false,
            fail: false,
            handshake: false,
            noaddr: false,
            config_epoch: epoch,
            slots: slots.filter_map(Slot::new).collect::<SlotSet>(),
            ping_sent: 0,
            pong_received: 0,
            connected: true,
            failure_reports: Vec::new(),
            repl_offset: 0,
        };
        ClusterView {
            id,
            ok: true,
            current_epoch: epoch,
            last_vote_epoch: 0,
            size: 2,
            peers: vec![me],
            migrating: Vec::new(),
            importing: Vec::new(),
        }
    }

    #[test]
    fn two_claims_of_a_slot_under_one_epoch_are_seen() {
        let check = |views: &[ClusterView], took: &[SocketAddr]| {
            check(Mono::ZERO, views, &took.iter().copied().collect())
        };
        assert!(check(&[master(1, 5, 0..10), master(2, 5, 9..20)], &[]).is_err());
        assert_eq!(check(&[master(1, 5, 0..10), master(2, 6, 9..20)], &[]), Ok(()));
        assert_eq!(check(&[master(1, 5, 0..9), master(2, 5, 9..20)], &[]), Ok(()));
        let taker = ([10, 0, 0, 2], 6380).into();
        assert_eq!(check(&[master(1, 5, 0..10), master(2, 5, 9..20)], &[taker]), Ok(()));
    }
}
