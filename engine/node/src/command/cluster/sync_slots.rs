//! `CLUSTER SYNCSLOTS …`: what the nodes of a slot migration say to each other, and the target to
//! its replicas. Only ESTABLISH and FINISH have an answer.

use engine_base::NodeId;

use super::DISABLED;
use super::migrate_slots::slot_ranges;
use crate::client::ClientFlags;
use crate::command::Call;
use crate::command::args::is;
use crate::slot_migration::{ImportWord, JobName, Ranges, State};

const SYNTAX: &str = "ERR syntax error";

pub(super) fn sync_slots(call: &mut Call<'_>) {
    if call.node.cluster.is_none() {
        return call.error(DISABLED);
    }
    let from_master = from_master(call);
    match &call.args[2].to_ascii_lowercase()[..] {
        b"establish" => {
            if let Err(refusal) = establish(call, from_master) {
                call.error(&refusal);
            }
        }
        b"finish" => {
            if let Err(refusal) = finish(call, from_master) {
                call.error(refusal);
            }
        }
        _ if from_master => {}
        b"snapshot-eof" => import_word(call, ImportWord::SnapshotEof),
        b"paused" => import_word(call, ImportWord::Paused),
        b"failover-granted" => {
            let epoch = call.args.get(3).and_then(|n| engine_base::number::parse_u64(n));
            import_word(call, ImportWord::Granted(epoch.unwrap_or(0)));
        }
        b"ack" => import_word(call, ImportWord::Ack),
        // The source hears these on a link of its own; to anybody else it says no.
        b"request-pause" | b"request-failover" => not_a_migration(call),
        // No capability is known yet; those of later versions are read over.
        b"capa" => {}
        _ => call.error(SYNTAX),
    }
}

fn from_master(call: &Call<'_>) -> bool {
    call.session_ref().is_some_and(|client| client.flags.contains(ClientFlags::MASTER))
}

fn not_a_migration(call: &mut Call<'_>) {
    let word = String::from_utf8_lossy(call.args[2]).to_ascii_uppercase();
    call.error(&format!(
        "ERR CLUSTER SYNCSLOTS {word} should only be used by slot migration clients"
    ));
}

fn import_word(call: &mut Call<'_>, word: ImportWord) {
    let Some(name) = call.session_ref().and_then(|client| client.import) else {
        return not_a_migration(call);
    };
    call.node.import_word(call.now, &name, word);
}

/// What ESTABLISH names, in any order.
#[derive(Default)]
struct Request {
    source: Option<NodeId>,
    name: Option<JobName>,
    ranges: Option<Ranges>,
}

/// `ESTABLISH SOURCE id NAME name SLOTSRANGE start end [start end …]`
fn establish(call: &mut Call<'_>, tracking: bool) -> Result<(), String> {
    let refusal = call.node.why_no_slot_migration().filter(|_| !tracking);
    if let Some(refusal) = refusal {
        return Err(refusal.to_owned());
    }
    let mut request = Request::default();
    let mut owner = None;
    let mut at = 3;
    while at < call.args.len() {
        let word = call.args[at];
        let value = call.args.get(at + 1).copied().filter(|value| value.len() == 40);
        if is(word, "source") && request.source.is_none() {
            request.source = source(call, value.ok_or(SYNTAX)?, tracking)?;
            at += 2;
        } else if is(word, "name") && request.name.is_none() {
            request.name = JobName::try_from(value.ok_or(SYNTAX)?).ok();
            at += 2;
        } else if is(word, "slotsrange") && request.ranges.is_none() {
            let (ranges, of, next) = slot_ranges(call.node, call.args, at + 1)?;
            if ranges.slots().any(|slot| call.node.slot_migrations.imports(slot)) {
                return Err(BUSY.into());
            }
            request.ranges = Some(ranges);
            owner = Some(of);
            at = next;
        } else {
            return Err(SYNTAX.into());
        }
    }
    let (Some(name), Some(ranges)) = (request.name, request.ranges) else {
        return Err(SYNTAX.into());
    };
    if tracking {
        call.node.track_import(call.now, name, ranges);
        call.out.ok();
        return Ok(());
    }
    let source = request.source.ok_or(SYNTAX)?;
    let known = call.node.cluster.as_deref().and_then(|cluster| cluster.nodes.find(&source));
    if known != owner {
        return Err("ERR Target node does not agree about current slot ownership".into());
    }
    call.node.feed_replicas(call.now, 0, call.args);
    call.node.start_slot_import(call.now, call.client, source, name, ranges);
    call.out.ok();
    Ok(())
}

const BUSY: &str = "ERR Slot is already being imported on the target by a different migration";

/// A replica takes its master's word for who the source is: it may know less than that.
fn source(call: &Call<'_>, name: &[u8], tracking: bool) -> Result<Option<NodeId>, String> {
    let id = NodeId::from_bytes(name);
    if tracking {
        return Ok(id);
    }
    let cluster = call.node.cluster.as_deref();
    let known = cluster.zip(id).and_then(|(cluster, id)| Some((id, cluster.nodes.find(&id)?)));
    let (id, ix) = known.ok_or("ERR Target node does not know the source node")?;
    if cluster.is_some_and(|cluster| cluster.myself == ix) {
        return Err("ERR Source node is target node itself".into());
    }
    Ok(Some(id))
}

/// `FINISH STATE success|failed NAME name [MESSAGE text]`, from a target to its replicas.
fn finish(call: &mut Call<'_>, from_master: bool) -> Result<(), &'static str> {
    let (mut state, mut name, mut message) = (None, None, None);
    let mut at = 3;
    while at < call.args.len() {
        let (word, value) = (call.args[at], call.args.get(at + 1).copied().ok_or(SYNTAX)?);
        if is(word, "state") && state.is_none() {
            state = Some(value);
        } else if is(word, "name") && name.is_none() {
            name = Some(JobName::try_from(value).map_err(|_| SYNTAX)?);
        } else if is(word, "message") && message.is_none() {
            message = Some(String::from_utf8_lossy(value).into_owned());
        } else {
            return Err(SYNTAX);
        }
        at += 2;
    }
    let (state, name) = (state.ok_or(SYNTAX)?, name.ok_or(SYNTAX)?);
    let state = if is(state, "success") {
        State::Success
    } else if is(state, "failed") {
        State::Failed
    } else {
        return Err(SYNTAX);
    };
    // Only the stream of a master says how its imports end.
    let known = from_master && call.node.end_tracked(call.now, &name, state, message.as_deref());
    if !known && !from_master {
        return Err("ERR No such slot migration job");
    }
    call.out.ok();
    Ok(())
}
