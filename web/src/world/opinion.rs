//! Who believes what of whom: which opinions stand out, and how a node stands with the others.

use super::model::{Belief, Health, NodeIx, Opinion};

/// Marks, column by column, every belief that is not the one most running nodes share.
///
/// A tie goes to the larger epoch: on the way to a new order, the old belief stands out.
pub(crate) fn mark_disagreement(beliefs: &mut [Vec<Belief>]) {
    let columns = beliefs.iter().map(Vec::len).max().unwrap_or(0);
    for column in 0..columns {
        let Some(common) = most_common(beliefs, column) else { continue };
        for row in beliefs.iter_mut() {
            if let Some(belief) = row.get_mut(column) {
                belief.odd =
                    belief.what != Opinion::Myself && (belief.what, belief.epoch) != common;
            }
        }
    }
}

/// What is held, how often, and by which row last. Few different things are held of one node, however
/// many hold them.
type Held = ((Opinion, u64), usize, usize);

fn most_common(beliefs: &[Vec<Belief>], column: usize) -> Option<(Opinion, u64)> {
    let mut held: Vec<Held> = Vec::new();
    for (by, row) in beliefs.iter().enumerate() {
        let Some(belief) = row.get(column).filter(|b| b.what != Opinion::Myself) else { continue };
        let one = (belief.what, belief.epoch);
        match held.iter_mut().find(|held| held.0 == one) {
            Some(held) => (held.1, held.2) = (held.1 + 1, by),
            None => held.push((one, 1, by)),
        }
    }
    let common = held
        .into_iter()
        .max_by_key(|(one, many, last)| (*many, one.1, one.0 != Opinion::Unknown, *last));
    common.map(|held| held.0)
}

/// How a node stands: `runs` its process, `jury` the running masters that own slots.
pub(crate) fn health(of: NodeIx, runs: bool, jury: &[NodeIx], beliefs: &[Vec<Belief>]) -> Health {
    if !runs {
        return Health::Down;
    }
    let says = |by: NodeIx| beliefs.get(by).and_then(|row| row.get(of)).map(|b| b.what);
    let failed = doubters(of, jury, beliefs).1;
    if !jury.is_empty() && failed * 2 > jury.len() {
        return Health::Fail;
    }
    let doubted =
        (0..beliefs.len()).any(|by| matches!(says(by), Some(Opinion::Pfail | Opinion::Fail)));
    if doubted { Health::Pfail } else { Health::Ok }
}

/// How many of `jury` hold `of` for PFAIL or FAIL, and how many for FAIL.
pub(crate) fn doubters(of: NodeIx, jury: &[NodeIx], beliefs: &[Vec<Belief>]) -> (usize, usize) {
    let held = |what: Opinion| {
        jury.iter()
            .filter_map(|&by| beliefs.get(by).and_then(|row| row.get(of)))
            .filter(|b| b.what == what)
            .count()
    };
    let failed = held(Opinion::Fail);
    (failed + held(Opinion::Pfail), failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn belief(what: Opinion, epoch: u64) -> Belief {
        Belief { what, epoch, odd: false }
    }

    /// Three nodes; `of_first` is what each believes of the first.
    fn world(of_first: [(Opinion, u64); 3]) -> Vec<Vec<Belief>> {
        of_first
            .into_iter()
            .enumerate()
            .map(|(by, (what, epoch))| {
                let mut row = vec![belief(Opinion::Master, 1); 3];
                row[0] = belief(what, epoch);
                row[by].what = if by == 0 { what } else { Opinion::Myself };
                row
            })
            .collect()
    }

    #[test]
    fn the_one_that_has_not_heard_stands_out() {
        let mut beliefs = world([(Opinion::Myself, 1), (Opinion::Fail, 1), (Opinion::Pfail, 1)]);
        beliefs.push(vec![belief(Opinion::Fail, 1); 3]);
        mark_disagreement(&mut beliefs);
        let odd: Vec<bool> = beliefs.iter().map(|row| row[0].odd).collect();
        assert_eq!(odd, [false, false, true, false]);
    }

    #[test]
    fn in_a_tie_the_larger_epoch_is_the_common_belief() {
        let mut beliefs =
            world([(Opinion::Myself, 7), (Opinion::Master, 7), (Opinion::Replica, 5)]);
        mark_disagreement(&mut beliefs);
        assert!(!beliefs[1][0].odd && beliefs[2][0].odd);
    }

    #[test]
    fn one_suspicion_is_pfail_and_most_of_the_masters_make_it_fail() {
        let one = world([(Opinion::Myself, 1), (Opinion::Pfail, 1), (Opinion::Master, 1)]);
        assert_eq!(health(0, true, &[0, 1, 2], &one), Health::Pfail);
        assert_eq!(doubters(0, &[0, 1, 2], &one), (1, 0));
        let most = world([(Opinion::Myself, 1), (Opinion::Fail, 1), (Opinion::Fail, 1)]);
        assert_eq!(health(0, true, &[0, 1, 2], &most), Health::Fail);
        assert_eq!(health(0, true, &[0, 1], &most), Health::Pfail, "one of two is not most");
        assert_eq!(health(0, false, &[0, 1, 2], &most), Health::Down);
    }

    #[test]
    fn nobody_doubts_a_node_alone() {
        assert_eq!(health(0, true, &[], &[vec![belief(Opinion::Myself, 0)]]), Health::Ok);
    }
}
