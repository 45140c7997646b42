//! A healed cluster converges: every node serves, all agree on who owns each slot, and nobody is
//! held for failing.

use engine_base::Slot;
use engine_node::ClusterView;

/// Why the nodes do not agree yet; `None` when they do.
pub(crate) fn disagreement(views: &[ClusterView], nodes: usize) -> Option<String> {
    if views.len() != nodes {
        return Some(format!("{} of {nodes} nodes run", views.len()));
    }
    let first = views.first()?;
    for view in views {
        if !view.ok {
            return Some(format!("{} says cluster_state:fail", view.id));
        }
        if let Some(peer) = view.peers.iter().find(|peer| peer.fail || peer.pfail) {
            return Some(format!("{} holds {} for failing", view.id, peer.id));
        }
        for slot in Slot::all() {
            let (a, b) = (first.owner(slot).map(|p| p.id), view.owner(slot).map(|p| p.id));
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
