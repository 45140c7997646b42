//! The end of a run: its reply, and what is undone of its beginning (`luaCallFunction`,
//! `scriptResetRun`).

use engine_base::{LinkId, Now};
use engine_resp::Reply;

use super::drive::Ended;
use super::error_table::{ErrorInfo, error_table, handled, read_error};
use super::reply_out::write_reply;
use super::running::Running;
use crate::Node;
use crate::api::LogLevel;
use crate::client::{ClientFlags, Wait};
use crate::command::Spec;
use crate::propagate::Origin;

impl Node {
    /// Writes the reply and lets go of the run.
    pub(super) fn end_run(&mut self, now: Now, running: Running, ended: Ended, out: &mut Reply) {
        let Running { mut lua, tables, run, cx, .. } = running;
        let (mut fresh, mut counted) = (Vec::new(), 0);
        match ended {
            Ended::Value(value) => {
                let errors = write_reply(&mut lua.heap, out, value, cx.reply.is_resp3());
                (fresh, counted) = (errors.fresh, errors.counted);
            }
            Ended::Error(error, places) => {
                let table = handled(&mut lua, error, &places);
                let error = read_error(&mut lua.heap, table);
                let text = in_words(&cx.name, &error);
                out.error_bytes(&text);
                if error.counted {
                    counted = 1;
                } else {
                    fresh.push(text);
                }
            }
            Ended::Killed(places) => {
                lua.abort(run);
                self.out.log(LogLevel::Warning, "Lua script killed by user with SCRIPT KILL.");
                let error =
                    error_table(&mut lua.heap, b"Script killed by user with SCRIPT KILL...");
                let table = handled(&mut lua, error, &places);
                let text = in_words(&cx.name, &read_error(&mut lua.heap, table));
                out.error_bytes(&text);
                fresh.push(text);
            }
        }
        *self.scripts.random() = lua.heap.random.take().unwrap_or_default();
        match tables {
            Some(tables) => self.scripts.give_functions(lua, tables),
            None => self.scripts.give_evals(lua),
        }
        self.scripts.runs = false;
        self.end_unit(now);
        fresh.iter().for_each(|error| self.stats.error_bytes(code_of(error)));
        self.stats.counted_failures += counted as u64;
    }

    /// A client's command has put its script aside: it waits for the end.
    pub(crate) fn wait_for_script(&mut self, link: LinkId, spec: &'static Spec, args: &[&[u8]]) {
        let Some(running) = &mut self.scripts.running else { return };
        running.late.command = Some((spec, args.iter().map(|word| word.to_vec()).collect()));
        let Some(client) = self.links.client(link) else { return };
        let unanswered = ClientFlags::REPLY_OFF | ClientFlags::REPLY_SKIP;
        running.late.silent = client.flags.intersects(unanswered);
        self.block(link, engine_base::Mono::NEVER, Wait::Script);
    }

    /// A run that was put aside has ended: its caller is told, and goes on.
    pub(super) fn end_late(&mut self, now: Now, mut running: Box<Running>, ended: Ended) {
        let link = running.cx.caller;
        let micros = self.micros_since(running.cx.began);
        let late = std::mem::take(&mut running.late);
        self.unblock(link);
        let mut reply =
            self.links.client(link).map_or_else(Reply::new, crate::client::Client::empty_reply);
        let was_busy = running.is_timed_out();
        self.stats.errors_seen = self.stats.error_replies;
        self.end_run(now, *running, ended, &mut reply);
        if let Some((spec, words)) = &late.command {
            let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
            self.count_call(now, link, spec, &words, micros, true);
        }
        if let Some(rest) = late.transaction
            && !self.run_queued(now, link, rest, &mut reply)
        {
            // Another script of the transaction was put aside.
            if let Some(client) = self.links.client_mut(link) {
                client.reply.raw(reply.as_bytes());
            }
            if let Some(running) = &mut self.scripts.running {
                (running.late.gone, running.late.silent) = (late.gone, late.silent);
            }
            return;
        }
        if late.gone {
            self.free_client(now, link);
        } else {
            self.answer_late(now, link, &reply, late.silent);
        }
        self.wake_waiting(now);
        if was_busy && let Some(master) = self.replication.master_link() {
            self.go_on(now, master);
        }
    }

    fn answer_late(&mut self, now: Now, link: LinkId, reply: &Reply, silent: bool) {
        let of_file = self.is_loading() && self.replication.master_link() != Some(link);
        let Some(client) = self.links.client_mut(link) else { return };
        if client.flags.contains(ClientFlags::MASTER) && of_file {
            // What follows it in the file is next.
            self.timers.loading = now.mono;
            if reply.as_bytes().starts_with(b"-") {
                let report = self.unexpected_error(now, &Origin::FILE, &[b"eval"], reply);
                self.end_with(report);
            }
            return;
        }
        if client.flags.contains(ClientFlags::MASTER) {
            if reply.as_bytes().starts_with(b"-") {
                let report = self.unexpected_error(now, &Origin::MASTER, &[b"eval"], reply);
                self.end_with(report);
            }
        } else if !silent {
            client.reply.raw(reply.as_bytes());
            self.announce_output(link);
        }
        self.go_on(now, link);
    }
}

/// So long is the code of an error at most (`afterErrorReply`).
const CODE_MAX: usize = 31;

/// The code by which an error is counted: a script may say what it likes.
fn code_of(error: &[u8]) -> &[u8] {
    let head = &error[..error.len().min(CODE_MAX)];
    head.iter().position(|b| *b == b' ').map_or(b"ERR", |at| &head[..at])
}

/// An error that nobody caught, with the place where it was thrown.
fn in_words(name: &[u8], error: &ErrorInfo) -> Vec<u8> {
    let mut text = error.text.clone();
    if let (Some(source), Some(line)) = (&error.source, &error.line) {
        for part in [b" script: ", name, b", on ", source, b":", line, b"."] {
            text.extend_from_slice(part);
        }
    }
    text
}
