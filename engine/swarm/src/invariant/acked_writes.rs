//! No acknowledged write is lost outside of the windows that the specification admits ("Redis
//! Cluster consistency guarantees"): replication is asynchronous, so what a master acknowledged
//! shortly before it failed, or while it was cut off, may be gone after a failover.

use std::collections::BTreeMap;

use engine_base::Mono;
use engine_sim::World;

use super::Violation;
use crate::fault::Fault;
use crate::load::Written;

/// Acknowledged writes that are gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Losses {
    /// Inside an admitted window.
    pub(crate) admitted: u64,
}

/// How long after an acknowledgement a write may still not be on a replica: replication sends at
/// once; a slow link is a fault of its own.
const LAG_MS: u64 = 2000;

/// Compares what is there with what was acknowledged. `value_of` reads a key from its owner.
pub(crate) fn check_writes(
    world: &mut World,
    origin: Mono,
    node_timeout_ms: u64,
    faults: &[Fault],
    ledger: &BTreeMap<String, Written>,
    mut value_of: impl FnMut(&mut World, &str) -> Option<u64>,
) -> Result<Losses, Violation> {
    let mut losses = Losses::default();
    for (key, written) in ledger.iter().filter(|(_, written)| written.acked > 0) {
        let value = value_of(world, key).unwrap_or(0);
        if value > written.tried {
            return Err(Violation {
                rule: "only what was written is read",
                at: world.now(),
                seen: format!("{key} holds {value}, the largest value sent was {}", written.tried),
            });
        }
        if value >= written.acked {
            continue;
        }
        let acked_ms = written.acked_at.ms_since(origin);
        if !admitted(acked_ms, written.acked_by, node_timeout_ms, faults) {
            return Err(Violation {
                rule: "no acknowledged write is lost outside of the admitted windows",
                at: world.now(),
                seen: format!(
                    "{key} was acknowledged as {} at {acked_ms} ms by node {}, and is {value}",
                    written.acked, written.acked_by
                ),
            });
        }
        losses.admitted += 1;
    }
    Ok(losses)
}

/// Whether a fault explains the loss: it touched the acknowledging node while it acknowledged,
/// shortly after, or long enough before for a failover to be still under way.
fn admitted(acked_ms: u64, node: usize, node_timeout_ms: u64, faults: &[Fault]) -> bool {
    let aftermath = 4 * node_timeout_ms + 5000;
    faults
        .iter()
        .filter(|fault| fault.kind.endangers(node))
        .any(|fault| fault.from_ms <= acked_ms + LAG_MS && acked_ms <= fault.until_ms + aftermath)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::FaultKind;

    #[test]
    fn a_loss_long_before_and_after_every_fault_is_not_admitted() {
        let kill = Fault { from_ms: 10_000, until_ms: 12_000, kind: FaultKind::Kill { node: 1 } };
        assert!(admitted(9500, 1, 1000, std::slice::from_ref(&kill)));
        assert!(!admitted(9500, 2, 1000, std::slice::from_ref(&kill)), "another node");
        assert!(!admitted(7000, 1, 1000, std::slice::from_ref(&kill)), "replicated long before");
        assert!(!admitted(60_000, 1, 1000, &[kill]), "long after");
    }
}
