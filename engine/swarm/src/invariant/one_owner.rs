//! At most one master claims a slot under one config epoch (cluster specification, "Hash slots
//! configuration propagation and conflict resolution"). Two may claim it under different epochs
//! for a while; the larger epoch wins.
//!
//! An epoch that nobody voted for is left out: TAKEOVER, BUMPEPOCH and the end of an import pick
//! one without asking, and the rule for equal epochs picks the next; 7.0 admits that two pick the
//! same, and settles it afterwards.

use std::collections::BTreeSet;

use engine_base::Mono;
use engine_node::OwnView;

use super::Violation;

/// Looks at what every running master says of itself.
pub(crate) fn check(at: Mono, own: &[&OwnView], unagreed: &BTreeSet<u64>) -> Result<(), Violation> {
    let masters: Vec<&OwnView> = own
        .iter()
        .copied()
        .filter(|me| !me.is_replica && !me.slots.is_empty())
        // Epochs of zero were never given out: a cluster formed by hand begins so.
        .filter(|me| me.config_epoch != 0 && !unagreed.contains(&me.config_epoch))
        .collect();
    for (i, a) in masters.iter().enumerate() {
        for b in masters[i + 1..].iter().filter(|b| a.config_epoch == b.config_epoch) {
            if let Some(slot) = a.slots.iter().find(|slot| b.slots.contains(*slot)) {
                return Err(Violation {
                    rule: "one owner a slot and epoch",
                    at,
                    seen: format!(
                        "{} and {} both claim {slot} in epoch {}",
                        a.id, b.id, a.config_epoch
                    ),
                });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use engine_base::{NodeId, Slot};

    pub(in super::super) fn master(name: u8, epoch: u64, slots: std::ops::Range<u16>) -> OwnView {
        OwnView {
            id: NodeId::from_wire([name; 40]),
            ok: true,
            master: None,
            is_replica: false,
            current_epoch: epoch,
            last_vote_epoch: 0,
            config_epoch: epoch,
            slots: slots.filter_map(Slot::new).collect(),
            size: 2,
            masters: (2, 2),
            suspects: Vec::new(),
            epochs: Vec::new(),
        }
    }

    #[test]
    fn two_claims_of_a_slot_under_one_epoch_are_seen() {
        let check = |b: &OwnView, unagreed: &[u64]| {
            let a = master(b'a', 5, 0..10);
            check(Mono::ZERO, &[&a, b], &unagreed.iter().copied().collect())
        };
        assert!(check(&master(b'b', 5, 9..20), &[]).is_err());
        assert_eq!(check(&master(b'b', 6, 9..20), &[]), Ok(()));
        assert_eq!(check(&master(b'b', 5, 10..20), &[]), Ok(()));
        assert_eq!(check(&master(b'b', 5, 9..20), &[5]), Ok(()), "a takeover");
    }
}
