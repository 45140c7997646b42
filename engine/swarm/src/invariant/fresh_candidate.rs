//! A replica whose data is too old does not win an election (cluster specification, "Slave
//! election and promotion", point 2; `cluster-replica-validity-factor`): what it lacks was
//! acknowledged not longer ago than that. One that an operator promotes is left out.

use engine_base::Mono;

use super::Violation;

/// The default of `cluster-replica-validity-factor`.
const FACTOR: u64 = 10;
/// The default of `repl-ping-replica-period`, in milliseconds.
const PING_MS: u64 = 10_000;
/// Times are compared in whole seconds, and a stream may be that late, in milliseconds.
const SLACK_MS: u64 = 4000;

/// A replica has won; the oldest acknowledged write that it lacks is from `oldest`.
pub(crate) fn check(
    at: Mono,
    node: usize,
    node_timeout_ms: u64,
    oldest: Mono,
) -> Result<(), Violation> {
    let age = at.ms_since(oldest);
    let limit = PING_MS + node_timeout_ms * (FACTOR + 1) + SLACK_MS;
    if age <= limit {
        return Ok(());
    }
    Err(Violation {
        rule: "who wins has fresh data",
        at,
        seen: format!("node {node} won and lacks a write of {age} ms ago; {limit} ms are admitted"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_winner_that_lacks_old_writes_is_seen() {
        let check =
            |age: u64| check(Mono::from_millis(100_000), 1, 1000, Mono::from_millis(100_000 - age));
        assert_eq!(check(20_000), Ok(()));
        assert!(check(30_000).is_err());
    }
}
