//! Whether a command may run: the checks of `processCommand` in server.c, in the same order.

use engine_base::{LinkId, Mono, Now};

use crate::Node;
use crate::client::{Blocked, ClientFlags, Wait};
use crate::command::{CommandFlags, Spec, is_later_form, lookup};

/// Why a command is not carried out: the whole error line without the leading `-`.
pub(crate) type Refusal = String;

/// What is answered while data is loaded.
pub(crate) const LOADING: &str = "LOADING Redis is loading the dataset in memory";

/// What becomes of a command that was not refused.
pub(crate) enum Verdict {
    /// It runs.
    Run(&'static Spec),
    /// It waits for EXEC.
    Queue(&'static Spec),
    /// It is looked at again later: a pause, or its keys are on the move.
    Wait,
}

impl Node {
    /// All that is checked before a command runs, in the order of `processCommand`.
    pub(crate) fn check(
        &mut self,
        now: Now,
        link: LinkId,
        args: &[&[u8]],
    ) -> Result<Verdict, Refusal> {
        let (command, spec) =
            self.lookup_renamed(args).map_err(|known| unknown_command(args, known))?;
        if !spec.arity_fits(args.len()) && !is_later_form(args) {
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
        self.check_memory(now, link, spec)?;
        self.check_writes(now, link, flags, spec)?;
        if pubsub_mode && !allowed_in_pubsub_mode(spec.name) {
            return Err(format!(
                "ERR Can't execute '{}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / \
                 RESET are allowed in this context",
                String::from_utf8_lossy(args[0]).to_ascii_lowercase()
            ));
        }
        self.check_freshness(link, spec)?;
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

    /// The command that `args` call, by the name that `rename-command` gave it.
    fn lookup_renamed(&self, args: &[&[u8]]) -> Result<(&'static Spec, &'static Spec), bool> {
        let renamed = &self.config.extra.renamed_commands;
        let Some(name) = args.first().filter(|_| !renamed.is_empty()) else { return lookup(args) };
        if let Some((old, _)) = renamed.iter().find(|(_, new)| new.eq_ignore_ascii_case(name)) {
            let mut words = args.to_vec();
            words[0] = old;
            return lookup(&words);
        }
        let gone = renamed.iter().any(|(old, _)| old.eq_ignore_ascii_case(name));
        if gone { Err(false) } else { lookup(args) }
    }

    /// `min-replicas-to-write`, a failed save, and the read-only replica.
    fn check_writes(
        &mut self,
        now: Now,
        link: LinkId,
        flags: ClientFlags,
        spec: &Spec,
    ) -> Result<(), Refusal> {
        let writes = spec.is_write() || (spec.name == "exec" && self.queued_writes(link));
        if !writes || flags.intersects(ClientFlags::MASTER | ClientFlags::IMPORT) {
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

    /// What a client has queued since MULTI.
    pub(crate) fn queued(&self, link: LinkId) -> impl Iterator<Item = &'static Spec> + '_ {
        let transaction = self.links.client(link).and_then(|client| client.transaction.as_ref());
        transaction.into_iter().flat_map(|t| t.queued.iter().map(|(spec, _)| *spec))
    }

    /// Whether a client has queued a command that may change data.
    fn queued_writes(&self, link: LinkId) -> bool {
        self.queued(link).any(Spec::is_write)
    }

    /// A replica without its master, or a process that still loads, may serve little. EXEC serves
    /// what was queued for it.
    fn check_freshness(&self, link: LinkId, spec: &Spec) -> Result<(), Refusal> {
        let allowed = |flag| {
            spec.flags.contains(flag)
                && (spec.name != "exec" || self.queued(link).all(|s| s.flags.contains(flag)))
        };
        if self.replication.is_replica()
            && !self.replication.is_connected()
            && !self.config.replica_serve_stale_data
            && !allowed(CommandFlags::STALE)
        {
            return Err("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set \
                        to 'no'."
                .into());
        }
        if self.loading_forbids(allowed(CommandFlags::LOADING), spec, link) {
            return Err(LOADING.into());
        }
        Ok(())
    }

    /// Whether a load that goes on leaves a command no room: with the old data at hand most have.
    fn loading_forbids(&self, allowed: bool, spec: &Spec, link: LinkId) -> bool {
        let Some(progress) = &self.persist.progress else { return false };
        // What is read from the append-only file is what is loaded.
        if self.links.client(link).is_none_or(|c| c.flags.contains(ClientFlags::MASTER)) {
            return false;
        }
        if !progress.serves_old {
            return !allowed;
        }
        let forbidden = |spec: &Spec| spec.flags.contains(CommandFlags::NO_ASYNC_LOADING);
        forbidden(spec) || (spec.name == "exec" && self.queued(link).any(forbidden))
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

    /// Holds a client back until a pause ends; its request stays in its buffer.
    fn holds_back(&mut self, now: Now, link: LinkId, spec: &Spec, args: &[&[u8]]) -> bool {
        let moving =
            self.touches_migrating(link, spec, args) || self.waits_for_handover(link, spec, args);
        let moving = moving.then_some(Mono::NEVER);
        let writes = self.may_replicate(link, spec);
        let Some(deadline) = self.pause.holds(now, writes).or(moving) else { return false };
        let Some(client) = self.links.client_mut(link) else { return false };
        if client.flags.intersects(ClientFlags::MASTER | ClientFlags::REPLICA) {
            return false;
        }
        client.blocked = Some(Box::new(Blocked { deadline, wait: Wait::Paused }));
        self.timers.blocked = self.timers.blocked.min(deadline);
        true
    }

    /// Whether a command, or one of those that EXEC runs, may be passed on to replicas
    /// (`isMayReplicateCommand`).
    pub(crate) fn may_replicate(&self, link: LinkId, spec: &Spec) -> bool {
        let may = CommandFlags::WRITE | CommandFlags::MAY_REPLICATE;
        let may_write = |spec: &Spec| spec.flags.intersects(may);
        may_write(spec) || (spec.name == "exec" && self.queued(link).any(may_write))
    }
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
