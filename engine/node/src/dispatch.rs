//! From a client's bytes to its reply: `processInputBuffer` and `call` of Redis. What is checked
//! in between stands in `admission`.

use engine_base::{LinkId, Now};
use engine_resp::{Limits, Reply, RequestParser};
use smallvec::SmallVec;

use crate::Node;
use crate::admission::Verdict;
use crate::api::LogLevel;
use crate::client::ClientFlags;
use crate::command::{Call, CommandFlags, Propagation, Spec, client_line, full_name, lookup};

/// A client's unread input while it is being worked on.
struct Input {
    query: Vec<u8>,
    parser: RequestParser,
    postponed: Option<Vec<Vec<u8>>>,
}

impl Node {
    /// Carries out all complete requests of a client's input.
    pub(crate) fn process_client(&mut self, now: Now, link: LinkId) {
        let Some(client) = self.links.client_mut(link) else { return };
        if client.blocked.is_some() || (client.query.is_empty() && client.postponed.is_none()) {
            return;
        }
        let mut input = Input {
            query: client.take_query(),
            parser: std::mem::take(&mut client.parser),
            postponed: client.postponed.take(),
        };
        // Somebody else may write to this client meanwhile (it publishes to itself).
        let empty = client.empty_reply();
        let mut reply = std::mem::replace(&mut client.reply, empty);
        if let Some(words) = input.postponed.take() {
            let args: SmallVec<[&[u8]; 8]> = words.iter().map(Vec::as_slice).collect();
            let done = self.execute(now, link, &args, &mut reply);
            drop(args);
            input.postponed = (!done).then_some(words);
        }
        while self.may_go_on(link)
            && !self.has_said_enough(link, reply.len())
            && self.process_one(now, link, &mut input, &mut reply)
        {
            self.weigh_client(link, input.query.capacity() + reply.capacity());
        }
        self.put_back(now, link, input, reply);
    }

    /// Whether a client's next request may be looked at.
    fn may_go_on(&self, link: LinkId) -> bool {
        self.links.client(link).is_some_and(|client| {
            client.blocked.is_none() && !client.flags.contains(ClientFlags::CLOSE_AFTER_REPLY)
        })
    }

    /// Carries out the next request; `false` when no complete one is there.
    fn process_one(
        &mut self,
        now: Now,
        link: LinkId,
        input: &mut Input,
        reply: &mut Reply,
    ) -> bool {
        let limits = Limits {
            max_bulk: self.config.proto_max_bulk_len,
            unauthenticated: self.links.client(link).is_some_and(|c| !c.authenticated)
                && self.acl.is_closed(),
        };
        match input.parser.parse(&input.query, &limits) {
            Ok(true) => {
                let args: SmallVec<[&[u8]; 8]> = input.parser.args(&input.query).collect();
                if is_web_browser(args[0]) {
                    self.hang_up_on_attack(link);
                    return false;
                }
                self.evict_clients(now);
                let Some(client) = self.links.client_mut(link) else { return false };
                client.argument_bytes = args.iter().map(|word| word.len()).sum();
                if !self.execute(now, link, &args, reply) {
                    input.postponed = Some(args.iter().map(|word| word.to_vec()).collect());
                }
                true
            }
            Ok(false) => false,
            Err(error) => {
                self.stats.error("ERR");
                let mut text = b"ERR ".to_vec();
                text.extend(error.text());
                reply.error_bytes(&text);
                if let Some(client) = self.links.client_mut(link) {
                    client.flags.insert(ClientFlags::CLOSE_AFTER_REPLY);
                }
                false
            }
        }
    }

    /// A web page that makes a browser talk to this port gets no word (`securityWarningCommand`).
    fn hang_up_on_attack(&mut self, link: LinkId) {
        self.out.log(LogLevel::Warning, ATTACK);
        if let Some(client) = self.links.client_mut(link) {
            client.flags.insert(ClientFlags::CLOSE_AFTER_REPLY);
        }
    }

    /// Gives the client its buffers back, and announces what it must be told.
    fn put_back(&mut self, now: Now, link: LinkId, mut input: Input, mut reply: Reply) {
        let Some(client) = self.links.client_mut(link) else { return };
        let used = input.parser.consumed().min(input.query.len());
        input.query.drain(..used);
        input.parser.rebase(used);
        client.query = input.query;
        (client.in_work, client.work_room) = (0, 0);
        client.argument_bytes = input.parser.pending_bytes();
        client.parser = input.parser;
        client.postponed = input.postponed;
        reply.raw(client.reply.as_bytes());
        client.reply = reply;
        let ends = client.flags.contains(ClientFlags::CLOSE_AFTER_REPLY);
        let silent = client.unsent().is_empty();
        if ends && silent {
            self.close_client(now, link);
        } else {
            self.announce_output(link);
        }
    }

    /// Carries out one command, or refuses it. `false` when it must be tried again later with
    /// the same bytes (a paused client).
    pub(crate) fn execute(
        &mut self,
        now: Now,
        link: LinkId,
        args: &[&[u8]],
        reply: &mut Reply,
    ) -> bool {
        let mark = reply.len();
        let flags = self.begin_command(link);
        if self.tracking.is_on() {
            self.tracking_begins(link);
        }
        let done = match self.check(now, link, args) {
            Ok(Verdict::Run(spec)) => {
                let mark = reply.len();
                if self.tracking.is_on() {
                    self.tell_pending(link, reply);
                }
                let bill = self.open_slot_bill(link, spec, args);
                self.call(now, link, spec, args, reply);
                self.close_slot_bill(bill, reply.len().saturating_sub(mark));
                true
            }
            Ok(Verdict::Queue(spec)) => {
                let bill = self.open_slot_bill(link, spec, args);
                self.queue_in_transaction(link, spec, args, reply);
                self.close_slot_bill(bill, reply.len().saturating_sub(mark));
                true
            }
            Ok(Verdict::Wait) => false,
            Err(refusal) => {
                self.refuse(link, args, &refusal.0, reply);
                true
            }
        };
        if done {
            let error = &reply.as_bytes()[mark.min(reply.len())..];
            if flags.contains(ClientFlags::IMPORT) && error.starts_with(b"-") {
                let error = error.to_vec();
                self.import_command_failed(now, link, &error);
            }
            if flags.contains(ClientFlags::REPLICA) && !flags.contains(ClientFlags::MONITOR) {
                self.hang_up_on_talk(now, link, args, reply, mark);
            }
            // What it is told of its subscriptions is no answer, and is never kept back.
            let told = args.first().is_some_and(|name| is_about_subscriptions(name));
            let mark = if told { reply.len() } else { mark };
            self.end_command(link, flags, reply, mark);
        }
        if self.tracking.is_on() {
            self.tracking_ends(link, args, reply);
        }
        done
    }

    /// The link to a replica carries the stream and no answers: one that asks for any is no
    /// replica, and is let go.
    fn hang_up_on_talk(
        &mut self,
        now: Now,
        link: LinkId,
        args: &[&[u8]],
        reply: &mut Reply,
        mark: usize,
    ) {
        if reply.len() <= mark {
            return;
        }
        let said = reply.as_bytes().get(mark..).unwrap_or_default();
        let error = said.strip_prefix(b"-").map(|text| String::from_utf8_lossy(text).into_owned());
        reply.truncate(mark);
        let Some(client) = self.links.client(link) else { return };
        let command = lookup(args).map_or("<unknown>", |(_, spec)| full_name(spec));
        if let Some(error) = error {
            let text = format!(
                "== CRITICAL == This master is sending an error to its replica: '{}' after \
                 processing the command '{command}'",
                error.trim_end()
            );
            self.out.log(LogLevel::Warning, text);
        }
        let line = client_line(client, now);
        self.out.log(
            LogLevel::Warning,
            format!("Replica generated a reply to command '{command}', disconnecting it: {line}"),
        );
        self.close_client(now, link);
    }

    /// Flags that hold for one command only are taken off; gives what was set.
    fn begin_command(&mut self, link: LinkId) -> ClientFlags {
        let Some(client) = self.links.client_mut(link) else { return ClientFlags::empty() };
        let before = client.flags;
        if client.flags.contains(ClientFlags::REPLY_SKIP_NEXT) {
            client.flags.remove(ClientFlags::REPLY_SKIP_NEXT);
            client.flags.insert(ClientFlags::REPLY_SKIP);
        }
        before
    }

    /// Takes back the reply of a client that wants none, and ASKING after the next command.
    fn end_command(&mut self, link: LinkId, before: ClientFlags, reply: &mut Reply, mark: usize) {
        // The source of slots on their way is told nothing but a migration's own words.
        if before.contains(ClientFlags::IMPORT) {
            reply.truncate(mark);
        }
        let Some(client) = self.links.client_mut(link) else { return };
        if client.flags.intersects(ClientFlags::REPLY_OFF | ClientFlags::REPLY_SKIP) {
            reply.truncate(mark);
        }
        client.flags.remove(ClientFlags::REPLY_SKIP);
        if before.contains(ClientFlags::ASKING) {
            client.flags.remove(ClientFlags::ASKING);
        }
        if !client.reply.is_empty() {
            let tracked = self.tracking.is_on();
            client.place_own_messages(before.contains(ClientFlags::MONITOR), tracked, reply, mark);
        }
    }

    /// Answers an error; inside MULTI the transaction is spoilt (`rejectCommand`).
    fn refuse(&mut self, link: LinkId, args: &[&[u8]], refusal: &[u8], reply: &mut Reply) {
        let spec = lookup(args).ok().map(|(_, spec)| spec);
        if let Some(spec) = spec {
            self.stats.of_command(spec).rejected += 1;
        }
        let is_exec = args.first().is_some_and(|name| name.eq_ignore_ascii_case(b"exec"));
        let redirected = ["MOVED ", "ASK ", "TRYAGAIN ", "CROSSSLOT ", "CLUSTERDOWN "]
            .iter()
            .any(|code| refusal.starts_with(code.as_bytes()));
        if is_exec && !redirected {
            // `execCommandAbort`: the reason without its code.
            let reason = refusal.strip_prefix(b"ERR ").unwrap_or(refusal);
            self.stats.error("EXECABORT");
            let text = [b"EXECABORT Transaction discarded because of: ", reason].concat();
            reply.error_bytes(&text);
        } else {
            self.stats.error_bytes(refusal);
            reply.error_bytes(refusal);
        }
        let Some(client) = self.links.client_mut(link) else { return };
        client.last_command = spec;
        if client.flags.contains(ClientFlags::MULTI) {
            client.flags.insert(ClientFlags::DIRTY_EXEC);
        }
        if is_exec {
            self.discard_transaction(link);
        }
    }

    /// Carries out a command and passes on what it changed (`call` in server.c).
    pub(crate) fn call(
        &mut self,
        now: Now,
        link: LinkId,
        spec: &'static Spec,
        args: &[&[u8]],
        reply: &mut Reply,
    ) {
        let dirty_before = self.dirty;
        if let Some(client) = self.links.client_mut(link)
            // What EXEC runs is still EXEC.
            && !client.flags.contains(ClientFlags::DENY_BLOCKING)
        {
            client.last_command = Some(spec);
        }
        self.stats.commands += 1;
        self.stats.errors_seen = self.stats.error_replies;
        let again = self.wake.retrying;
        let began = self.begin_lap();
        let mut call = Call {
            node: self,
            client: link,
            args,
            out: reply,
            now,
            spec,
            propagation: Propagation::AsSent,
            forced: false,
            slept: 0,
        };
        call.node.propagator.in_command = true;
        (spec.handler)(&mut call);
        let (propagation, forced, slept) = (call.propagation, call.forced, call.slept);
        if self.tracking.is_on() && spec.flags.contains(CommandFlags::READONLY) {
            self.remember_keys(link, spec, args);
        }
        let micros = self.end_lap(began) + slept;
        self.count_call(now, link, spec, args, micros, again);
        if !again {
            self.feed_monitors(now, link, spec, args);
        }
        // What has saved all data begins to count anew, and has changed nothing.
        if forced || self.dirty > dirty_before {
            self.pass_on(now, link, args, propagation);
        }
        self.propagator.in_command = false;
        if self.propagator.is_waiting() {
            self.pass_on_together(now, link, spec);
        }
    }
}

impl Node {
    /// Counts a command that has run, and notes it where it was slow; `again` when it had waited
    /// and was counted before. What waits is noted when its wait is over.
    pub(crate) fn count_call(
        &mut self,
        now: Now,
        link: LinkId,
        spec: &'static Spec,
        args: &[&[u8]],
        micros: u64,
        again: bool,
    ) {
        let failed = self.stats.error_replies != self.stats.errors_seen;
        self.stats.errors_seen = self.stats.error_replies;
        let counted_failures = std::mem::take(&mut self.stats.counted_failures);
        let waits = self.links.client(link).is_some_and(|client| client.blocked.is_some());
        let tracked = self.config.latency_tracking && !waits;
        let counts = self.stats.of_command(spec);
        counts.calls += u64::from(!again);
        counts.failed += u64::from(failed) + counted_failures;
        counts.micros += micros;
        if tracked {
            counts.times.record(micros);
        }
        if !waits {
            let fast = spec.flags.contains(CommandFlags::FAST);
            self.note_latency(now, if fast { "fast-command" } else { "command" }, micros);
            self.note_slow(now, link, spec, args, micros);
        }
    }
}

/// SUBSCRIBE, UNSUBSCRIBE and their kin: all whose names end alike.
fn is_about_subscriptions(name: &[u8]) -> bool {
    let end = b"subscribe";
    let tail = name.len().checked_sub(end.len()).map(|from| &name[from..]);
    tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}

/// What `securityWarningCommand` logs.
const ATTACK: &str = "Possible SECURITY ATTACK detected. It looks like somebody is sending POST or \
Host: commands to Redis. This is likely due to an attacker attempting to use Cross Protocol \
Scripting to compromise your Redis instance. Connection aborted.";

/// The first words of a request over HTTP.
fn is_web_browser(word: &[u8]) -> bool {
    word.eq_ignore_ascii_case(b"post") || word.eq_ignore_ascii_case(b"host:")
}
