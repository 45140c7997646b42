//! No acknowledged write is lost outside of the windows that the specification admits ("Redis
//! Cluster consistency guarantees"), and everybody reads what they wrote. Replication is
//! asynchronous; each loss must be explained by something that was seen to happen.

use std::collections::BTreeMap;

use engine_base::{Mono, Slot};

use super::Violation;
use crate::fault::Fault;
use crate::history::{History, How, Promotion};
use crate::load::Written;

/// A write that was acknowledged so long before its master was replaced was simply under way, in
/// milliseconds.
const LAG_MS: u64 = 2000;
/// On top of a node timeout, how long a master may not know that it was replaced after whatever
/// kept it from knowing is over, in milliseconds.
const AFTERMATH_MS: u64 = 5000;

/// Who has handed slots over holds back writes to them for so long, in milliseconds
/// (`CLUSTER_OPERATION_TIMEOUT` of Valkey 9).
const HELD_BACK_MS: u64 = 2000;
/// What could not be written is tried again once a second, in milliseconds.
const REWRITE_MS: u64 = 1100;

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
    let replaced = history.replaced_before(acked, by, slot);
    let unknown = |p: &&Promotion| did_not_know(reading, p, by, acked) && !held_back(p, by, acked);
    if let Some(replaced) = replaced.filter(unknown) {
        return Some(Window::Lost(match replaced.how {
            How::Elected => "acknowledged by a master that did not know it was replaced",
            How::Takeover => "acknowledged by a master that had not heard of a TAKEOVER",
            How::HandedOver { .. } => {
                "acknowledged when its slot was handed over and nobody told in two seconds"
            }
        }));
    }
    if history.replaced_before(now, node, slot).is_some_and(|p| did_not_know(reading, p, node, now))
    {
        return Some(Window::Stale);
    }
    if history.lost_power(written, slot, node) {
        return Some(Window::Lost("in memory only when the power was cut (appendfsync everysec)"));
    }
    if history.was_wiped(written, slot, node) {
        return Some(Window::Lost("its disk was wiped and no replica was there to stand"));
    }
    if died_with_a_full_disk((reading.origin, reading.faults), written, history) {
        return Some(Window::Lost(
            "answered before the disk was found full (appendfsync everysec), then its node died",
        ));
    }
    if history.was_open(slot, acked, now) && history.changed_hands(slot, acked, now) {
        return Some(Window::Lost(
            "its slot was on the move at a failover (7.0 does not replicate SETSLOT)",
        ));
    }
    None
}

/// Whether a node could still not know at `at` that somebody had taken its place: it was kept
/// from hearing others, or that was not long ago. Who took its place without asking anybody may
/// also have been kept from telling: there is no majority that knows.
fn did_not_know(reading: Reading<'_>, replaced: &Promotion, node: usize, at: Mono) -> bool {
    let patience = reading.node_timeout_ms + AFTERMATH_MS;
    if at.ms_since(replaced.at) <= patience {
        return true;
    }
    let from = replaced.at.ms_since(reading.origin);
    let until = at.ms_since(reading.origin);
    let asked_nobody = replaced.how != How::Elected;
    let kept = |fault: &Fault| {
        let kind = &fault.kind;
        kind.holds_up(node)
            || (asked_nobody && (kind.parts(replaced.node, node) || kind.holds_up(replaced.node)))
    };
    reading.faults.iter().filter(|fault| kept(fault)).any(|fault| {
        // What was sent meanwhile is sent again ever later.
        let length = fault.until_ms - fault.from_ms;
        fault.from_ms <= until
            && until <= fault.until_ms + length + patience
            && from <= fault.until_ms + length + patience
    })
}

/// Whether a node had to hold back writes to what it had handed over: for two seconds from when it
/// agreed, so that the taker has time to tell it.
fn held_back(replaced: &Promotion, node: usize, at: Mono) -> bool {
    match replaced.how {
        How::HandedOver { by, granted } => by == node && at < granted.plus_ms(HELD_BACK_MS),
        How::Elected | How::Takeover => false,
    }
}

/// Whether what was acknowledged never got to the disk because that was full, and died with the
/// process: `everysec` answers before it writes. From the first failure on writes are refused, and
/// what waits is written when there is room.
pub(super) fn died_with_a_full_disk(
    (origin, faults): (Mono, &[Fault]),
    written: &Written,
    history: &History,
) -> bool {
    let (by, acked) = (written.acked_by, written.acked_at);
    let at = acked.ms_since(origin);
    faults.iter().any(|fault| {
        let until = fault.until_ms + REWRITE_MS;
        let room = origin.plus_ms(until);
        fault.kind.fills(by)
            && (fault.from_ms..=until).contains(&at)
            && history.ended_between(by, acked, room)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::FaultKind;
    use crate::history::Missing;

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
        let slots = [Slot::of_key(b"k")].into_iter().collect();
        Promotion { at: at(ms), node, slots, how: How::Elected }
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

    #[test]
    fn nobody_syncs_for_a_process_that_died() {
        let lost = |died_ms: u64, again_ms: Option<u64>| {
            let mut history = History::default();
            history.ended(at(died_ms), 0);
            again_ms.into_iter().for_each(|ms| history.started(at(ms), 0));
            history.power_cut(at(58_000), 0);
            is_violation(7, 60_000, &history)
        };
        assert!(!lost(51_000, None));
        assert!(!lost(51_000, Some(59_000)), "it was down when the power went");
        assert!(lost(51_000, Some(52_000)), "another process had long synced");
        assert!(lost(57_000, None), "it had long synced itself");
        assert!(lost(40_000, None), "another death");
    }

    #[test]
    fn what_was_carried_is_in_memory_at_its_new_place() {
        let lost = |slot: Slot, to: usize, cut_ms: u64| {
            let mut history = History::default();
            history.carried(at(55_000), slot, to);
            history.power_cut(at(cut_ms), 2);
            is_violation(7, 60_000, &history)
        };
        let slot = Slot::of_key(b"k");
        assert!(!lost(slot, 2, 55_500));
        assert!(lost(slot, 2, 54_900), "before it came");
        assert!(lost(slot, 2, 59_000), "long after it was synced");
        assert!(lost(slot, 1, 55_500), "carried to another");
        assert!(lost(Slot::of_key(b"other"), 2, 55_500), "another slot");
    }

    /// Whether the write that node 1 acknowledged at 50 s is lost outside of all windows.
    fn is_lost(faults: &[Fault], how: How, replaced_ms: u64) -> bool {
        let mut history = History::default();
        history.promotions.push(Promotion { how, ..promotion(replaced_ms, 0) });
        let (sent_at, acked_at) = (at(49_900), at(50_000));
        let written =
            Written { tried: 9, acked: 8, sent_at, acked_at, acked_by: 1, ..Written::default() };
        let reading = Reading {
            now: at(90_000),
            origin: Mono::ZERO,
            node_timeout_ms: 1000,
            faults,
            node: 0,
            key: "k",
            value: 7,
        };
        check(reading, &written, &history).is_err()
    }

    #[test]
    fn a_takeover_that_is_not_heard_of_is_admitted_and_an_election_is_not() {
        let side = |side: &[usize], one_way| {
            let kind = FaultKind::Partition { side: side.to_vec(), one_way };
            [Fault { from_ms: 20_000, until_ms: 60_000, kind }]
        };
        assert!(!is_lost(&side(&[0], true), How::Takeover, 30_000), "it cannot tell");
        assert!(!is_lost(&side(&[1], false), How::Takeover, 30_000));
        assert!(is_lost(&side(&[1], true), How::Takeover, 30_000), "the way to node 1 is open");
        assert!(is_lost(&side(&[0, 1], false), How::Takeover, 30_000), "on one side");
        assert!(is_lost(&side(&[0], true), How::Elected, 30_000), "a minority serves nobody");
        assert!(is_lost(&[], How::Takeover, 30_000));
        let pause = [Fault { from_ms: 29_000, until_ms: 60_000, kind: FaultKind::Pause(0) }];
        assert!(!is_lost(&pause, How::Takeover, 30_000), "it has not told yet");
        assert!(is_lost(&pause, How::Elected, 30_000), "the others know");
    }

    #[test]
    fn what_was_handed_over_is_held_back_for_two_seconds() {
        let handed = |granted_ms| How::HandedOver { by: 1, granted: at(granted_ms) };
        assert!(is_lost(&[], handed(48_500), 48_600), "it had to hold it back");
        assert!(!is_lost(&[], handed(47_500), 47_600), "the pause was over");
        assert!(is_lost(&[], handed(30_000), 30_100), "it had long to know");
    }

    #[test]
    fn a_full_disk_admits_what_dies_in_memory() {
        let lost = |full: usize, death_ms: u64| {
            let kind = FaultKind::DiskFull(full, 0);
            let faults = [Fault { from_ms: 40_000, until_ms: 60_000, kind }];
            let mut history = History::default();
            history.ended(at(death_ms), 0);
            let (sent_at, acked_at) = (at(49_900), at(50_000));
            let written = Written { tried: 9, acked: 8, sent_at, acked_at, ..Written::default() };
            let reading = Reading {
                now: at(90_000),
                origin: Mono::ZERO,
                node_timeout_ms: 1000,
                faults: &faults,
                node: 0,
                key: "k",
                value: 7,
            };
            check(reading, &written, &history).is_err()
        };
        assert!(!lost(0, 55_000));
        assert!(lost(1, 55_000), "another's disk");
        assert!(lost(0, 45_000), "it died before");
        assert!(lost(0, 70_000), "there was room again");
    }
}
