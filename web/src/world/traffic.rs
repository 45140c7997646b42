//! From packets that arrived to flights worth seeing. Gossip is folded: a PING or PONG flies only
//! when it tells its receiver of a newer config epoch of the sender.

use std::collections::BTreeMap;

use engine::base::NodeId;
use engine::bus::{MessageType, View};
use engine::sim::{ConnId, LinkKind, Packet};

use super::mail::{Carrier, Letter};
use super::model::{Flight, MANY, NodeIx, Tone};
use super::roster::Roster;

/// `PING`, `PONG`, …: the type of a bus packet.
fn bus_name(bytes: &[u8]) -> String {
    View::check(bytes)
        .map_or_else(|_| "?".to_owned(), |view| view.kind().to_string().to_ascii_uppercase())
}

/// The first words of a command or a reply.
fn resp_name(bytes: &[u8]) -> String {
    const MOST: usize = 24;
    request(bytes).unwrap_or_else(|| {
        let line = bytes.split(|b| *b == b'\r').next().unwrap_or_default();
        let line = line.get(..line.len().min(MOST)).unwrap_or_default();
        String::from_utf8_lossy(line).into_owned()
    })
}

/// What is remembered of earlier packets.
#[derive(Clone, Default)]
pub(crate) struct Traffic {
    /// Who opened a bus link, and whose bus port it goes to.
    ends: BTreeMap<ConnId, (NodeIx, NodeIx)>,
    /// The last config epoch that a receiver had from a sender.
    told: BTreeMap<(NodeIx, NodeId), u64>,
}

/// Links that are remembered at most.
const LINKS_KEPT: usize = 4096;

impl Traffic {
    /// A packet as it can be opened, and its flight, if it tells something.
    pub(crate) fn look(
        &mut self,
        packet: &Packet,
        roster: &Roster,
        names: &[String],
    ) -> (Letter, Option<Flight>) {
        let takes_us = packet.arrived.as_micros().saturating_sub(packet.sent.as_micros());
        let told = match packet.kind {
            LinkKind::Bus => self.on_the_bus(packet, roster, names),
            LinkKind::Client => of_client(packet, roster),
            LinkKind::Replication | LinkKind::Migrate => None,
        };
        let bus = packet.kind == LinkKind::Bus;
        let ends = match &told {
            Some((from, to, ..)) => (*from, *to),
            None if bus => {
                let from = View::check(&packet.bytes).ok().and_then(|v| roster.of_id(&v.sender()));
                (from, self.receiver(packet, roster, from))
            }
            None => (roster.of_addr(packet.from.1), roster.of_addr(packet.to.1)),
        };
        let name = |ix: Option<NodeIx>, host: usize| {
            let name = ix.and_then(|ix| names.get(ix)).cloned();
            name.unwrap_or_else(|| {
                // A program's port is of no use to anybody.
                let on = |n: &super::roster::Seen| n.host == host;
                let node = roster.nodes().iter().position(on).and_then(|ix| names.get(ix));
                node.and_then(|n| n.split(':').next()).unwrap_or("?").to_owned()
            })
        };
        let (label, tone, quiet) = match &told {
            Some((_, _, label, tone)) => (label.clone(), *tone, false),
            None if bus => (bus_name(&packet.bytes), Tone::Plain, true),
            None => {
                let quiet = packet.kind != LinkKind::Client;
                (resp_name(&packet.bytes), Tone::Plain, quiet)
            }
        };
        let letter = Letter {
            id: packet.id.0,
            sent_us: packet.sent.as_micros(),
            at_us: packet.arrived.as_micros(),
            from: name(ends.0, packet.from.0.0),
            to: name(ends.1, packet.to.0.0),
            label,
            tone,
            carrier: if bus { Carrier::Bus } else { Carrier::Resp },
            quiet,
            bytes: packet.bytes.clone(),
        };
        let flight = told.map(|(from, to, label, tone)| Flight {
            id: packet.id.0,
            from,
            to,
            label,
            tone,
            takes_us,
        });
        (letter, flight)
    }

    fn on_the_bus(
        &mut self,
        packet: &Packet,
        roster: &Roster,
        names: &[String],
    ) -> Option<(Option<NodeIx>, Option<NodeIx>, String, Tone)> {
        let view = View::check(&packet.bytes).ok()?;
        let sender = view.sender();
        let from = roster.of_id(&sender);
        let to = self.receiver(packet, roster, from);
        let kind = view.kind();
        let name = |id: NodeId| {
            let name = roster.of_id(&id).and_then(|ix| names.get(ix));
            name.cloned().unwrap_or_else(|| "?".to_owned())
        };
        let (label, tone) = match kind {
            MessageType::Meet => ("MEET".to_owned(), Tone::Command),
            MessageType::Fail => {
                let of = view.failed().map(name).unwrap_or_default();
                (format!("FAIL {of}"), Tone::Bad)
            }
            MessageType::AuthRequest => {
                (format!("VOTE? · epoch {}", view.current_epoch()), Tone::Vote)
            }
            MessageType::AuthAck => (format!("VOTE · epoch {}", view.current_epoch()), Tone::Vote),
            MessageType::Update => ("UPDATE".to_owned(), Tone::Warn),
            MessageType::MfStart => ("MFSTART".to_owned(), Tone::Vote),
            MessageType::Ping | MessageType::Pong => {
                // Very many nodes have a million pairs: what each was told last is not remembered.
                if names.len() > MANY {
                    return None;
                }
                let epoch = view.config_epoch();
                let before = self.told.insert((to?, sender), epoch);
                if before.is_none_or(|before| before >= epoch) {
                    return None;
                }
                let kind = if kind == MessageType::Ping { "PING" } else { "PONG" };
                (format!("{kind} · epoch {epoch}"), Tone::Good)
            }
            _ => return None,
        };
        (from.is_some() && to.is_some()).then_some((from, to, label, tone))
    }

    /// Who gets a packet: the owner of the bus port it goes to, or the opener of the link.
    fn receiver(
        &mut self,
        packet: &Packet,
        roster: &Roster,
        from: Option<NodeIx>,
    ) -> Option<NodeIx> {
        if let Some(to) = roster.of_bus(packet.to.0.0, packet.to.1.port()) {
            if let Some(from) = from {
                if self.ends.len() >= LINKS_KEPT {
                    self.ends.pop_first();
                }
                self.ends.insert(packet.conn, (from, to));
            }
            return Some(to);
        }
        self.ends.get(&packet.conn).map(|ends| ends.0)
    }
}

/// A client's command on its way to a node, or a redirect on its way back.
fn of_client(
    packet: &Packet,
    roster: &Roster,
) -> Option<(Option<NodeIx>, Option<NodeIx>, String, Tone)> {
    if let Some(to) = roster.of_addr(packet.to.1) {
        let label = request(&packet.bytes)?;
        return Some((None, Some(to), label, Tone::Command));
    }
    let from = roster.of_addr(packet.from.1)?;
    let line = packet.bytes.strip_prefix(b"-")?;
    let line = line.split(|b| *b == b'\r').next()?;
    let words: Vec<&str> = std::str::from_utf8(line).ok()?.split(' ').take(2).collect();
    let (label, tone) = match words.as_slice() {
        ["MOVED", slot] => (format!("MOVED {slot}"), Tone::Warn),
        ["ASK", slot] => (format!("ASK {slot}"), Tone::Warn),
        [error @ ("TRYAGAIN" | "CLUSTERDOWN" | "CROSSSLOT"), ..] => {
            ((*error).to_owned(), Tone::Bad)
        }
        _ => return None,
    };
    Some((Some(from), None, label, tone))
}

/// `SET foo`: the first two words of a request, shortened. What redis-cli asks for itself
/// (`COMMAND DOCS`) does not fly.
fn request(bytes: &[u8]) -> Option<String> {
    const WORD_MAX: usize = 14;
    let text = bytes.get(..bytes.len().min(256))?;
    let mut lines = text.split(|b| *b == b'\n').map(|l| l.strip_suffix(b"\r").unwrap_or(l));
    let many = lines.next()?.strip_prefix(b"*")?;
    let many: usize = std::str::from_utf8(many).ok()?.parse().ok()?;
    let mut words = Vec::new();
    for _ in 0..many.min(2) {
        lines.next()?.strip_prefix(b"$")?;
        let word: String = String::from_utf8_lossy(lines.next()?).chars().take(WORD_MAX).collect();
        words.push(word);
    }
    let command = words.first_mut()?;
    *command = command.to_ascii_uppercase();
    (command != "COMMAND").then(|| words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_named_by_its_first_two_words() {
        assert_eq!(
            request(b"*3\r\n$3\r\nset\r\n$3\r\nfoo\r\n$1\r\n1\r\n").as_deref(),
            Some("SET foo")
        );
        assert_eq!(request(b"*1\r\n$4\r\nPING\r\n").as_deref(), Some("PING"));
        assert_eq!(request(b"*2\r\n$7\r\nCOMMAND\r\n$4\r\nDOCS\r\n"), None);
        assert_eq!(request(b"*99999999999\r\n"), None);
        assert_eq!(request(b""), None);
        assert_eq!(request(b"*2\r\n$3"), None);
    }
}
