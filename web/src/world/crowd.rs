//! What very many nodes believe of one another, in numbers: from host to host, and of whom not all
//! believe the same.

use super::model::{NodeIx, Opinion};

/// How many different things can be believed of a node ([`Opinion`]).
pub(crate) const KINDS: usize = 7;

/// How many believe each thing, by [`place`].
pub(crate) type Held = [u16; KINDS];

/// All that is believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Crowd {
    /// How many hosts there are.
    pub hosts: usize,
    /// What the nodes of one host believe of those of another: the speakers' hosts row by row.
    pub pairs: Vec<Pair>,
    /// Nodes that are doubted, or of which not all believe the same: those of which most disagree first.
    pub split: Vec<Split>,
}

/// What is said on one host of the nodes of another: so many times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pair {
    /// Anything.
    pub all: u32,
    /// Failed.
    pub fail: u32,
    /// Perhaps failing.
    pub pfail: u32,
    /// Never heard of, or being met.
    pub unknown: u32,
    /// Something else than what most nodes say.
    pub odd: u32,
}

/// What is believed of one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Split {
    /// Of whom.
    pub of: NodeIx,
    /// How many believe what.
    pub held: Held,
    /// How many believe something else than most.
    pub odd: usize,
}

/// The place of an opinion in [`Held`].
pub(crate) const fn place(what: Opinion) -> usize {
    match what {
        Opinion::Unknown => 0,
        Opinion::Myself => 1,
        Opinion::Handshake => 2,
        Opinion::Master => 3,
        Opinion::Replica => 4,
        Opinion::Pfail => 5,
        Opinion::Fail => 6,
    }
}

/// What most believe of a node; of two things that as many believe, the graver. Nobody's belief of
/// himself counts.
pub(crate) fn most(held: &Held) -> usize {
    (0..KINDS)
        .filter(|&kind| kind != place(Opinion::Myself))
        .max_by_key(|&k| (held[k], k))
        .unwrap_or(0)
}

/// How many believe something else than `kind`.
pub(crate) fn besides(held: &Held, kind: usize) -> usize {
    let others = (0..KINDS).filter(|&k| k != kind && k != place(Opinion::Myself));
    others.map(|k| usize::from(held[k])).sum()
}

/// The numbers, from what is held on each host of each node (`by_host[host * nodes + node]`).
pub(crate) fn sum_up(by_host: &[Held], hosts_of: &[usize], hosts: usize) -> Crowd {
    let nodes = hosts_of.len();
    let mut all: Vec<Held> = vec![[0; KINDS]; nodes];
    for row in by_host.chunks_exact(nodes.max(1)) {
        for (sum, held) in all.iter_mut().zip(row) {
            for (sum, one) in sum.iter_mut().zip(held) {
                *sum += one;
            }
        }
    }
    let common: Vec<usize> = all.iter().map(most).collect();
    let mut pairs = vec![Pair::default(); hosts * hosts];
    for (by, row) in by_host.chunks_exact(nodes.max(1)).enumerate() {
        for (of, held) in row.iter().enumerate() {
            let Some(pair) = hosts_of.get(of).and_then(|to| pairs.get_mut(by * hosts + to)) else {
                continue;
            };
            let of_kind = |what| u32::from(held[place(what)]);
            pair.all += held.iter().map(|&n| u32::from(n)).sum::<u32>();
            pair.fail += of_kind(Opinion::Fail);
            pair.pfail += of_kind(Opinion::Pfail);
            pair.unknown += of_kind(Opinion::Unknown) + of_kind(Opinion::Handshake);
            pair.odd += besides(held, common[of]) as u32;
        }
    }
    let doubted = |held: &Held| held[place(Opinion::Fail)] + held[place(Opinion::Pfail)] > 0;
    let one =
        |(of, held): (usize, &Held)| Split { of, held: *held, odd: besides(held, common[of]) };
    let mut split: Vec<Split> =
        all.iter().enumerate().map(one).filter(|s| s.odd > 0 || doubted(&s.held)).collect();
    split.sort_by_key(|s| (std::cmp::Reverse(s.odd), s.of));
    Crowd { hosts, pairs, split }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(counts: &[(Opinion, u16)]) -> Held {
        let mut held = [0; KINDS];
        for (what, many) in counts {
            held[place(*what)] = *many;
        }
        held
    }

    /// Two hosts with two nodes each; the second node is dead, and one of its peers has not heard.
    #[test]
    fn the_numbers_say_on_which_host_somebody_has_not_heard() {
        let (master, replica, fail) = (Opinion::Master, Opinion::Replica, Opinion::Fail);
        let me = (Opinion::Myself, 1);
        let by_host = [
            held(&[me]),
            held(&[(fail, 1)]),
            held(&[(replica, 1)]),
            held(&[(replica, 1)]),
            held(&[(master, 2)]),
            held(&[(fail, 1), (master, 1)]),
            held(&[me, (replica, 1)]),
            held(&[me, (replica, 1)]),
        ];
        let crowd = sum_up(&by_host, &[0, 0, 1, 1], 2);
        assert_eq!(crowd.pairs[0], Pair { all: 2, fail: 1, ..Pair::default() });
        assert_eq!(crowd.pairs[2], Pair { all: 4, fail: 1, odd: 1, ..Pair::default() });
        assert_eq!((crowd.pairs[1].odd, crowd.pairs[3].odd), (0, 0));
        let split: Vec<_> = crowd.split.iter().map(|s| (s.of, s.odd)).collect();
        assert_eq!(split, [(1, 1)]);
    }

    #[test]
    fn a_node_that_all_hold_for_failed_is_listed_though_nobody_disagrees() {
        let by_host = [held(&[(Opinion::Fail, 3)]), held(&[(Opinion::Master, 3)])];
        let crowd = sum_up(&by_host, &[0, 0], 1);
        assert_eq!(crowd.split.iter().map(|s| (s.of, s.odd)).collect::<Vec<_>>(), [(0, 0)]);
        assert_eq!(crowd.pairs[0].odd, 0);
    }

    #[test]
    fn of_two_beliefs_that_are_as_common_the_graver_is_the_rule() {
        assert_eq!(most(&held(&[(Opinion::Master, 2), (Opinion::Fail, 2)])), place(Opinion::Fail));
        assert_eq!(
            most(&held(&[(Opinion::Myself, 9), (Opinion::Replica, 1)])),
            place(Opinion::Replica)
        );
    }

    #[test]
    fn a_crowd_of_nobody_has_no_numbers() {
        assert_eq!(sum_up(&[], &[], 0), Crowd::default());
    }
}
