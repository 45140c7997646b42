//! What replicas and the append-only file are told: `propagateNow` and `alsoPropagate`.

use bitflags::bitflags;
use engine_base::{LinkId, Now};
use engine_resp::Reply;

use crate::Node;
use crate::api::LogLevel;
use crate::command::{Propagation, Spec, full_name, lookup};
use crate::config::PropagationError;

bitflags! {
    /// Who is told of a change: a script may leave some out (`redis.set_repl`).
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) struct Audience: u8 {
        /// The append-only file.
        const FILE = 1;
        /// Replicas, and who takes slots over.
        const REPLICAS = 2;
    }
}

impl Default for Audience {
    fn default() -> Self {
        Self::all()
    }
}

/// A command that waits for those that belong to it.
#[derive(Clone, Debug)]
struct Pending {
    db: usize,
    words: Vec<Vec<u8>>,
    to: Audience,
}

/// Commands of one turn that belong together, waiting to be passed on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Propagator {
    /// More than zero inside EXEC and scripts: what is passed on is collected.
    depth: u32,
    pending: Vec<Pending>,
    /// Who is told of what the command that runs changes.
    pub(crate) audience: Audience,
    /// A command runs: keys that it finds expired go together with what it does.
    pub(crate) in_command: bool,
}

impl Propagator {
    /// Whether a command that has ended has left something to pass on.
    #[inline]
    pub(crate) fn is_waiting(&self) -> bool {
        !self.pending.is_empty() && self.depth == 0
    }
}

/// Who hears that a command which was to run here did not.
pub(crate) struct Origin {
    from: &'static str,
    to: &'static str,
}

impl Origin {
    pub(crate) const MASTER: Self = Self { from: "replica", to: "master" };
    pub(crate) const FILE: Self = Self { from: "server", to: "AOF-loading-client" };
}

impl Node {
    /// A command of the master or of the append-only file got an error: this node's data is no
    /// longer theirs. `propagation-error-behavior` says whether the process ends; then gives the
    /// report of it (`afterErrorReply`).
    #[cold]
    #[inline(never)]
    pub(crate) fn unexpected_error(
        &mut self,
        now: Now,
        origin: &Origin,
        args: &[&[u8]],
        reply: &Reply,
    ) -> Option<Vec<(LogLevel, String)>> {
        let Origin { from, to } = origin;
        let error = reply.as_bytes().get(1..).unwrap_or_default();
        let error = String::from_utf8_lossy(error);
        let command = lookup(args).map_or("<unknown>", |(_, spec)| full_name(spec));
        let line = format!(
            "== CRITICAL == This {from} is sending an error to its {to}: '{}' after processing the \
             command '{command}'",
            error.trim_end()
        );
        self.out.log(LogLevel::Warning, line);
        self.stats.unexpected_errors += 1;
        let of_master = *to == Origin::MASTER.to;
        let ends = match self.config.propagation_error_behavior {
            PropagationError::Ignore => false,
            PropagationError::Panic => !of_master || self.config.replica_read_only,
            PropagationError::PanicOnReplicas => of_master && self.config.replica_read_only,
        };
        ends.then(|| {
            let why = format!(
                "This {from} panicked sending an error to its {to} after processing the command \
                 '{command}'"
            );
            self.panic_report(now, &why)
        })
    }

    /// Passes a command's effect on, as its handler asked for.
    pub(crate) fn pass_on(
        &mut self,
        now: Now,
        link: LinkId,
        args: &[&[u8]],
        propagation: Propagation,
    ) {
        let db = self.links.client(link).map_or(0, |c| c.db);
        if self.someone_listens() {
            match propagation {
                Propagation::AsSent => self.also_propagate(now, db, args),
                Propagation::Instead(commands) => {
                    if let [command] = commands.as_slice() {
                        let words: Vec<&[u8]> = command.iter().map(Vec::as_slice).collect();
                        self.also_propagate(now, db, &words);
                    } else {
                        // More than one belong together, and are passed on when the command ends.
                        let to = self.propagator.audience;
                        let commands = commands.into_iter().map(|words| Pending { db, words, to });
                        self.propagator.pending.extend(commands);
                    }
                }
                Propagation::Nothing => {}
            }
        }
        if let Some(client) = self.links.client_mut(link) {
            client.write_offset = self.replication.offset();
        }
    }

    /// Passes one command on: at once, or with the rest of its transaction.
    pub(crate) fn also_propagate(&mut self, now: Now, db: usize, words: &[&[u8]]) {
        if self.propagator.depth > 0 || !self.propagator.pending.is_empty() {
            let words = words.iter().map(|w| w.to_vec()).collect();
            self.propagator.pending.push(Pending { db, words, to: self.propagator.audience });
        } else {
            self.feed(now, db, words, Audience::all());
        }
    }

    /// A key has expired: its end is passed on at once, or, when a command has come upon it,
    /// together with what that one does.
    #[cold]
    pub(crate) fn propagate_expired(&mut self, now: Now, db: usize, key: &[u8]) {
        if self.propagator.in_command && self.someone_listens() {
            let words = vec![b"DEL".to_vec(), key.to_vec()];
            self.propagator.pending.push(Pending { db, words, to: Audience::all() });
        } else {
            self.also_propagate(now, db, &[b"DEL", key]);
        }
    }

    /// A command has left something to pass on.
    #[cold]
    pub(crate) fn pass_on_together(&mut self, now: Now, link: LinkId, spec: &Spec) {
        // What looks at any keys has nothing that belongs together.
        self.flush_pending(now, !matches!(spec.name, "scan" | "randomkey"));
        if let Some(client) = self.links.client_mut(link) {
            client.write_offset = self.replication.offset();
        }
    }

    /// From here on what is passed on is collected.
    pub(crate) fn begin_unit(&mut self) {
        self.propagator.depth += 1;
    }

    /// Whether a transaction or a script runs.
    pub(crate) fn in_unit(&self) -> bool {
        self.propagator.depth > 0
    }

    /// Passes on what was collected: between MULTI and EXEC when it is more than one command.
    pub(crate) fn end_unit(&mut self, now: Now) {
        self.propagator.depth = self.propagator.depth.saturating_sub(1);
        if self.propagator.depth > 0 {
            return;
        }
        self.flush_pending(now, true);
    }

    fn flush_pending(&mut self, now: Now, together: bool) {
        let mut pending = std::mem::take(&mut self.propagator.pending);
        pending.retain(|command| !command.to.is_empty());
        let (Some(first), Some(last)) = (pending.first(), pending.last()) else { return };
        let (first_db, last_db) = (first.db, last.db);
        let wrap = together && pending.len() > 1;
        if wrap {
            self.feed(now, first_db, &[b"MULTI"], Audience::all());
        }
        for command in &pending {
            let words: Vec<&[u8]> = command.words.iter().map(Vec::as_slice).collect();
            self.feed(now, command.db, &words, command.to);
        }
        if wrap {
            // The last command's database, so that no SELECT stands before EXEC.
            self.feed(now, last_db, &[b"EXEC"], Audience::all());
        }
    }

    /// Whether anybody must be told at all: then nothing is copied for nothing.
    pub(crate) fn someone_listens(&self) -> bool {
        self.replication.feeds_anyone() || self.persist.appends() || self.feeds_exports()
    }

    fn feed(&mut self, now: Now, db: usize, words: &[&[u8]], to: Audience) {
        if to.contains(Audience::REPLICAS) {
            self.feed_replicas(now, db, words);
        }
        if to.contains(Audience::FILE) {
            self.feed_append_only_file(now, db, words);
        }
        if to.contains(Audience::REPLICAS) {
            self.feed_exports(now, words);
        }
    }
}
