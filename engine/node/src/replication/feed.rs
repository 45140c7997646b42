//! Feeding replicas: every write goes to the backlog and to every replica, as the same bytes
//! (`replicationFeedSlaves`).

use engine_base::{LinkId, Now};

use super::full_sync::PUMP;
use super::replicas::Phase;
use crate::Node;

/// Writes words as a request.
pub(crate) fn encode(words: &[&[u8]], out: &mut Vec<u8>) {
    let mut text = itoa::Buffer::new();
    let mut line = |mark: u8, n: usize, out: &mut Vec<u8>| {
        out.push(mark);
        out.extend_from_slice(text.format(n).as_bytes());
        out.extend_from_slice(b"\r\n");
    };
    line(b'*', words.len(), out);
    for word in words {
        line(b'$', word.len(), out);
        out.extend_from_slice(word);
        out.extend_from_slice(b"\r\n");
    }
}

impl Node {
    /// Tells the replicas one command on a database.
    pub(crate) fn feed_replicas(&mut self, now: Now, db: usize, words: &[&[u8]]) {
        if !self.replication.feeds_anyone() {
            return;
        }
        let mut bytes = Vec::with_capacity(64);
        if self.replication.selected != Some(db) {
            encode(&[b"SELECT", db.to_string().as_bytes()], &mut bytes);
            self.replication.selected = Some(db);
        }
        encode(words, &mut bytes);
        self.feed_raw(now, &bytes);
    }

    /// Tells the replicas something that belongs to no database (PING, GETACK).
    pub(super) fn feed_plain(&mut self, now: Now, words: &[&[u8]]) {
        if self.replication.feeds_anyone() {
            let mut bytes = Vec::with_capacity(64);
            encode(words, &mut bytes);
            self.feed_raw(now, &bytes);
        }
    }

    /// Appends to the history: bytes that this master made, or that its master sent.
    pub(super) fn feed_raw(&mut self, _now: Now, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        self.replication.offset += bytes.len() as u64;
        if let Some(backlog) = &mut self.replication.backlog {
            backlog.push(bytes);
        }
        for at in 0..self.replication.replicas.len() {
            let Some(&link) = self.replication.replicas.get(at) else { break };
            let Some(client) = self.links.client_mut(link) else { continue };
            let unsent = client.unsent().len();
            let Some(replica) = &mut client.replica else { continue };
            match &replica.phase {
                Phase::Introducing | Phase::Waiting => continue,
                Phase::Online if replica.held == 0 && unsent < PUMP => client.reply.raw(bytes),
                // It is given this later, from the backlog: that is there once for all.
                _ => replica.held += bytes.len(),
            }
            let waiting = client.unsent().len() + client.replica.as_ref().map_or(0, |r| r.held);
            if matches!(replica_phase(client), Some(Phase::Online)) {
                self.announce_output(link);
            }
            self.note_output(link, waiting);
        }
        self.trim_backlog();
    }

    /// Lets go of what is beyond `repl-backlog-size` and was given to all replicas.
    pub(super) fn trim_backlog(&mut self) {
        let end = self.replication.offset + 1;
        let needed = self
            .replica_clients()
            .filter(|(_, replica)| !matches!(replica.phase, Phase::Introducing | Phase::Waiting))
            .map(|(_, replica)| end - replica.held as u64)
            .min();
        let limit = self.config.repl_backlog_size as usize;
        if let Some(backlog) = &mut self.replication.backlog {
            backlog.trim(limit, needed.unwrap_or(end));
        }
    }

    /// Gives a replica that follows the stream more of it, unless much waits for it already.
    pub(crate) fn pump_stream(&mut self, link: LinkId) {
        let offset = self.replication.offset;
        let (Some(backlog), Some(client)) =
            (&self.replication.backlog, self.links.client_mut(link))
        else {
            return;
        };
        let mut room = PUMP.saturating_sub(client.unsent().len());
        let Some(replica) = &mut client.replica else { return };
        if !matches!(replica.phase, Phase::Online) || replica.held == 0 {
            return;
        }
        let Some(pieces) = backlog.from(offset + 1 - replica.held as u64) else { return };
        for piece in pieces {
            let piece = &piece[..piece.len().min(room)];
            client.reply.raw(piece);
            replica.held -= piece.len();
            room -= piece.len();
            if room == 0 {
                break;
            }
        }
        self.announce_output(link);
        self.trim_backlog();
    }
}

fn replica_phase(client: &crate::client::Client) -> Option<&Phase> {
    client.replica.as_ref().map(|r| &r.phase)
}
