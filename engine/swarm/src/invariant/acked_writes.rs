//! No acknowledged write is lost outside of the windows that the specification admits ("Redis
//! Cluster consistency guarantees"), and everybody reads what they wrote. Replication is
//! asynchronous; each loss must be explained by something that was seen to happen.

use std::collections::BTreeMap;

use engine_base::{Mono, Slot};

use super::Violation;
use crate::fault::Fault;
use crate::history::History;
use crate::load::Written;

/// A write that was acknowledged so long before its master was replaced was simply under way, in
/// milliseconds.
const LAG_MS: u64 = 2000;
/// On top of a node timeout, how long a master may not know that it was replaced after whatever
/// kept it from knowing is over, in milliseconds.
const AFTERMATH_MS: u64 = 5000;

/// Acknowledged writes that are gone, and reads that came too late, by the window that admits it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Losses {
    pub(crate) by_window: BTreeMap<&'static str, u64>,
}

/// What explains a value that is older than the last acknowledged one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Window {
    /// The write is gone.
    Lost(&'static str),
    /// Only the reader was late: it asked a master that had been replaced.
    Stale,
}

/// The circumstances of a read.
#[derive(Clone, Copy)]
pub(crate) struct Reading<'a> {
    pub(crate) now: Mono,
    /// When the cluster was formed: faults count from there.
    pub(crate) origin: Mono,
    pub(crate) node_timeout_ms: u64,
    pub(crate) faults: &'a [Fault],
    /// Which node answered.
    pub(crate) node: usize,
    pub(crate) key: &'a str,
    pub(crate) value: u64,
}

/// Whether what was read is what was acknowledged; if not, which window admits it.
pub(crate) fn check(
    reading: Reading<'_>,
    written: &Written,
    history: &History,
) -> Result<Option<Window>, Violation> {
    let Reading { now, key, value, node, .. } = reading;
    if value > written.tried {
        return Err(Violation {
            rule: "only what was written is read",
            at: now,
            seen: format!("{key} holds {value}, the largest value sent was {}", written.tried),
        });
    }
    if value >= written.acked {
        return Ok(None);
    }
    if let Some(window) = explain(reading, written, history) {
        return Ok(Some(window));
    }
    Err(Violation {
        rule: "no acknowledged write is lost outside of the admitted windows",
        at: now,
        seen: format!(
            "{key} was acknowledged as {} at {} by node {}, and is {value} at node {node}",
            written.acked, written.acked_at, written.acked_by
        ),
    })
}

fn explain(reading: Reading<'_>, written: &Written, history: &History) -> Option<Window> {
    let Reading { now, key, value, node, .. } = reading;
    let slot = Slot::of_key(key.as_bytes());
    let (acked, by) = (written.acked_at, written.acked_by);
    // The last word on a key may come late, when its sender has long given it up.
    if written.limbo.contains(&value) {
        return Some(Window::Lost("overwritten by a write that was given up and came late"));
    }
    let missing = history.missing.get(key).map_or(&[][..], Vec::as_slice);
    if let Some(missing) = missing.iter().find(|m| m.value == written.acked) {
        return Some(Window::Lost(if missing.by_hand {
            "not yet at the replica that an operator promoted"
        } else if missing.at.ms_since(acked) <= LAG_MS {
            "not yet at the replica that won: replication lag"
        } else {
            "not at the replica that won: cut off for less than its data may be old"
        }));
    }
    if did_not_know(reading, history.replaced_before(acked, by, slot), by, acked) {
        return Some(Window::Lost("acknowledged by a master that did not know it was replaced"));
    }
    if did_not_know(reading, history.replaced_before(now, node, slot), node, now) {
        return Some(Window::Stale);
    }
    if history.lost_power_after(written.sent_at, &[by, node]) {
        return Some(Window::Lost("in memory only when the power was cut (appendfsync everysec)"));
    }
    if history.was_wiped_after(written.sent_at, by) {
        return Some(Window::Lost("its disk was wiped and no replica was there to stand"));
    }
    if history.was_open(slot, acked, now) && history.changed_hands(slot, acked, now) {
        return Some(Window::Lost(
            "its slot was on the move at a failover (7.0 does not replicate SETSLOT)",
        ));
    }
    None
}

/// Whether a node could still not know at `at` that somebody had taken its place: it was kept
/// from hearing others, or that was not long ago.
fn did_not_know(reading: Reading<'_>, replaced: Option<Mono>, node: usize, at: Mono) -> bool {
    let Some(replaced) = replaced else { return false };
    let patience = reading.node_timeout_ms + AFTERMATH_MS;
    if at.ms_since(replaced) <= patience {
        return true;
    }
    let from = replaced.ms_since(reading.origin);
    let until = at.ms_since(reading.origin);
    reading.faults.iter().filter(|fault| fault.kind.holds_up(node)).any(|fault| {
        // What was sent meanwhile is sent again ever later.
        let length = fault.until_ms - fault.from_ms;
        fault.from_ms <= until
            && until <= fault.until_ms + length + patience
            && from <= fault.until_ms + length + patience
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::FaultKind;
    use crate::history::{Missing, Promotion};

    fn at(ms: u64) -> Mono {
        Mono::from_millis(ms)
    }

    fn read(value: u64, now: u64, faults: &[Fault], history: &History) -> Option<Window> {
        let written = Written {
            tried: 9,
            acked: 8,
            sent_at: at(49_900),
            acked_at: at(50_000),
            acked_by: 1,
            limbo: vec![4],
        };
        let reading = Reading {
            now: at(now),
            origin: Mono::ZERO,
            node_timeout_ms: 1000,
            faults,
            node: 1,
            key: "k",
            value,
        };
        check(reading, &written, history).expect("admitted")
    }

    fn is_violation(value: u64, now: u64, history: &History) -> bool {
        let (sent_at, acked_at) = (at(49_900), at(50_000));
        let written = Written { tried: 9, acked: 8, sent_at, acked_at, ..Written::default() };
        let reading = Reading {
            now: at(now),
            origin: Mono::ZERO,
            node_timeout_ms: 1000,
            faults: &[],
            node: 0,
            key: "k",
            value,
        };
        check(reading, &written, history).is_err()
    }

    fn promotion(ms: u64, node: usize) -> Promotion {
        Promotion { at: at(ms), node, slots: [Slot::of_key(b"k")].into_iter().collect() }
    }

    #[test]
    fn a_loss_that_nothing_explains_is_seen() {
        let quiet = History::default();
        assert!(is_violation(7, 60_000, &quiet));
        assert!(is_violation(10, 60_000, &quiet), "a value that nobody wrote");
        assert!(!is_violation(8, 60_000, &quiet));
        assert!(!is_violation(9, 60_000, &quiet), "sent, and not answered");
        let mut cut = History::default();
        cut.power_cut(at(40_000), 0);
        assert!(is_violation(7, 60_000, &cut), "before it was written");
        cut.power_cut(at(58_000), 0);
        assert!(is_violation(7, 60_000, &cut), "long after it was synced");
        let mut had_it = History::default();
        had_it.promotions.push(promotion(55_000, 0));
        assert!(is_violation(7, 60_000, &had_it), "the new master had it");
    }

    #[test]
    fn each_window_admits_what_it_explains() {
        let quiet = History::default();
        assert!(matches!(read(4, 60_000, &[], &quiet), Some(Window::Lost(_))), "came late");
        let mut missing = History::default();
        let lack = Missing { at: at(51_000), value: 8, by_hand: false };
        missing.missing.insert("k".to_owned(), vec![lack]);
        assert!(
            matches!(read(7, 60_000, &[], &missing), Some(Window::Lost(text)) if text.contains("lag"))
        );
        let mut replaced = History::default();
        replaced.promotions.push(promotion(49_000, 0));
        assert!(matches!(read(7, 90_000, &[], &replaced), Some(Window::Lost(_))));
        let mut stale = History::default();
        stale.promotions.push(promotion(60_000, 0));
        assert_eq!(read(7, 61_000, &[], &stale), Some(Window::Stale));
        let pause = Fault { from_ms: 59_000, until_ms: 80_000, kind: FaultKind::Pause(1) };
        assert_eq!(read(7, 80_100, &[pause], &stale), Some(Window::Stale));
        let mut cut = History::default();
        cut.power_cut(at(50_900), 1);
        assert!(matches!(read(7, 60_000, &[], &cut), Some(Window::Lost(_))));
    }
}
