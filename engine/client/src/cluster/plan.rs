//! Who becomes master of which slots, and who replicates whom, when a cluster is created
//! (the first half of `clusterManagerCommandCreate`). Nodes are their places in the command line.

use engine_base::{SLOT_COUNT, Slot, SlotSet};

/// What `--cluster create` proposes before anti-affinity is improved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// The masters in order, with their slots.
    pub(crate) masters: Vec<(usize, SlotSet)>,
    /// Replica and master, in the order in which they were paired.
    pub(crate) replicas: Vec<(usize, usize)>,
    /// How many of the pairs came first; the others are `extra replicas`.
    pub(crate) first_pairs: usize,
    /// Whether there were nodes left after every master had its replicas.
    pub(crate) has_extra: bool,
}

/// How many masters `nodes` nodes with `replicas` replicas each make.
pub(crate) fn master_count(nodes: usize, replicas: i64) -> usize {
    let nodes = i64::try_from(nodes).unwrap_or(i64::MAX);
    let group = replicas.saturating_add(1);
    usize::try_from(nodes.checked_div(group).unwrap_or(0)).unwrap_or(0)
}

/// The slots of the `i`th of `count` masters: both ends included. In single precision and with
/// rounding half away from zero, as the real program computes them.
pub(crate) fn slot_ranges(count: usize) -> Vec<(u16, u16)> {
    let share = SLOT_COUNT as f32 / count as f32;
    let mut cursor = 0.0_f32;
    let mut first = 0_i64;
    let mut ranges = Vec::with_capacity(count);
    for i in 0..count {
        let mut last = (cursor + share - 1.0).round() as i64;
        if last > SLOT_COUNT as i64 || i == count - 1 {
            last = SLOT_COUNT as i64 - 1;
        }
        last = last.max(first);
        ranges.push((first as u16, last as u16));
        first = last + 1;
        cursor += share;
    }
    ranges
}

/// Proposes a cluster of the nodes on these hosts; there is at least one master.
pub(crate) fn plan(hosts: &[&str], replicas: usize, masters: usize) -> Plan {
    let order = interleave(hosts);
    let (masters, rest) = order.split_at(masters.min(order.len()));
    // Rotating gives a better first guess before the optimiser runs.
    let mut free: Vec<usize> = rest.iter().copied().skip(1).chain(rest.first().copied()).collect();
    let slots = slot_ranges(masters.len());
    let masters: Vec<(usize, SlotSet)> = masters
        .iter()
        .zip(slots)
        .map(|(node, (first, last))| (*node, (first..=last).filter_map(Slot::new).collect()))
        .collect();
    let mut pairs = Vec::new();
    for (master, _) in &masters {
        for _ in 0..replicas {
            pairs.extend(take_replica(&mut free, hosts, *master));
        }
    }
    let first_pairs = pairs.len();
    let has_extra = !free.is_empty();
    for (master, _) in &masters {
        pairs.extend(take_replica(&mut free, hosts, *master));
    }
    Plan { masters, replicas: pairs, first_pairs, has_extra }
}

/// One node from each host in turn, hosts in the order in which they first appear.
fn interleave(hosts: &[&str]) -> Vec<usize> {
    let mut by_host: Vec<(&str, std::collections::VecDeque<usize>)> = Vec::new();
    for (node, host) in hosts.iter().enumerate() {
        match by_host.iter_mut().find(|(known, _)| known == host) {
            Some((_, nodes)) => nodes.push_back(node),
            None => by_host.push((host, [node].into())),
        }
    }
    let mut order = Vec::with_capacity(hosts.len());
    while order.len() < hosts.len() {
        order.extend(by_host.iter_mut().filter_map(|(_, nodes)| nodes.pop_front()));
    }
    order
}

/// A free node on another host than the master's, else the first free one.
fn take_replica(free: &mut Vec<usize>, hosts: &[&str], master: usize) -> Option<(usize, usize)> {
    if free.is_empty() {
        return None;
    }
    let elsewhere = free.iter().position(|node| hosts.get(*node) != hosts.get(master));
    Some((free.remove(elsewhere.unwrap_or(0)), master))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_masters_get_the_slots_that_the_documentation_shows() {
        assert_eq!(slot_ranges(3), [(0, 5460), (5461, 10922), (10923, 16383)]);
        assert_eq!(slot_ranges(4), [(0, 4095), (4096, 8191), (8192, 12287), (12288, 16383)]);
        let all: u32 = slot_ranges(7).iter().map(|(a, b)| u32::from(b - a) + 1).sum();
        assert_eq!(all, 16384);
    }

    #[test]
    fn six_nodes_on_one_host_are_paired_as_the_seed_shows() {
        let plan = plan(&["127.0.0.1"; 6], 1, 3);
        assert_eq!(plan.replicas, [(4, 0), (5, 1), (3, 2)]);
        assert!(!plan.has_extra);
    }

    #[test]
    fn three_hosts_with_two_nodes_each_are_crossed() {
        let plan = plan(&["a", "a", "b", "b", "c", "c"], 1, 3);
        let masters: Vec<usize> = plan.masters.iter().map(|(m, _)| *m).collect();
        assert_eq!(masters, [0, 2, 4]);
        assert_eq!(plan.replicas, [(3, 0), (5, 2), (1, 4)]);
    }

    #[test]
    fn nodes_left_over_become_extra_replicas() {
        let plan = plan(&["a"; 8], 1, 4 - 1);
        assert_eq!(plan.first_pairs, 3);
        assert_eq!(plan.replicas.len(), 5);
        assert!(plan.has_extra);
        assert_eq!(master_count(7, 1), 3);
        assert_eq!(master_count(7, -1), 0);
    }
}
