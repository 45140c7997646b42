//! The subcommands about slots: who serves them, which keys they hold.

use engine_base::number::parse_i64;
use engine_base::{Slot, SlotSet};

use super::{DISABLED, slot_argument};
use crate::command::Call;

/// What is done to a list of slots.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Add,
    Delete,
}

/// `ADDSLOTS slot [slot ...]`
pub(super) fn add(call: &mut Call<'_>) {
    listed(call, Change::Add);
}

/// `DELSLOTS slot [slot ...]`
pub(super) fn delete(call: &mut Call<'_>) {
    listed(call, Change::Delete);
}

/// `ADDSLOTSRANGE start end [start end ...]`
pub(super) fn add_range(call: &mut Call<'_>) {
    ranges(call, Change::Add);
}

/// `DELSLOTSRANGE start end [start end ...]`
pub(super) fn delete_range(call: &mut Call<'_>) {
    ranges(call, Change::Delete);
}

/// `FLUSHSLOTS`: this node serves no slot any more; refused while it holds keys.
pub(super) fn flush(call: &mut Call<'_>) {
    if call.node.cluster.is_none() {
        return call.error(DISABLED);
    }
    if !call.db().is_empty() {
        return call.error("ERR DB must be empty to perform CLUSTER FLUSHSLOTS.");
    }
    call.node.with_cluster(call.now, |cluster, _| {
        let own = cluster.me().slots();
        cluster.unassign_slots(own.iter());
    });
    call.out.ok();
}

fn listed(call: &mut Call<'_>, change: Change) {
    if call.node.cluster.is_none() {
        return call.error(DISABLED);
    }
    let mut wanted = SlotSet::EMPTY;
    let mut numbers = Vec::with_capacity(call.args.len() - 2);
    for at in 2..call.args.len() {
        let Some(slot) = slot_argument(call, at) else { return };
        numbers.push(slot);
    }
    for slot in numbers {
        if !check(call, slot, change, &mut wanted) {
            return;
        }
    }
    apply(call, &wanted, change);
}

fn ranges(call: &mut Call<'_>, change: Change) {
    if call.node.cluster.is_none() {
        return call.error(DISABLED);
    }
    if call.args.len() % 2 == 1 {
        let name = if change == Change::Add { "addslotsrange" } else { "delslotsrange" };
        return call.error(&format!("ERR wrong number of arguments for 'cluster|{name}' command"));
    }
    let mut wanted = SlotSet::EMPTY;
    for at in (2..call.args.len()).step_by(2) {
        let Some(first) = slot_argument(call, at) else { return };
        let Some(last) = slot_argument(call, at + 1) else { return };
        if first > last {
            return call.error(&format!(
                "ERR start slot number {first} is greater than end slot number {last}"
            ));
        }
        for slot in Slot::all().skip(first.index()).take(last.index() - first.index() + 1) {
            if !check(call, slot, change, &mut wanted) {
                return;
            }
        }
    }
    apply(call, &wanted, change);
}

/// Whether the change makes sense for this slot; all are checked before any is changed.
fn check(call: &mut Call<'_>, slot: Slot, change: Change, wanted: &mut SlotSet) -> bool {
    let owned = call.node.cluster.as_ref().is_some_and(|c| c.owner(slot).is_some());
    let problem = match change {
        Change::Delete if !owned => Some("is already unassigned"),
        Change::Add if owned => Some("is already busy"),
        _ if !wanted.insert(slot) => Some("specified multiple times"),
        _ => None,
    };
    if let Some(problem) = problem {
        call.error(&format!("ERR Slot {slot} {problem}"));
    }
    problem.is_none()
}

fn apply(call: &mut Call<'_>, wanted: &SlotSet, change: Change) {
    call.node.with_cluster(call.now, |cluster, _| match change {
        Change::Add => cluster.claim_slots(wanted.iter()),
        Change::Delete => cluster.unassign_slots(wanted.iter()),
    });
    call.out.ok();
}

/// `KEYSLOT key`
pub(super) fn of_key(call: &mut Call<'_>) {
    if call.node.cluster.is_none() {
        return call.error(DISABLED);
    }
    call.out.int(i64::from(Slot::of_key(call.args[2]).number()));
}

/// `COUNTKEYSINSLOT slot`
pub(super) fn count_keys(call: &mut Call<'_>) {
    if call.node.cluster.is_none() {
        return call.error(DISABLED);
    }
    let Some(number) = parse_i64(call.args[2]) else {
        return call.error("ERR value is not an integer or out of range");
    };
    let Some(slot) = u16::try_from(number).ok().and_then(Slot::new) else {
        return call.error("ERR Invalid slot");
    };
    let count = call.db().count_in_slot(slot);
    call.out.int(count as i64);
}

/// `GETKEYSINSLOT slot count`
pub(super) fn keys(call: &mut Call<'_>) {
    if call.node.cluster.is_none() {
        return call.error(DISABLED);
    }
    let (Some(number), Some(max)) = (parse_i64(call.args[2]), parse_i64(call.args[3])) else {
        return call.error("ERR value is not an integer or out of range");
    };
    let slot = u16::try_from(number).ok().and_then(Slot::new);
    let (Some(slot), Ok(max)) = (slot, usize::try_from(max)) else {
        return call.error("ERR Invalid slot or number of keys");
    };
    let db = &call.node.dbs[0];
    call.out.array(db.count_in_slot(slot).min(max));
    for key in db.keys_in_slot(slot, max) {
        call.out.bulk(key);
    }
}
