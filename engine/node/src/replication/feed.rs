//! Feeding replicas: every write goes to the backlog and to every replica, as the same bytes
//! (`replicationFeedSlaves`).

use engine_base::Now;

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
        let limit = self.config.repl_backlog_size as usize;
        if let Some(backlog) = &mut self.replication.backlog {
            backlog.push(bytes, limit);
        }
        for at in 0..self.replication.replicas.len() {
            let Some(&link) = self.replication.replicas.get(at) else { break };
            let Some(client) = self.links.client_mut(link) else { continue };
            let Some(replica) = &mut client.replica else { continue };
            match &mut replica.phase {
                Phase::Introducing | Phase::Waiting => continue,
                Phase::Online => client.reply.raw(bytes),
                Phase::Saving(sending) | Phase::Sending(sending) => {
                    sending.held.extend_from_slice(bytes);
                }
                Phase::Loading(held) => held.extend_from_slice(bytes),
            }
            let held = replica.held();
            if matches!(replica_phase(client), Some(Phase::Online)) {
                self.announce_output(link);
            } else {
                self.note_output(link, held);
            }
        }
    }
}

fn replica_phase(client: &crate::client::Client) -> Option<&Phase> {
    client.replica.as_ref().map(|r| &r.phase)
}
