//! From the world's history to the events of the page: what is worth a line, and what a mark.

use engine::base::NodeId;
use engine::node::EventKind;
use engine::sim::{Entry, What};

use super::model::{Election, EventView, NodeIx, Tone};
use super::roster::Roster;

/// What to say of an event: tone, message, arguments, mark.
type Words = (Tone, &'static str, Vec<(&'static str, String)>, Option<&'static str>);

/// The event of a line of history; `None` for what is better seen than read.
pub(crate) fn tell(
    entry: &Entry,
    seq: u64,
    roster: &Roster,
    names: &[String],
) -> Option<EventView> {
    let node = entry.who.addr.and_then(|a| find(roster, entry, a));
    let (tone, key, args, mark) = match &entry.what {
        What::Node(kind) => of_node(kind, node, &Names { roster, names })?,
        What::ServerStarted => (Tone::Good, "event-process", vec![], Some("mark-start")),
        What::ServerEnded(code) => {
            (Tone::Bad, "event-killed", vec![("code", code.to_string())], Some("mark-down"))
        }
        What::ServerStopped => (Tone::Warn, "event-frozen", vec![], Some("mark-fault")),
        What::ServerContinued => (Tone::Good, "event-thawed", vec![], Some("mark-back")),
        What::Fault(what) => {
            (Tone::Warn, "event-fault", vec![("what", what.clone())], Some("mark-fault"))
        }
    };
    Some(EventView { seq, at_us: entry.at.as_micros(), tone, node, key, args, mark })
}

fn find(roster: &Roster, entry: &Entry, addr: std::net::SocketAddr) -> Option<NodeIx> {
    roster.of_addr(addr).or_else(|| roster.of_port(entry.host.0, addr.port()))
}

/// Names for ids.
struct Names<'a> {
    roster: &'a Roster,
    names: &'a [String],
}

impl Names<'_> {
    fn of(&self, id: &NodeId) -> String {
        let name = self.roster.of_id(id).and_then(|ix| self.names.get(ix));
        name.cloned().unwrap_or_else(|| id.to_string().chars().take(8).collect())
    }

    fn of_some(&self, id: Option<&NodeId>) -> String {
        id.map_or_else(|| "–".to_owned(), |id| self.of(id))
    }

    fn is(&self, id: &NodeId, node: Option<NodeIx>) -> bool {
        node.is_some() && self.roster.of_id(id) == node
    }
}

fn of_node(kind: &EventKind, node: Option<NodeIx>, names: &Names<'_>) -> Option<Words> {
    membership(kind, names)
        .or_else(|| failure(kind, names))
        .or_else(|| election(kind, names))
        .or_else(|| ownership(kind, node, names))
        .or_else(|| client(kind))
}

fn membership(kind: &EventKind, names: &Names<'_>) -> Option<Words> {
    Some(match kind {
        EventKind::NodeAdded { id, .. } => {
            (Tone::Plain, "event-added", vec![("of", names.of(id))], None)
        }
        EventKind::NodeRemoved { id } => {
            (Tone::Plain, "event-removed", vec![("of", names.of(id))], None)
        }
        EventKind::HandshakeTimedOut { to } => {
            (Tone::Warn, "event-handshake-timeout", vec![("to", to.to_string())], None)
        }
        EventKind::Started { keys } => {
            (Tone::Plain, "event-started", vec![("keys", keys.to_string())], None)
        }
        _ => return None,
    })
}

fn failure(kind: &EventKind, names: &Names<'_>) -> Option<Words> {
    Some(match kind {
        EventKind::PfailMarked { of } => {
            (Tone::Warn, "event-pfail", vec![("of", names.of(of))], Some("mark-pfail"))
        }
        EventKind::PfailCleared { of } => {
            (Tone::Good, "event-pfail-cleared", vec![("of", names.of(of))], None)
        }
        EventKind::FailMarked { of, agree, needed, told_by: None } => (
            Tone::Bad,
            "event-fail",
            vec![
                ("of", names.of(of)),
                ("agree", agree.to_string()),
                ("needed", needed.to_string()),
            ],
            Some("mark-fail"),
        ),
        EventKind::FailMarked { of, told_by: Some(by), .. } => {
            (Tone::Bad, "event-fail-told", vec![("by", names.of(by)), ("of", names.of(of))], None)
        }
        EventKind::FailCleared { of } => {
            (Tone::Good, "event-fail-cleared", vec![("of", names.of(of))], Some("mark-back"))
        }
        EventKind::ClusterState { ok: true } => {
            (Tone::Good, "event-state-ok", vec![], Some("mark-state"))
        }
        EventKind::ClusterState { ok: false } => {
            (Tone::Bad, "event-state-fail", vec![], Some("mark-state"))
        }
        _ => return None,
    })
}

fn election(kind: &EventKind, names: &Names<'_>) -> Option<Words> {
    Some(match kind {
        EventKind::ElectionScheduled { delay_ms, rank } => (
            Tone::Vote,
            "event-will-stand",
            vec![("delay", delay_ms.to_string()), ("rank", rank.to_string())],
            Some("mark-election"),
        ),
        EventKind::ElectionStarted { epoch, needed } => (
            Tone::Vote,
            "event-election",
            vec![("epoch", epoch.to_string()), ("needed", needed.to_string())],
            Some("mark-election"),
        ),
        EventKind::ElectionExpired { epoch } => {
            (Tone::Warn, "event-expired", vec![("epoch", epoch.to_string())], Some("mark-election"))
        }
        // What it waits for is told by the events before and after.
        EventKind::ElectionBlocked { reason } if !reason.starts_with("Waiting") => {
            (Tone::Plain, "event-blocked", vec![("reason", (*reason).to_owned())], None)
        }
        EventKind::VoteGranted { to, epoch } => (
            Tone::Vote,
            "event-vote",
            vec![("to", names.of(to)), ("epoch", epoch.to_string())],
            Some("mark-vote"),
        ),
        EventKind::VoteRefused { to, reason, .. } => (
            Tone::Warn,
            "event-refused",
            vec![("to", names.of(to)), ("reason", (*reason).to_owned())],
            Some("mark-vote"),
        ),
        EventKind::ElectionWon { epoch } => {
            (Tone::Good, "event-won", vec![("epoch", epoch.to_string())], Some("mark-won"))
        }
        EventKind::ManualFailover { step } => {
            (Tone::Vote, "event-manual", vec![("step", (*step).to_owned())], Some("mark-election"))
        }
        _ => return None,
    })
}

/// Roles and slots: told once, by the node that they concern.
fn ownership(kind: &EventKind, node: Option<NodeIx>, names: &Names<'_>) -> Option<Words> {
    Some(match kind {
        EventKind::Role { of, master: None } if names.is(of, node) => {
            (Tone::Good, "event-now-master", vec![], Some("mark-role"))
        }
        EventKind::Role { of, master: Some(master) } if names.is(of, node) => {
            (Tone::Good, "event-now-replica", vec![("of", names.of(master))], Some("mark-role"))
        }
        EventKind::SlotsMoved { ranges, from, to: Some(to), .. } if names.is(to, node) => {
            let n: usize =
                ranges.iter().map(|(a, b)| b.index().saturating_sub(a.index()) + 1).sum();
            match from {
                Some(from) => (
                    Tone::Good,
                    "event-slots",
                    vec![("n", n.to_string()), ("from", names.of(from))],
                    None,
                ),
                None => (Tone::Plain, "event-slots-new", vec![("n", n.to_string())], None),
            }
        }
        EventKind::SlotMigrating { slot, to } => slot_words(
            ("event-migrating", "event-migrating-done"),
            slot.to_string(),
            to.as_ref().map(|_| ("to", names.of_some(to.as_ref()))),
        ),
        EventKind::SlotImporting { slot, from } => slot_words(
            ("event-importing", "event-importing-done"),
            slot.to_string(),
            from.as_ref().map(|_| ("from", names.of_some(from.as_ref()))),
        ),
        _ => return None,
    })
}

fn slot_words(
    (begins, ends): (&'static str, &'static str),
    slot: String,
    peer: Option<(&'static str, String)>,
) -> Words {
    match peer {
        Some(peer) => (Tone::Warn, begins, vec![("slot", slot), peer], None),
        None => (Tone::Plain, ends, vec![("slot", slot)], None),
    }
}

fn client(kind: &EventKind) -> Option<Words> {
    Some(match kind {
        EventKind::Redirected { kind, slot: Some(slot), .. } => (
            Tone::Plain,
            "event-redirected",
            vec![("kind", (*kind).to_owned()), ("slot", slot.to_string())],
            None,
        ),
        EventKind::Redirected { kind, slot: None, .. } => {
            (Tone::Plain, "event-refused-command", vec![("kind", (*kind).to_owned())], None)
        }
        EventKind::AdminCommand { words } => {
            (Tone::Command, "event-command", vec![("words", words.join(" "))], Some("mark-command"))
        }
        EventKind::ReplicaSync { step, .. } => {
            let key = match *step {
                "full" => "event-sync-full",
                "partial" => "event-sync-partial",
                "done" => "event-sync-done",
                "lost" => "event-sync-lost",
                _ => return None,
            };
            (if *step == "lost" { Tone::Warn } else { Tone::Plain }, key, vec![], None)
        }
        _ => return None,
    })
}

/// What an event means for the election that its node stands in.
pub(crate) fn stand(kind: &EventKind, before: Option<Election>) -> Option<Election> {
    match kind {
        EventKind::ElectionScheduled { .. } => Some(Election { votes: 0, needed: 0, epoch: 0 }),
        EventKind::ElectionStarted { epoch, needed } => {
            Some(Election { votes: 0, needed: *needed, epoch: *epoch })
        }
        // Of hundreds of votes most come when it has won already.
        EventKind::VoteReceived { epoch, have, needed, .. } => {
            before.map(|_| Election { votes: *have, needed: *needed, epoch: *epoch })
        }
        EventKind::ElectionWon { .. } | EventKind::ElectionExpired { .. } => None,
        _ => before,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_election_is_followed_from_the_wait_to_the_end() {
        let mut election = None;
        for (kind, votes) in [
            (EventKind::ElectionScheduled { delay_ms: 600, rank: 0 }, Some((0, 0))),
            (EventKind::ElectionStarted { epoch: 7, needed: 2 }, Some((0, 2))),
            (EventKind::ClusterState { ok: true }, Some((0, 2))),
            (EventKind::ElectionWon { epoch: 7 }, None),
        ] {
            election = stand(&kind, election);
            assert_eq!(election.map(|e| (e.votes, e.needed)), votes);
        }
    }
}
