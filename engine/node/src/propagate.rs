//! What replicas and the append-only file are told: `propagateNow` and `alsoPropagate`.

use engine_base::{LinkId, Now};

use crate::Node;
use crate::command::Propagation;

/// Commands of one turn that belong together, waiting to be passed on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Propagator {
    /// More than zero inside EXEC (and, later, scripts): what is passed on is collected.
    depth: u32,
    pending: Vec<(usize, Vec<Vec<u8>>)>,
}

impl Node {
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
                    for command in commands {
                        let words: Vec<&[u8]> = command.iter().map(Vec::as_slice).collect();
                        self.also_propagate(now, db, &words);
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
        if self.propagator.depth > 0 {
            self.propagator.pending.push((db, words.iter().map(|w| w.to_vec()).collect()));
        } else {
            self.feed(now, db, words);
        }
    }

    /// From here on what is passed on is collected.
    pub(crate) fn begin_unit(&mut self) {
        self.propagator.depth += 1;
    }

    /// Whether a transaction runs.
    pub(crate) fn in_unit(&self) -> bool {
        self.propagator.depth > 0
    }

    /// Passes on what was collected: between MULTI and EXEC when it is more than one command.
    pub(crate) fn end_unit(&mut self, now: Now) {
        self.propagator.depth = self.propagator.depth.saturating_sub(1);
        if self.propagator.depth > 0 {
            return;
        }
        let pending = std::mem::take(&mut self.propagator.pending);
        let (Some(&(first_db, _)), Some(&(last_db, _))) = (pending.first(), pending.last()) else {
            return;
        };
        let wrap = pending.len() > 1;
        if wrap {
            self.feed(now, first_db, &[b"MULTI"]);
        }
        for (db, command) in &pending {
            let words: Vec<&[u8]> = command.iter().map(Vec::as_slice).collect();
            self.feed(now, *db, &words);
        }
        if wrap {
            // The last command's database, so that no SELECT stands before EXEC.
            self.feed(now, last_db, &[b"EXEC"]);
        }
    }

    /// Whether anybody must be told at all: then nothing is copied for nothing.
    fn someone_listens(&self) -> bool {
        self.replication.feeds_anyone() || self.persist.appends() || self.feeds_exports()
    }

    fn feed(&mut self, now: Now, db: usize, words: &[&[u8]]) {
        self.feed_replicas(now, db, words);
        self.feed_append_only_file(now, db, words);
        self.feed_exports(now, words);
    }
}
