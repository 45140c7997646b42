//! What the stage says of a node, in words.

use crate::i18n::Text;
use crate::world::model::{Health, NodeView, Role};

/// `0–5461`, or a few ranges and how many more there are.
pub(crate) fn ranges(text: &Text, ranges: &[(u16, u16)]) -> String {
    const SHOWN: usize = 2;
    if ranges.is_empty() {
        return text.get("node-no-slots").to_owned();
    }
    let mut words: Vec<String> = ranges
        .iter()
        .take(SHOWN)
        .map(|&(a, b)| if a == b { a.to_string() } else { format!("{a}–{b}") })
        .collect();
    if ranges.len() > SHOWN {
        words.push(text.fill("node-more-ranges", &[("n", &(ranges.len() - SHOWN).to_string())]));
    }
    words.join(", ")
}

/// The role, or that there is no process.
pub(crate) fn role(text: &Text, node: &NodeView) -> &'static str {
    match (node.runs(), node.role) {
        (false, _) => text.get("role-down"),
        (true, Some(Role::Master)) => text.get("role-master"),
        (true, Some(Role::Replica)) => text.get("role-replica"),
        (true, None) => text.get("role-none"),
    }
}

/// What it holds: slots, or whose copy.
pub(crate) fn holds(text: &Text, node: &NodeView, master: Option<&str>) -> String {
    match (node.role, master) {
        (Some(Role::Replica), Some(master)) => text.fill("node-replica-of", &[("master", master)]),
        (Some(Role::Replica), None) => text.get("node-replica-of-nobody").to_owned(),
        _ if !node.runs() && !node.ranges.is_empty() => {
            text.fill("node-was", &[("slots", &ranges(text, &node.ranges))])
        }
        _ => ranges(text, &node.ranges),
    }
}

/// How it stands: an election first, then what the others think of it, then its own state.
pub(crate) fn standing(text: &Text, node: &NodeView) -> String {
    if let Some(election) = node.election.filter(|_| node.runs()) {
        return if election.needed == 0 {
            text.get("node-will-stand").to_owned()
        } else {
            text.fill(
                "node-votes",
                &[
                    ("votes", &election.votes.to_string()),
                    ("needed", &election.needed.to_string()),
                    ("epoch", &election.epoch.to_string()),
                ],
            )
        };
    }
    let verdict = |key: &'static str, n: usize| {
        text.fill(key, &[("n", &n.to_string()), ("of", &node.jury.to_string())])
    };
    match node.health {
        Health::Fail => verdict("node-fail", node.failers),
        Health::Down if node.failers * 2 > node.jury => verdict("node-fail", node.failers),
        Health::Pfail | Health::Down if node.doubters > 0 => verdict("node-pfail", node.doubters),
        Health::Pfail => text.get("node-pfail-by-replica").to_owned(),
        Health::Down => text.get("node-down").to_owned(),
        Health::Ok if node.state_ok == Some(false) => text.get("node-state-fail").to_owned(),
        Health::Ok => text.get("node-ok").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;

    #[test]
    fn a_dead_node_is_first_gone_then_suspected_then_failed() {
        let text = Text::new(Lang::En);
        let mut node = crate::fixture::node(0, 6380, Some(Role::Master));
        node.pid = None;
        node.health = Health::Down;
        node.jury = 2;
        assert_eq!(standing(&text, &node), "no process");
        node.doubters = 1;
        assert_eq!(standing(&text, &node), "suspected · 1 of 2");
        (node.doubters, node.failers) = (2, 2);
        assert_eq!(standing(&text, &node), "FAIL · 2 of 2 agree");
    }

    #[test]
    fn many_ranges_are_cut_short() {
        let text = Text::new(Lang::En);
        assert_eq!(ranges(&text, &[(0, 5461)]), "0–5461");
        assert_eq!(ranges(&text, &[(7, 7), (9, 10), (12, 12), (14, 15)]), "7, 9–10, 2 more");
    }
}
