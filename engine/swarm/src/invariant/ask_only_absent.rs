//! `-ASK` is only answered for a key that is not here any more (cluster specification, "ASK
//! redirection"): whoever follows it would not find a key that has not moved yet.

use std::net::SocketAddr;

use engine_base::{Mono, Slot};

use super::Violation;

/// A node answered ASK for a slot. `asked` are the keys of that slot that clients had asked it
/// for, and whether each is still there: one of them is the one that was answered.
pub(crate) fn check<'a>(
    at: Mono,
    node: SocketAddr,
    slot: Slot,
    asked: impl Iterator<Item = (&'a str, bool)>,
) -> Result<(), Violation> {
    let mut present = None;
    for (key, here) in asked {
        if !here {
            return Ok(());
        }
        present = Some(key);
    }
    let Some(key) = present else { return Ok(()) };
    Err(Violation {
        rule: "ASK only for a key that is gone",
        at,
        seen: format!("{node} answered ASK for {slot} and still holds {key}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ask_for_a_key_that_is_here_is_seen() {
        let node = SocketAddr::from(([10, 0, 0, 1], 6380));
        let slot = Slot::of_key(b"k");
        let check = |asked: &[(&str, bool)]| check(Mono::ZERO, node, slot, asked.iter().copied());
        assert!(check(&[("k", true)]).is_err());
        assert_eq!(check(&[("k", false)]), Ok(()));
        assert_eq!(check(&[("k", true), ("j", false)]), Ok(()), "it may have been the other");
        assert_eq!(check(&[]), Ok(()), "an operator asked");
    }
}
