//! `CLUSTER MIGRATESLOTS`, `GETSLOTMIGRATIONS` and `CANCELSLOTMIGRATIONS` of Valkey 9: what an
//! operator asks of the node that gives slots away.

use engine_base::number::parse_i64;
use engine_base::{NodeId, Slot};

use super::DISABLED;
use crate::Node;
use crate::cluster::NodeIx;
use crate::command::Call;
use crate::command::args::is;
use crate::slot_migration::{Job, Kind, Ranges};

/// An error's text.
type Refused = String;

/// `MIGRATESLOTS SLOTSRANGE start end [start end …] NODE id [SLOTSRANGE … NODE …]`
pub(super) fn migrate_slots(call: &mut Call<'_>) {
    if call.node.cluster.is_none() {
        return call.error(DISABLED);
    }
    if let Some(refusal) = call.node.why_no_slot_migration() {
        return call.error(refusal);
    }
    match moves(call.node, call.args) {
        Ok(moves) => {
            call.admin_event();
            for (ranges, target) in moves {
                call.node.start_slot_export(call.now, target, ranges);
            }
            call.out.ok();
        }
        Err(refusal) => call.error(&refusal),
    }
}

/// What goes where; nothing begins unless all of it makes sense.
fn moves(node: &Node, words: &[&[u8]]) -> Result<Vec<(Ranges, NodeId)>, Refused> {
    let syntax = || "ERR syntax error".to_owned();
    let cluster = node.cluster.as_deref().ok_or_else(syntax)?;
    let mut moves: Vec<(Ranges, NodeId)> = Vec::new();
    let mut at = 2;
    while at < words.len() {
        if !is(c_text(words[at]), "slotsrange") {
            return Err(syntax());
        }
        let (ranges, owner, next) = slot_ranges(node, words, at + 1)?;
        at = next;
        if owner != cluster.myself {
            return Err("ERR Slots are not served by this node.".into());
        }
        if let Some(slot) = ranges.slots().find(|slot| node.slot_migrations.exports(*slot)) {
            return Err(format!("ERR I am already migrating slot {slot}."));
        }
        if moves.iter().any(|(other, _)| other.overlap(&ranges)) {
            return Err("ERR Slot ranges in migrations overlap".into());
        }
        let (Some(word), Some(name)) = (words.get(at), words.get(at + 1)) else {
            return Err(syntax());
        };
        if !is(word, "node") {
            return Err(syntax());
        }
        moves.push((ranges, target(node, name)?));
        at += 2;
    }
    Ok(moves)
}

/// A word up to its first zero byte, as C compares texts: valkey-cli 9.1 sends `SLOTSRANGE` with
/// one at its end.
fn c_text(word: &[u8]) -> &[u8] {
    word.split(|b| *b == 0).next().unwrap_or_default()
}

fn target(node: &Node, name: &[u8]) -> Result<NodeId, Refused> {
    let text = String::from_utf8_lossy(name);
    if name.len() != 40 {
        return Err(format!("ERR Invalid node name: {text}"));
    }
    let cluster = node.cluster.as_deref();
    let id = NodeId::from_bytes(name);
    let known = cluster.zip(id).and_then(|(cluster, id)| Some((id, cluster.nodes.find(&id)?)));
    let (id, ix) = known.ok_or_else(|| format!("ERR Unknown node name: {text}"))?;
    if cluster.is_some_and(|cluster| cluster.myself == ix) {
        return Err("ERR Target node can not be this node.".into());
    }
    Ok(id)
}

/// The ranges from word `at` on, up to the first word that is no number: with the one node that
/// owns them all, and where the next word stands (`parseSlotRangesOrReply`).
pub(super) fn slot_ranges(
    node: &Node,
    words: &[&[u8]],
    at: usize,
) -> Result<(Ranges, NodeIx, usize), Refused> {
    let mut ranges = Ranges::default();
    let mut owner = None;
    let mut next = at;
    while let Some(first) = words.get(next) {
        if parse_i64(first).is_none() {
            break;
        }
        let first = slot(first)?;
        let last = words.get(next + 1).ok_or("ERR No end slot for final slot range")?;
        let last = slot(last)?;
        if first > last {
            return Err(format!(
                "ERR Start slot number {first} is greater than end slot number {last}."
            ));
        }
        let range = Ranges(vec![(first, last)]);
        owner = Some(owner_of(node, &range, owner)?);
        let overlaps = |(a, b): &&(Slot, Slot)| Ranges(vec![(*a, *b)]).overlap(&range);
        if let Some((a, b)) = ranges.0.iter().find(overlaps) {
            return Err(format!(
                "ERR Slot range {first}-{last} overlaps with previous range {a}-{b}."
            ));
        }
        ranges.0.push((first, last));
        next += 2;
    }
    let owner = owner.ok_or("ERR No slot ranges specified")?;
    Ok((ranges, owner, next))
}

fn slot(word: &[u8]) -> Result<Slot, Refused> {
    let number = parse_i64(word).and_then(|n| u16::try_from(n).ok());
    number.and_then(Slot::new).ok_or_else(|| "ERR Invalid or out of range slot".into())
}

fn owner_of(node: &Node, range: &Ranges, known: Option<NodeIx>) -> Result<NodeIx, Refused> {
    let mut owner = known;
    for slot in range.slots() {
        let found = node.cluster.as_deref().and_then(|cluster| cluster.owner(slot));
        let found = found.ok_or_else(|| format!("ERR Slot {slot} has no node served."))?;
        if *owner.get_or_insert(found) != found {
            return Err("ERR Requested slots span multiple shards".into());
        }
    }
    owner.ok_or_else(|| "ERR No slot ranges specified".into())
}

/// `CANCELSLOTMIGRATIONS`: what leaves this node stays, unless its target has leave to take it.
pub(super) fn cancel(call: &mut Call<'_>) {
    if call.node.cluster.is_none() {
        return call.error(DISABLED);
    }
    if !call.node.slot_migrations.is_exporting() {
        return call.error("ERR No migrations ongoing");
    }
    let names = call.node.cancellable_exports();
    if names.is_empty() {
        let why = "ERR The targets of all ongoing migrations have leave to take the slots";
        return call.error(why);
    }
    call.admin_event();
    call.node.cancel_slot_exports(call.now, &names);
    call.out.ok();
}

/// `GETSLOTMIGRATIONS`: those under way and those of late, the newest first.
pub(super) fn list(call: &mut Call<'_>) {
    if call.node.cluster.is_none() {
        return call.error(DISABLED);
    }
    call.out.array(call.node.slot_migrations.jobs.len());
    for job in &call.node.slot_migrations.jobs {
        let waiting = job.link.map_or(0, |link| call.node.export_waiting(link)) + job.held.len();
        write_job(call.out, job, waiting);
    }
}

fn write_job(out: &mut engine_resp::Reply, job: &Job, waiting: usize) {
    let operation = if job.kind == Kind::Import { "IMPORT" } else { "EXPORT" };
    let (slots, message) = (job.ranges.text(), job.message.as_deref().unwrap_or_default());
    out.map(if job.is_tracking() { 10 } else { 12 });
    let mut text = |name: &str, value: &[u8]| {
        out.bulk(name.as_bytes());
        out.bulk(value);
    };
    text("name", &job.name);
    text("operation", operation.as_bytes());
    text("slot_ranges", slots.as_bytes());
    if let Some(nodes) = job.nodes {
        text("target_node", nodes.target.to_string().as_bytes());
        text("source_node", nodes.source.to_string().as_bytes());
    }
    let mut number = |name: &str, value: i64| {
        out.bulk(name.as_bytes());
        out.int(value);
    };
    number("create_time", job.created);
    number("last_update_time", job.updated);
    number("last_ack_time", job.last_ack);
    for (name, value) in [("state", job.state.name()), ("message", message)] {
        out.bulk(name.as_bytes());
        out.bulk(value.as_bytes());
    }
    let mut number = |name: &str, value: i64| {
        out.bulk(name.as_bytes());
        out.int(value);
    };
    number("cow_size", 0);
    number("remaining_repl_size", i64::try_from(waiting).unwrap_or(i64::MAX));
}
