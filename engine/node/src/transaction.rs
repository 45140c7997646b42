//! Commands queued since MULTI.

use std::collections::VecDeque;
use std::collections::btree_map::Entry;

use engine_base::{LinkId, Now};
use engine_resp::Reply;

use crate::Node;
use crate::acl::Context;
use crate::client::ClientFlags;
use crate::command::{CommandFlags, Spec};

/// One command that waits for EXEC.
#[derive(Clone, Debug)]
pub(crate) struct Queued {
    /// The command.
    pub(crate) spec: &'static Spec,
    /// Its flags; a script's are its own.
    pub(crate) flags: CommandFlags,
    /// Its words.
    pub(crate) words: Vec<Vec<u8>>,
}

/// What EXEC will carry out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Transaction {
    /// The commands in the order in which they came.
    pub(crate) queued: VecDeque<Queued>,
    /// How many words they have together.
    pub(crate) words: usize,
    /// Bytes of these words.
    pub(crate) bytes: usize,
}

impl Node {
    /// Queues a command for EXEC and answers `QUEUED`.
    pub(crate) fn queue_in_transaction(
        &mut self,
        link: LinkId,
        spec: &'static Spec,
        args: &[&[u8]],
        reply: &mut Reply,
    ) {
        let flags = self.flags_of(spec, args);
        let Some(client) = self.links.client_mut(link) else { return };
        reply.simple("QUEUED");
        // EXEC will run none of it, and so asks nothing of it either.
        if client.flags.intersects(ClientFlags::DIRTY_CAS | ClientFlags::DIRTY_EXEC) {
            return;
        }
        let words = args.iter().map(|word| word.to_vec()).collect();
        let transaction = client.transaction.get_or_insert_default();
        transaction.words += args.len();
        transaction.bytes += args.iter().map(|word| word.len()).sum::<usize>();
        transaction.queued.push_back(Queued { spec, flags, words });
    }

    /// Carries out what EXEC has begun with; `false` when a script among it was put aside, at whose end
    /// the rest follows.
    pub(crate) fn run_queued(
        &mut self,
        now: Now,
        link: LinkId,
        mut queued: VecDeque<Queued>,
        out: &mut Reply,
    ) -> bool {
        while let Some(Queued { spec, words, .. }) = queued.pop_front() {
            let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
            let mark = out.len();
            if let Err(denied) = self.permits(link, spec, &words) {
                self.note_denied(now, link, denied, Context::Multi, spec, &words);
                let refusal = denied.refusal_in_exec();
                self.stats.error_bytes(&refusal.0);
                out.error_bytes(&refusal.0);
                continue;
            }
            let told = self.links.client(link).map_or(0, |client| client.reply.len());
            self.call(now, link, spec, &words, out);
            if let Some(client) = self.links.client_mut(link) {
                client.place_own_messages_of_exec(told, out, mark);
            }
            if self.scripts.put_aside().is_some() {
                self.scripts.keep_transaction(queued);
                return false;
            }
            // A command that would have waited leaves the transaction's shape intact.
            debug_assert!(out.len() > mark || spec.name == "reply", "{} answers", spec.name);
        }
        self.end_unit(now);
        if let Some(client) = self.links.client_mut(link) {
            client.flags.remove(ClientFlags::DENY_BLOCKING);
        }
        self.discard_transaction(link);
        true
    }

    /// Forgets a transaction and the keys watched for it (`discardTransaction`).
    pub(crate) fn discard_transaction(&mut self, link: LinkId) {
        self.unwatch_all(link);
        let Some(client) = self.links.client_mut(link) else { return };
        client.transaction = None;
        client.flags.remove(ClientFlags::MULTI | ClientFlags::DIRTY_CAS | ClientFlags::DIRTY_EXEC);
    }

    /// A client wants EXEC to do nothing if this key changes before.
    pub(crate) fn watch(&mut self, now: Now, link: LinkId, db: usize, key: &[u8]) {
        let expired = self.dbs[db].is_expired(key, now.unix);
        let Some(client) = self.links.client_mut(link) else { return };
        self.watchers += usize::from(client.watched.is_empty());
        if let Entry::Vacant(place) = client.watched.entry((db, key.to_vec())) {
            place.insert(expired);
            client.name_bytes += key.len();
        }
    }

    /// A client watches no key any more.
    pub(crate) fn unwatch_all(&mut self, link: LinkId) {
        let Some(client) = self.links.client_mut(link) else { return };
        self.watchers -= usize::from(!client.watched.is_empty());
        client.name_bytes -= client.watched.keys().map(|(_, key)| key.len()).sum::<usize>();
        client.watched.clear();
    }

    /// A key was changed: every client that watches it will get nil from EXEC. One that had expired
    /// when it was watched, and is gone now, has not changed (`touchWatchedKey`).
    pub(crate) fn touch_watched(&mut self, db: usize, key: &[u8]) {
        if self.watchers == 0 {
            return;
        }
        let Self { links, dbs, .. } = self;
        let gone = dbs[db].peek(key).is_none();
        for client in links.clients_mut().filter(|client| !client.watched.is_empty()) {
            match client.watched.get_mut(&(db, key.to_vec())) {
                Some(expired) if *expired && gone => *expired = false,
                // It was as good as gone, and is there again, expired or not.
                Some(_) => client.flags.insert(ClientFlags::DIRTY_CAS),
                None => {}
            }
        }
    }

    /// All keys of a database are about to go, those of another one to come in their place
    /// (`touchAllWatchedKeysInDb`): what was there, and what will be, counts as changed, but not
    /// what has expired.
    pub(crate) fn touch_all_watched(&mut self, now: Now, db: usize, replaced_with: Option<usize>) {
        let Self { links, dbs, .. } = self;
        let there = |db: usize, key: &[u8]| dbs[db].peek(key).is_some();
        for client in links.clients_mut() {
            let mut changed = false;
            for ((_, key), expired) in client.watched.iter_mut().filter(|((of, _), _)| *of == db) {
                let was = there(db, key);
                let comes = replaced_with.is_some_and(|other| there(other, key));
                let stale = replaced_with.is_some_and(|other| dbs[other].is_expired(key, now.unix));
                match (was, comes) {
                    (false, false) => {}
                    (_, false) if *expired => *expired = false,
                    (true, true) if *expired && stale => {}
                    (false, true) if stale => *expired = true,
                    _ => changed = true,
                }
            }
            if changed {
                client.flags.insert(ClientFlags::DIRTY_CAS);
            }
        }
    }
}
