//! A replica that is as far as its master in the same history has its master's data; and when
//! nobody has written for a while, every replica is as far as its master.

use engine_base::Mono;

use super::Violation;

/// How far a node is: the id of its history and its offset in it.
pub(crate) type Place = ([u8; 40], u64);

/// Nobody writes any more: a replica must be where its master is.
pub(crate) fn check_rest(
    at: Mono,
    (master, replica): (usize, usize),
    (here, there): (Place, Place),
) -> Result<(), Violation> {
    if here == there {
        return Ok(());
    }
    Err(Violation {
        rule: "replicas catch up",
        at,
        seen: format!(
            "node {master} is at offset {}, its replica, node {replica}, rests at {}",
            here.1, there.1
        ),
    })
}

/// Compares values of a key at a master and at its replica.
pub(crate) fn check(
    at: Mono,
    (master, replica): (usize, usize),
    (here, there): (Place, Place),
    values: impl Iterator<Item = (String, u64, u64)>,
) -> Result<(), Violation> {
    if here != there {
        return Ok(());
    }
    for (key, ours, theirs) in values {
        if ours != theirs {
            return Err(Violation {
                rule: "equal offsets, equal data",
                at,
                seen: format!(
                    "{key} is {ours} at node {master} and {theirs} at its replica, node {replica}, \
                     both at offset {}",
                    here.1
                ),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replica_that_missed_a_write_and_does_not_know_it_is_seen() {
        let (same, other) = (([b'a'; 40], 100), ([b'a'; 40], 99));
        let check = |there, theirs| {
            let values = [("k".to_owned(), 5, theirs)];
            check(Mono::ZERO, (0, 1), (same, there), values.into_iter())
        };
        assert_eq!(check(same, 5), Ok(()));
        assert!(check(same, 4).is_err());
        assert_eq!(check(other, 4), Ok(()), "it is on its way");
        assert_eq!(check_rest(Mono::ZERO, (0, 1), (same, same)), Ok(()));
        assert!(check_rest(Mono::ZERO, (0, 1), (same, other)).is_err(), "it never comes");
    }
}
