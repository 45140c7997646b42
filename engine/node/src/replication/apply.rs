//! Applying the master's stream of writes, and passing the same bytes on to replicas of this
//! replica (`replicationFeedStreamFromMasterStream`).

use engine_base::{LinkId, Mono, Now};
use engine_resp::{Limits, Reply, RequestParser};
use smallvec::SmallVec;

use crate::Node;
use crate::api::LogLevel;
use crate::client::{ClientFlags, Wait};
use crate::command::lookup;
use crate::propagate::Origin;

impl Node {
    /// Applies what came from the master.
    pub(crate) fn apply_stream(&mut self, now: Now, link: LinkId, bytes: &[u8]) {
        let Some(client) = self.links.client_mut(link) else { return };
        client.last_input = now.mono;
        if client.blocked.is_some() || self.scripts.is_running() {
            // Held back by a pause or a script: it goes on from here when that is over.
            return client.query.extend_from_slice(bytes);
        }
        let mut query = std::mem::take(&mut client.query);
        let mut parser = std::mem::take(&mut client.parser);
        query.extend_from_slice(bytes);
        let mut done = 0;
        let broken = self.apply_requests(now, link, &query, &mut parser, &mut done);
        let Some(client) = self.links.client_mut(link) else { return };
        // Inside a transaction nothing counts as applied until its end: after a broken link the
        // master must send it from its beginning.
        query.drain(..done);
        parser.rebase(done);
        client.query = query;
        client.parser = parser;
        if broken {
            self.out.log(LogLevel::Warning, "Protocol error from master, closing the link.");
            self.replication.cached = false;
            self.master_failed(now);
        }
    }

    /// Applies all complete requests; `done` is how many bytes count as applied. Gives whether
    /// the stream makes no sense any more.
    fn apply_requests(
        &mut self,
        now: Now,
        link: LinkId,
        query: &[u8],
        parser: &mut RequestParser,
        done: &mut usize,
    ) -> bool {
        let limits = Limits { max_bulk: u64::MAX, unauthenticated: false };
        let mut reply = Reply::new();
        loop {
            let before = self.pause.is_active(now).then(|| parser.clone());
            match parser.parse(query, &limits) {
                Ok(true) => {}
                Ok(false) => return false,
                Err(_) => return true,
            }
            let args: SmallVec<[&[u8]; 8]> = parser.args(query).collect();
            if let Some(before) = before
                && let Some(until) = self.paused_until(now, link, &args)
            {
                drop(args);
                *parser = before;
                self.block(link, until, Wait::Paused);
                return false;
            }
            self.apply_one(now, link, &args, &mut reply);
            drop(args);
            let Some(client) = self.links.client(link) else { return false };
            if !client.flags.contains(ClientFlags::MULTI) {
                let end = parser.consumed().min(query.len());
                self.feed_raw(now, &query[*done..end]);
                *done = end;
            }
        }
    }

    fn apply_one(&mut self, now: Now, link: LinkId, args: &[&[u8]], reply: &mut Reply) {
        let Some(name) = args.first() else { return };
        let in_multi = |c: &crate::client::Client| c.flags.contains(ClientFlags::MULTI);
        if name.eq_ignore_ascii_case(b"select") && !self.links.client(link).is_some_and(in_multi) {
            let db = args.get(1).and_then(|n| engine_base::number::parse_u64(n));
            let db = db.and_then(|n| usize::try_from(n).ok()).filter(|n| *n < self.dbs.len());
            if let (Some(db), Some(client)) = (db, self.links.client_mut(link)) {
                client.db = db;
            }
            return;
        }
        if name.eq_ignore_ascii_case(b"replconf")
            && args.get(1).is_some_and(|o| o.eq_ignore_ascii_case(b"getack"))
        {
            return self.send_ack(link);
        }
        if name.eq_ignore_ascii_case(b"ping") {
            return;
        }
        reply.truncate(0);
        self.execute(now, link, args, reply);
        if reply.as_bytes().starts_with(b"-") {
            let report = self.unexpected_error(now, &Origin::MASTER, args, reply);
            self.end_with(report);
        }
    }

    /// Whether a pause (`CLIENT PAUSE`) holds this command of the master back, and until when.
    fn paused_until(&self, now: Now, link: LinkId, args: &[&[u8]]) -> Option<Mono> {
        let writes = lookup(args).is_ok_and(|(_, spec)| self.may_replicate(link, spec));
        self.pause.holds(now, writes)
    }

    /// Bytes of the master's stream that have come and are not applied.
    pub(super) fn unapplied(&self) -> u64 {
        let client = self.replication.link.and_then(|link| self.links.client(link));
        client.map_or(0, |client| client.query.len() as u64)
    }

    /// Tells the master how far this replica is (`replicationSendAck`).
    pub(super) fn send_ack(&mut self, link: LinkId) {
        let offset = self.replication.offset.to_string();
        self.say(link, &[b"REPLCONF", b"ACK", offset.as_bytes()]);
    }
}
