//! One answer per key: only a master answers a client that did not ask for a replica's view
//! (`READONLY`).

use engine_base::Mono;

use super::Violation;

/// A node answered a plain command. `was` and `is` say whether it was a replica by its own word
/// before the command was sent and is one now.
pub(crate) fn check(
    at: Mono,
    node: usize,
    key: &str,
    was: Option<bool>,
    is: Option<bool>,
) -> Result<(), Violation> {
    if was != Some(true) || is != Some(true) {
        return Ok(());
    }
    Err(Violation {
        rule: "only masters answer",
        at,
        seen: format!("node {node}, a replica, answered for {key}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_a_replica_is_seen() {
        let check = |was, is| check(Mono::ZERO, 3, "k", was, is);
        assert!(check(Some(true), Some(true)).is_err());
        assert_eq!(check(Some(false), Some(true)), Ok(()), "it was a master when it was asked");
        assert_eq!(check(Some(true), Some(false)), Ok(()));
        assert_eq!(check(None, Some(true)), Ok(()));
    }
}
