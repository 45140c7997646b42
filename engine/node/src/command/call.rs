//! One command being carried out.

use engine_base::{LinkId, Now, UnixMs};
use engine_resp::Reply;
use engine_store::Db;

use super::{Answer, At, Fail, Spec};
use crate::Node;
use crate::client::{Client, ClientFlags};
use crate::event::EventKind;

/// What the replicas and the append-only file are told of a command that changed data.
#[derive(Debug, Default)]
pub(crate) enum Propagation {
    /// The words as the client sent them.
    #[default]
    AsSent,
    /// These commands in its place: what has the same effect whenever and wherever it runs
    /// (`EXPIRE` becomes `PEXPIREAT`, `SPOP` becomes `SREM`).
    Instead(Vec<Vec<Vec<u8>>>),
    /// Nothing, though data changed.
    Nothing,
}

/// A command with all that its handler may need.
pub(crate) struct Call<'a> {
    /// The node.
    pub(crate) node: &'a mut Node,
    /// Who asks.
    pub(crate) client: LinkId,
    /// The words, name included.
    pub(crate) args: &'a [&'a [u8]],
    /// Where the answer goes.
    pub(crate) out: &'a mut Reply,
    /// The time of the input that carried the command.
    pub(crate) now: Now,
    /// The command.
    pub(crate) spec: &'static Spec,
    /// What is passed on if data changed (see [`Call::touch`]).
    pub(crate) propagation: Propagation,
    /// Passed on even if no change was counted (`forceCommandPropagation`).
    pub(crate) forced: bool,
    /// Microseconds that the command took beside those that the stopwatch saw (`DEBUG SLEEP`).
    pub(crate) slept: u64,
}

impl Call<'_> {
    /// The database that the client has selected.
    #[inline]
    pub(crate) fn db_index(&self) -> usize {
        self.node.links.client(self.client).map_or(0, |c| c.db)
    }

    /// The keys of the selected database.
    #[inline]
    pub(crate) fn db(&mut self) -> &mut Db {
        let index = self.db_index();
        &mut self.node.dbs[index]
    }

    /// The client that asks. It cannot have gone while its command runs, except for the master's
    /// own stream, which has no client.
    pub(crate) fn session(&mut self) -> Option<&mut Client> {
        self.node.links.client_mut(self.client)
    }

    /// The length of its answer at which the client will be closed; `usize::MAX` for none.
    pub(crate) fn answer_room(&self) -> usize {
        self.node.answer_room(self.client)
    }

    /// The client that asks, to look at.
    pub(crate) fn session_ref(&self) -> Option<&Client> {
        self.node.links.client(self.client)
    }

    /// Runs a handler; its error, if it ends with one, replaces all that it has written.
    #[inline]
    pub(crate) fn answer(&mut self, run: impl FnOnce(&mut Self) -> Answer) {
        let mark = self.out.len();
        if let Err(fail) = run(self) {
            self.out.truncate(mark);
            self.error_bytes(&fail.0);
        }
    }

    /// Whether a script calls it.
    pub(crate) fn is_of_script(&self) -> bool {
        self.session_ref().is_some_and(|client| client.flags.contains(ClientFlags::SCRIPT))
    }

    /// The command was called with the wrong number of words, which its arity cannot tell.
    pub(crate) fn arity_error(&self) -> Fail {
        {
            let name = super::full_name(self.spec);
            format!("ERR wrong number of arguments for '{name}' command").into()
        }
    }

    /// Where and when the command looks for keys.
    #[inline]
    pub(crate) fn at(&self) -> At {
        let client = self.node.links.client(self.client);
        let told = ClientFlags::MASTER | ClientFlags::IMPORT;
        let from_master = client.is_some_and(|c| c.flags.intersects(told));
        let expiry = if from_master { UnixMs(i64::MIN) } else { self.now.unix };
        At { db: client.map_or(0, |c| c.db), now: self.now, expiry }
    }

    /// Sets or takes away a key's time to live; whether that changed anything.
    pub(crate) fn set_expire(&mut self, key: &[u8], until: Option<UnixMs>) -> bool {
        let at = self.at();
        if until.is_some() && self.node.replication.is_replica() && at.expiry == self.now.unix {
            self.node.own_expiring.insert((at.db, key.to_vec()));
        }
        let db = &mut self.node.dbs[at.db];
        (until.is_some() || db.expire_of(key).is_some()) && db.set_expire(key, until)
    }

    /// Whether a key that expires then is to be deleted at once (`checkAlreadyExpired`): a
    /// replica waits for its master to say so, the target of slots on their way for their source,
    /// and a file that is being read for its end.
    pub(crate) fn is_past(&self, until: UnixMs) -> bool {
        let told = ClientFlags::MASTER | ClientFlags::IMPORT;
        let told = self.session_ref().is_some_and(|c| c.flags.intersects(told));
        until <= self.now.unix && !self.node.replication.is_replica() && !told
    }

    /// Answers with an error; `text` begins with its code (`ERR …`, `WRONGTYPE …`).
    pub(crate) fn error(&mut self, text: &str) {
        self.node.stats.error(text);
        self.out.error(text);
    }

    /// [`Call::error`] for a text that may hold any bytes.
    pub(crate) fn error_bytes(&mut self, text: &[u8]) {
        self.node.stats.error_bytes(text);
        self.out.error_bytes(text);
    }

    /// Answers `ERR syntax error`.
    pub(crate) fn syntax_error(&mut self) {
        self.error("ERR syntax error");
    }

    /// Says that `key` was changed (`signalModifiedKey` and `server.dirty++` in db.c): it counts
    /// as a change to pass on, touches those who WATCH the key and wakes those who wait for it.
    pub(crate) fn touch(&mut self, key: &[u8]) {
        let db = self.db_index();
        self.node.dirty += 1;
        self.node.key_changed(db, key);
    }

    /// [`Call::touch`], and says to those who listen what happened to the key; `class` is a letter
    /// of `notify-keyspace-events`.
    pub(crate) fn changed(&mut self, key: &[u8], class: u8, event: &'static str) {
        self.touch(key);
        self.notify(class, event, key);
    }

    /// [`Call::changed`] for a collection that lost members, and goes when none is left; whether
    /// it went.
    pub(crate) fn shrunk(&mut self, key: &[u8], class: u8, event: &'static str) -> bool {
        let at = self.at();
        let gone = self.node.delete_if_empty(at, key);
        self.changed(key, class, event);
        if gone {
            self.notify(b'g', "del", key);
        }
        gone
    }

    /// Says what happened to a key of the selected database (`notifyKeyspaceEvent`).
    pub(crate) fn notify(&mut self, class: u8, event: &'static str, key: &[u8]) {
        let db = self.db_index();
        self.node.notify(db, class, event, key);
    }

    /// Tells that an operator changes the cluster.
    pub(crate) fn admin_event(&mut self) {
        let words =
            self.args.iter().take(16).map(|w| String::from_utf8_lossy(w).into_owned()).collect();
        self.node.out.event(self.now, EventKind::AdminCommand { words });
    }

    /// Tells replicas and the append-only file these words in place of the client's.
    pub(crate) fn propagate_instead(&mut self, words: &[&[u8]]) {
        let words = words.iter().map(|w| w.to_vec()).collect();
        match &mut self.propagation {
            Propagation::Instead(list) => list.push(words),
            other => *other = Propagation::Instead(vec![words]),
        }
    }
}
