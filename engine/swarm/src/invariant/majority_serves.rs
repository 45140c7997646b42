//! A minority serves nobody (cluster specification, "Availability"): a master that suspects so many
//! others that no majority is left answers no client.

use engine_base::{Mono, NodeId};
use engine_node::OwnView;

use super::Violation;

/// For so long a master's own count of masters may be another than what they say of themselves, in
/// milliseconds.
const SLACK_MS: u64 = 3000;

/// Whether a master sees no majority. `leaders` are those that lead by their own word.
pub(crate) fn sees_no_majority(own: &OwnView, leaders: &[NodeId]) -> bool {
    let reachable = leaders.iter().filter(|id| !own.suspects.contains(id)).count();
    !own.is_replica && reachable < own.size / 2 + 1
}

/// A node answered a command that was sent at `sent`; it has seen no majority since `minority`.
pub(crate) fn check(
    at: Mono,
    node: usize,
    key: &str,
    minority: Option<&Mono>,
    sent: Mono,
) -> Result<(), Violation> {
    if minority.is_none_or(|since| sent < since.plus_ms(SLACK_MS)) {
        return Ok(());
    }
    Err(Violation {
        rule: "a minority serves nobody",
        at,
        seen: format!("node {node}, which sees no majority of masters, answered for {key}"),
    })
}

#[cfg(test)]
mod tests {
    use super::super::one_owner::tests::master;
    use super::*;

    #[test]
    fn an_answer_from_a_minority_is_seen() {
        let id = |c: u8| NodeId::from_wire([c; 40]);
        let mut me = master(b'a', 3, 0..10);
        me.size = 3;
        let leaders = [id(b'a'), id(b'b'), id(b'c')];
        me.suspects = vec![id(b'b')];
        assert!(!sees_no_majority(&me, &leaders));
        me.suspects.push(id(b'c'));
        assert!(sees_no_majority(&me, &leaders));
        let at = Mono::from_millis;
        assert!(check(at(9000), 0, "k", Some(&at(2000)), at(8000)).is_err());
        assert_eq!(check(at(9000), 0, "k", Some(&at(6000)), at(8000)), Ok(()));
        assert_eq!(check(at(9000), 0, "k", None, at(8000)), Ok(()));
    }
}
