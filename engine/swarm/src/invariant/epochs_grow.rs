//! A node's last vote epoch and its own config epoch never go back, not across a restart either:
//! both are in nodes.conf before anybody is told. A replica has no config epoch of its own: 7.0
//! writes its master's into its line of nodes.conf, and begins at 0 when it is no replica any more
//! (RESET), until it takes a new one.

use std::collections::BTreeMap;

use engine_base::{Mono, NodeId};
use engine_node::OwnView;

use super::Violation;

/// The largest seen, by node.
#[derive(Default)]
pub(crate) struct EpochsGrow {
    seen: BTreeMap<NodeId, (u64, u64)>,
}

impl EpochsGrow {
    /// Compares a node as it is now with the largest seen. It must not be waiting for its disk:
    /// then it may have promised in its memory what nobody has heard.
    pub(crate) fn check(&mut self, at: Mono, me: &OwnView) -> Result<(), Violation> {
        let now = (me.last_vote_epoch, if me.is_replica { 0 } else { me.config_epoch });
        let seen = self.seen.entry(me.id).or_default();
        if now.0 < seen.0 || (!me.is_replica && now.1 < seen.1) {
            return Err(Violation {
                rule: "epochs never go back",
                at,
                seen: format!("{}: (last vote, config) was {seen:?}, is {now:?}", me.id),
            });
        }
        *seen = (now.0, now.1);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::one_owner::tests::master;
    use super::*;

    #[test]
    fn an_epoch_that_goes_back_is_seen_and_a_replica_has_none() {
        let mut rule = EpochsGrow::default();
        let voted = |epoch, vote| {
            let mut me = master(b'a', epoch, 0..1);
            me.last_vote_epoch = vote;
            me
        };
        assert_eq!(rule.check(Mono::ZERO, &voted(5, 3)), Ok(()));
        let mut replica = voted(0, 3);
        replica.is_replica = true;
        assert_eq!(rule.check(Mono::ZERO, &replica), Ok(()));
        assert_eq!(rule.check(Mono::ZERO, &voted(5, 3)), Ok(()));
        assert!(rule.check(Mono::ZERO, &voted(4, 3)).is_err());
        assert!(rule.check(Mono::ZERO, &voted(5, 2)).is_err());
        assert_eq!(rule.check(Mono::ZERO, &voted(6, 4)), Ok(()));
        assert_eq!(rule.check(Mono::ZERO, &OwnView { last_vote_epoch: 4, ..replica }), Ok(()));
        assert_eq!(rule.check(Mono::ZERO, &voted(0, 4)), Ok(()), "a replica that was reset");
    }
}
