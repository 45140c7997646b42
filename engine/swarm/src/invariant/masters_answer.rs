//! One answer per key: only a master answers a client that did not ask for a replica's view
//! (`READONLY`).

use engine_base::Mono;

use super::Violation;

/// A node answered a plain command. `replica` says whether it was a replica by its own word before
/// the command was sent and at every look since.
pub(crate) fn check(at: Mono, node: usize, key: &str, replica: bool) -> Result<(), Violation> {
    if !replica {
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
        assert!(check(Mono::ZERO, 3, "k", true).is_err());
        assert_eq!(check(Mono::ZERO, 3, "k", false), Ok(()), "it was a master meanwhile");
    }
}
