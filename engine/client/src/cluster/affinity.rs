//! Keeping replicas away from their master's host (`clusterManagerGetAntiAffinityScore`,
//! `clusterManagerOptimizeAntiAffinity`).

use std::collections::BTreeMap;

/// A node as far as affinity matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) id: String,
    pub(crate) host: String,
    /// The id of its master.
    pub(crate) master: Option<String>,
}

/// How bad it is: 10,000 for each replica on its master's host, 1 for each replica that shares a
/// host with a sibling. With the replicas that cause it.
pub(crate) fn score(nodes: &[Placed]) -> (usize, Vec<usize>) {
    // Members of a shard on a host: whether the master is among them, and how many there are.
    let mut groups: BTreeMap<(&str, &str), (bool, usize)> = BTreeMap::new();
    for node in nodes {
        let shard = node.master.as_deref().unwrap_or(&node.id);
        let group = groups.entry((&node.host, shard)).or_default();
        group.0 |= node.master.is_none();
        group.1 += 1;
    }
    let mut total = 0;
    let mut offenders = Vec::new();
    for ((host, shard), (with_master, count)) in groups {
        if count < 2 {
            continue;
        }
        total += if with_master { 10_000 * (count - 1) } else { count };
        offenders.extend(
            nodes.iter().position(|n| n.host == host && n.master.as_deref() == Some(shard)),
        );
    }
    (total, offenders)
}

/// Swaps masters of replicas at random while that makes nothing worse; the final score.
/// `random` gives random bits.
pub(crate) fn optimize(nodes: &mut [Placed], mut random: impl FnMut() -> u64) -> usize {
    let mut pick = |count: usize| (random() % count.max(1) as u64) as usize;
    for _ in 0..500 * nodes.len() {
        let (before, offenders) = score(nodes);
        if before == 0 || offenders.is_empty() {
            break;
        }
        let first = offenders[pick(offenders.len())];
        let others: Vec<usize> =
            (0..nodes.len()).filter(|n| *n != first && nodes[*n].master.is_some()).collect();
        if others.is_empty() {
            break;
        }
        let second = others[pick(others.len())];
        swap_masters(nodes, first, second);
        if score(nodes).0 > before {
            swap_masters(nodes, first, second);
        }
    }
    score(nodes).0
}

fn swap_masters(nodes: &mut [Placed], a: usize, b: usize) {
    let master = nodes[a].master.take();
    nodes[a].master = nodes[b].master.take();
    nodes[b].master = master;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(id: &str, host: &str, master: Option<&str>) -> Placed {
        Placed { id: id.into(), host: host.into(), master: master.map(Into::into) }
    }

    #[test]
    fn a_replica_beside_its_master_is_worse_than_beside_its_sibling() {
        let beside_master = [placed("m", "a", None), placed("r", "a", Some("m"))];
        assert_eq!(score(&beside_master), (10_000, vec![1]));
        let siblings =
            [placed("m", "a", None), placed("r", "b", Some("m")), placed("s", "b", Some("m"))];
        assert_eq!(score(&siblings), (2, vec![1]));
        assert_eq!(score(&siblings[..2]), (0, vec![]));
    }

    #[test]
    fn swapping_finds_the_perfect_order_where_there_is_one() {
        let mut nodes = [
            placed("m1", "a", None),
            placed("m2", "b", None),
            placed("r1", "a", Some("m1")),
            placed("r2", "b", Some("m2")),
        ];
        let mut dice = 0_u64;
        let roll = || {
            dice = dice
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            dice >> 33
        };
        assert_eq!(optimize(&mut nodes, roll), 0);
        assert_eq!(nodes[2].master.as_deref(), Some("m2"));
    }
}
