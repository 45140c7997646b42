//! A node's last vote epoch and its own config epoch never go back, not across a restart either:
//! both are in nodes.conf before they are used.

use std::collections::BTreeMap;

use engine_base::{Mono, NodeId};
use engine_node::ClusterView;

use super::Violation;

/// The largest seen, by node.
#[derive(Default)]
pub(crate) struct EpochsGrow {
    seen: BTreeMap<NodeId, (u64, u64)>,
}

impl EpochsGrow {
    /// Compares the nodes as they are now with the largest seen.
    pub(crate) fn check(&mut self, at: Mono, views: &[ClusterView]) -> Result<(), Violation> {
        for view in views {
            let Some(me) = view.myself() else { continue };
            let now = (view.last_vote_epoch, if me.is_replica { 0 } else { me.config_epoch });
            let seen = self.seen.entry(view.id).or_default();
            let vote_back = now.0 < seen.0;
            let config_back = !me.is_replica && now.1 < seen.1;
            if vote_back || config_back {
                return Err(Violation {
                    rule: "epochs never go back",
                    at,
                    seen: format!("{}: (last vote, config) was {seen:?}, is {now:?}", view.id),
                });
            }
            *seen = (now.0.max(seen.0), now.1.max(seen.1));
        }
        Ok(())
    }
}
