//! At most one master claims a slot under one config epoch (cluster specification, "Hash slots
//! configuration propagation and conflict resolution"). Two may claim it under different epochs
//! for a while; the larger epoch wins.

use engine_base::Mono;
use engine_node::{ClusterView, PeerView};

use super::Violation;

/// Looks at what every running master says of itself.
pub(crate) fn check(at: Mono, views: &[ClusterView]) -> Result<(), Violation> {
    let masters: Vec<&PeerView> = views
        .iter()
        .filter_map(ClusterView::myself)
        .filter(|me| !me.is_replica && !me.slots.is_empty())
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
