//! A minority serves nobody (cluster specification, "Availability"): a master that suspects so many
//! others that no majority is left answers no client.

use engine_base::Mono;
use engine_node::OwnView;

use super::Violation;

/// For so long it may take to say so, in milliseconds.
const SLACK_MS: u64 = 1000;

/// Whether a master sees no majority.
pub(crate) fn sees_no_majority(own: &OwnView) -> bool {
    let (all, reachable) = own.masters;
    !own.is_replica && reachable < all / 2 + 1
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
        let mut me = master(b'a', 3, 0..10);
        me.masters = (4, 3);
        assert!(!sees_no_majority(&me));
        me.masters = (4, 2);
        assert!(sees_no_majority(&me));
        let at = Mono::from_millis;
        assert!(check(at(9000), 0, "k", Some(&at(2000)), at(8000)).is_err());
        assert_eq!(check(at(9000), 0, "k", Some(&at(7500)), at(8000)), Ok(()));
        assert_eq!(check(at(9000), 0, "k", None, at(8000)), Ok(()));
    }
}
