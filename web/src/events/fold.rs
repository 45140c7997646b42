//! The same thing at several nodes at nearly the same time is one line.

use std::rc::Rc;

use crate::world::model::{EventView, NodeIx};

/// Not longer apart than this, in virtual microseconds.
const TOGETHER_US: u64 = 1_000_000;
/// Not further back than this many lines.
const BACK: usize = 12;

/// One line: what happened, first when, and where.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Group {
    /// The first of its events.
    pub first: Rc<EventView>,
    /// At which nodes, in the order of coming.
    pub nodes: Vec<NodeIx>,
}

/// The newest `most` lines, newest first.
pub(crate) fn fold(events: &[Rc<EventView>], most: usize) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    // A line takes in few events: what stands further back cannot be among the newest lines.
    let from = events.len().saturating_sub(most.saturating_mul(4));
    for event in &events[from..] {
        let same = groups.iter_mut().rev().take(BACK).find(|g| {
            g.first.key == event.key
                && g.first.args == event.args
                && event.at_us.saturating_sub(g.first.at_us) <= TOGETHER_US
                && event.node.is_some_and(|n| !g.nodes.contains(&n))
                && !g.nodes.is_empty()
        });
        match same {
            Some(group) => group.nodes.extend(event.node),
            None => {
                let nodes = event.node.into_iter().collect();
                groups.push(Group { first: event.clone(), nodes });
            }
        }
    }
    groups.reverse();
    groups.truncate(most);
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::model::Tone;

    fn event(seq: u64, at_ms: u64, node: NodeIx, key: &'static str) -> Rc<EventView> {
        Rc::new(EventView {
            seq,
            at_us: at_ms * 1000,
            tone: Tone::Bad,
            node: Some(node),
            key,
            args: Vec::new(),
            mark: None,
        })
    }

    #[test]
    fn the_same_at_several_nodes_is_one_line() {
        let events = [
            event(1, 100, 0, "event-pfail"),
            event(2, 110, 1, "event-fail"),
            event(3, 120, 2, "event-pfail"),
            event(4, 130, 0, "event-pfail"),
            event(5, 5000, 1, "event-pfail"),
        ];
        let lines: Vec<(u64, Vec<NodeIx>)> =
            fold(&events, 9).into_iter().map(|g| (g.first.seq, g.nodes)).collect();
        assert_eq!(lines, [(5, vec![1]), (4, vec![0]), (2, vec![1]), (1, vec![0, 2])]);
        assert_eq!(fold(&events, 1)[0].first.seq, 5);
    }
}
