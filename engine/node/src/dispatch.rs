//! From a client's bytes to its reply: `processInputBuffer`, `processCommand` and `call` of
//! Redis, with the checks in the same order.

use engine_base::{LinkId, Mono, Now};
use engine_resp::{Limits, Reply, RequestParser};
use smallvec::SmallVec;

use crate::Node;
use crate::api::LogLevel;
use crate::client::{Blocked, ClientFlags, Wait};
use crate::command::{Call, CommandFlags, Propagation, Spec, full_name, lookup};

/// A client's unread input while it is being worked on.
struct Input {
    query: Vec<u8>,
    parser: RequestParser,
    postponed: Option<Vec<Vec<u8>>>,
}

/// Why a command is not carried out: the whole error line without the leading `-`.
pub(crate) type Refusal = String;

impl Node {
    /// Carries out all complete requests of a client's input.
    pub(crate) fn process_client(&mut self, now: Now, link: LinkId) {
        let Some(client) = self.links.client_mut(link) else { return };
        if client.blocked.is_some() || (client.query.is_empty() && client.postponed.is_none()) {
            return;
        }
        let mut input = Input {
            query: std::mem::take(&mut client.query),
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
        while self.may_go_on(link) && self.process_one(now, link, &mut input, &mut reply) {}
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
            unauthenticated: self.links.client(link).is_some_and(|c| !c.authenticated),
        };
        match input.parser.parse(&input.query, &limits) {
            Ok(true) => {
                let args: SmallVec<[&[u8]; 8]> = input.parser.args(&input.query).collect();
                if is_web_browser(args[0]) {
                    self.hang_up_on_attack(link);
                    return false;
                }
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
        client.parser = input.parser;
        client.postponed = input.postponed;
        reply.raw(client.reply.as_bytes());
        client.reply = reply;
        let ends = client.flags.contains(ClientFlags::CLOSE_AFTER_REPLY);
        let silent = client.unsent().is_empty();
        self.persist_before_reply();
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
        let done = match self.check(now, link, args) {
            Ok(Verdict::Run(spec)) => {
                self.call(now, link, spec, args, reply);
                true
            }
            Ok(Verdict::Queue(spec)) => {
                self.queue_in_transaction(link, spec, args, reply);
                true
            }
            Ok(Verdict::Wait) => false,
            Err(refusal) => {
                self.refuse(link, args, &refusal, reply);
                true
            }
        };
        if done {
            self.end_command(link, flags, reply, mark);
        }
        done
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
        let Some(client) = self.links.client_mut(link) else { return };
        if client.flags.intersects(ClientFlags::REPLY_OFF | ClientFlags::REPLY_SKIP) {
            reply.truncate(mark);
        }
        client.flags.remove(ClientFlags::REPLY_SKIP);
        if before.contains(ClientFlags::ASKING) {
            client.flags.remove(ClientFlags::ASKING);
        }
    }

    /// Answers an error; inside MULTI the transaction is spoilt (`rejectCommand`).
    fn refuse(&mut self, link: LinkId, args: &[&[u8]], refusal: &str, reply: &mut Reply) {
        if let Ok((_, spec)) = lookup(args) {
            self.stats.of_command(args, spec).rejected += 1;
        }
        let is_exec = args.first().is_some_and(|name| name.eq_ignore_ascii_case(b"exec"));
        let redirected = ["MOVED ", "ASK ", "TRYAGAIN ", "CROSSSLOT ", "CLUSTERDOWN "]
            .iter()
            .any(|code| refusal.starts_with(code));
        if is_exec && !redirected {
            // `execCommandAbort`: the reason without its code.
            let reason = refusal.strip_prefix("ERR ").unwrap_or(refusal);
            self.stats.error("EXECABORT");
            reply.error(&format!("EXECABORT Transaction discarded because of: {reason}"));
        } else {
            self.stats.error(refusal);
            reply.error(refusal);
        }
        let Some(client) = self.links.client_mut(link) else { return };
        if client.flags.contains(ClientFlags::MULTI) {
            client.flags.insert(ClientFlags::DIRTY_EXEC);
        }
        if is_exec {
            self.discard_transaction(link);
        }
    }

    /// All that is checked before a command runs, in the order of `processCommand`.
    fn check(&mut self, now: Now, link: LinkId, args: &[&[u8]]) -> Result<Verdict, Refusal> {
        let (command, spec) = lookup(args).map_err(|known| unknown_command(args, known))?;
        if !spec.arity_fits(args.len()) {
            return Err(wrong_arity(command, spec));
        }
        let Some(client) = self.links.client(link) else { return Ok(Verdict::Run(spec)) };
        let (flags, pubsub_mode) = (client.flags, client.in_pubsub_mode());
        self.check_protected(link, spec, args)?;
        if !client.authenticated && !spec.flags.contains(CommandFlags::NO_AUTH) {
            return Err("NOAUTH Authentication required.".into());
        }
        if flags.contains(ClientFlags::MULTI) && spec.flags.contains(CommandFlags::NO_MULTI) {
            return Err("ERR Command not allowed inside a transaction".into());
        }
        self.check_routing(now, link, spec, args)?;
        self.check_memory(now, spec)?;
        self.check_writes(now, flags, spec)?;
        if pubsub_mode && !allowed_in_pubsub_mode(spec.name) {
            return Err(format!(
                "ERR Can't execute '{}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / \
                 RESET are allowed in this context",
                String::from_utf8_lossy(args[0]).to_ascii_lowercase()
            ));
        }
        self.check_freshness(spec)?;
        if flags.contains(ClientFlags::REPLICA)
            && spec.flags.intersects(CommandFlags::WRITE | CommandFlags::READONLY)
        {
            return Err("ERR Replica can't interact with the keyspace".into());
        }
        if self.holds_back(now, link, spec, args) {
            return Ok(Verdict::Wait);
        }
        if flags.contains(ClientFlags::MULTI) && !runs_inside_multi(spec.name) {
            return Ok(Verdict::Queue(spec));
        }
        Ok(Verdict::Run(spec))
    }

    /// `min-replicas-to-write`, a failed save, and the read-only replica.
    fn check_writes(&mut self, now: Now, flags: ClientFlags, spec: &Spec) -> Result<(), Refusal> {
        if !spec.is_write() || flags.contains(ClientFlags::MASTER) {
            return Ok(());
        }
        if let Some(refusal) = self.persist_refusal() {
            return Err(refusal);
        }
        if !self.enough_replicas(now) {
            return Err("NOREPLICAS Not enough good replicas to write.".into());
        }
        if self.replication.is_replica() && self.config.replica_read_only {
            return Err("READONLY You can't write against a read only replica.".into());
        }
        Ok(())
    }

    /// A replica without its master, or a process that still loads, may serve little.
    fn check_freshness(&self, spec: &Spec) -> Result<(), Refusal> {
        if self.replication.is_replica()
            && !self.replication.is_connected()
            && !self.config.replica_serve_stale_data
            && !spec.flags.contains(CommandFlags::STALE)
        {
            return Err("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set \
                        to 'no'."
                .into());
        }
        if self.replication.is_loading() && !spec.flags.contains(CommandFlags::LOADING) {
            return Err("LOADING Redis is loading the dataset in memory".into());
        }
        Ok(())
    }

    /// `enable-debug-command` and its like.
    fn check_protected(&self, link: LinkId, spec: &Spec, args: &[&[u8]]) -> Result<(), Refusal> {
        if !spec.flags.contains(CommandFlags::PROTECTED) {
            return Ok(());
        }
        let local = self.links.client(link).is_none_or(|c| c.peer.ip().is_loopback());
        if self.config.protected_command_allowed(local) {
            return Ok(());
        }
        let name = String::from_utf8_lossy(args[0]).to_ascii_uppercase();
        let option = name.to_ascii_lowercase();
        Err(format!(
            "ERR {name} command not allowed. If the enable-{option}-command option is set to \
             \"local\", you can run it from a local connection, otherwise you need to set this \
             option in the configuration file, and then restart the server."
        ))
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
        if let Some(client) = self.links.client_mut(link) {
            client.last_command = full_name(args, spec);
        }
        self.stats.commands += 1;
        let errors_before = self.stats.error_replies;
        self.feed_monitors(now, link, spec, args);
        let mut call = Call {
            node: self,
            client: link,
            args,
            out: reply,
            now,
            spec,
            propagation: Propagation::AsSent,
        };
        (spec.handler)(&mut call);
        let propagation = call.propagation;
        let failed = self.stats.error_replies != errors_before;
        let counts = self.stats.of_command(args, spec);
        counts.calls += 1;
        counts.failed += u64::from(failed);
        if self.dirty != dirty_before {
            self.pass_on(now, link, args, propagation);
        }
    }

    /// Holds a client back until a pause ends; its request stays in its buffer.
    fn holds_back(&mut self, now: Now, link: LinkId, spec: &Spec, args: &[&[u8]]) -> bool {
        let moving = self.touches_migrating(link, spec, args).then_some(Mono::NEVER);
        let Some(deadline) = self.pause.holds(now, spec).or(moving) else { return false };
        let Some(client) = self.links.client_mut(link) else { return false };
        if client.flags.intersects(ClientFlags::MASTER | ClientFlags::REPLICA) {
            return false;
        }
        client.blocked = Some(Box::new(Blocked { deadline, wait: Wait::Paused }));
        self.timers.blocked = self.timers.blocked.min(deadline);
        true
    }
}

/// What `securityWarningCommand` logs.
const ATTACK: &str = "Possible SECURITY ATTACK detected. It looks like somebody is sending POST or \
Host: commands to Redis. This is likely due to an attacker attempting to use Cross Protocol \
Scripting to compromise your Redis instance. Connection aborted.";

/// The first words of a request over HTTP.
fn is_web_browser(word: &[u8]) -> bool {
    word.eq_ignore_ascii_case(b"post") || word.eq_ignore_ascii_case(b"host:")
}

/// What becomes of a command that was not refused.
enum Verdict {
    Run(&'static Spec),
    Queue(&'static Spec),
    Wait,
}

fn runs_inside_multi(name: &str) -> bool {
    matches!(name, "exec" | "discard" | "multi" | "watch" | "quit" | "reset")
}

fn allowed_in_pubsub_mode(name: &str) -> bool {
    matches!(
        name,
        "ping"
            | "subscribe"
            | "ssubscribe"
            | "sunsubscribe"
            | "unsubscribe"
            | "psubscribe"
            | "punsubscribe"
            | "quit"
            | "reset"
    )
}

/// `ERR unknown command …` with the first arguments, cut at 128 bytes each as Redis does.
fn unknown_command(args: &[&[u8]], container_known: bool) -> Refusal {
    let text = |arg: &[u8]| String::from_utf8_lossy(&arg[..arg.len().min(128)]).into_owned();
    let Some(name) = args.first() else { return "ERR unknown command".into() };
    if container_known {
        return crate::command::unknown_subcommand(args).0.into_owned();
    }
    let mut shown = String::new();
    for arg in args.iter().skip(1) {
        if shown.len() >= 128 {
            break;
        }
        let room = 128 - shown.len();
        shown.push_str(&format!("'{}' ", String::from_utf8_lossy(&arg[..arg.len().min(room)])));
    }
    format!("ERR unknown command '{}', with args beginning with: {shown}", text(name))
}

fn wrong_arity(command: &Spec, spec: &Spec) -> Refusal {
    let name = if core::ptr::eq(command, spec) || command.name == spec.name {
        command.name.to_owned()
    } else {
        format!("{}|{}", command.name, spec.name)
    };
    format!("ERR wrong number of arguments for '{name}' command")
}
