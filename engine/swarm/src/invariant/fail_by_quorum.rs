//! Nobody is marked FAIL without a majority of masters that suspect it (cluster specification,
//! "Failure detection"): the one who counts, when it is a master, and those whose reports it can
//! have. A report counts for two node timeouts from its arrival, and may have been long on its way.

use std::collections::BTreeMap;

use engine_base::{Mono, NodeId};

use super::Violation;

/// How long a report may have been on its way, in milliseconds: cut links send again ever later.
const ON_ITS_WAY_MS: u64 = 120_000;

/// When each node last suspected each other, and when each was last a master: others may hold it
/// for one a while longer, and then its reports count for them.
#[derive(Default)]
pub(crate) struct FailByQuorum {
    suspected: BTreeMap<(NodeId, NodeId), Mono>,
    led: BTreeMap<NodeId, Mono>,
}

/// Who marks whom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Marked {
    pub(crate) by: NodeId,
    pub(crate) by_master: bool,
    pub(crate) of: NodeId,
    /// Masters with slots, as `by` counts them.
    pub(crate) size: usize,
}

impl FailByQuorum {
    /// A node is a master by its own word.
    pub(crate) fn leads(&mut self, now: Mono, who: NodeId) {
        self.led.insert(who, now);
    }

    /// A node suspects another.
    pub(crate) fn suspects(&mut self, now: Mono, by: NodeId, of: NodeId) {
        self.suspected.insert((by, of), now);
    }

    /// A node counts a majority.
    pub(crate) fn marked(
        &self,
        at: Mono,
        node_timeout_ms: u64,
        marked: Marked,
    ) -> Result<(), Violation> {
        let Marked { by, by_master, of, size } = marked;
        let window = 2 * node_timeout_ms + ON_ITS_WAY_MS;
        let reporters = self
            .suspected
            .iter()
            .filter(|((who, whom), last)| {
                let led = self.led.get(who).is_some_and(|last| at.ms_since(*last) <= window);
                *whom == of && *who != by && led && at.ms_since(**last) <= window
            })
            .count();
        let (agree, needed) = (reporters + usize::from(by_master), size / 2 + 1);
        if agree >= needed {
            return Ok(());
        }
        Err(Violation {
            rule: "FAIL needs a majority",
            at,
            seen: format!("{by} marked {of}; {agree} masters can have agreed, {needed} are needed"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_that_too_few_masters_suspect_is_seen() {
        let id = |c: u8| NodeId::from_wire([c; 40]);
        let at = |ms| Mono::from_millis(ms);
        let marked = Marked { by: id(b'a'), by_master: true, of: id(b'x'), size: 4 };
        let mut rule = FailByQuorum::default();
        for master in [b'a', b'b', b'c'] {
            rule.leads(at(900), id(master));
        }
        rule.suspects(at(1000), id(b'r'), id(b'x'));
        rule.suspects(at(1000), id(b'b'), id(b'x'));
        rule.suspects(at(1000), id(b'a'), id(b'x'));
        rule.suspects(at(1000), id(b'c'), id(b'y'));
        assert!(rule.marked(at(2000), 1000, marked).is_err(), "two of three");
        rule.suspects(at(1500), id(b'c'), id(b'x'));
        assert_eq!(rule.marked(at(2000), 1000, marked), Ok(()));
        assert!(rule.marked(at(400_000), 1000, marked).is_err(), "long ago");
        let replica = Marked { by_master: false, ..marked };
        assert!(rule.marked(at(2000), 1000, replica).is_err(), "a replica has no voice");
    }
}
