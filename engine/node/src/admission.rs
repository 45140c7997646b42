//! Whether a command may run: the checks of `processCommand` in server.c, in the same order.

use engine_base::{LinkId, Mono, Now};

use crate::Node;
use crate::api::LogLevel;
use crate::client::{Blocked, ClientFlags, Wait};
use crate::command::{CommandFlags, Fail, Spec, full_name, is_later_form, lookup};

/// Why a command is not carried out: the whole error line without the leading `-`.
pub(crate) type Refusal = Fail;

/// What is answered while data is loaded.
pub(crate) const LOADING: &str = "LOADING Redis is loading the dataset in memory";

/// Between two lines about writes that the disk does not get.
const TOLD_EVERY_MS: u64 = 10_000;

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
        self.check_protected(link, spec)?;
        if !client.authenticated
            && self.acl.is_closed()
            && !spec.flags.contains(CommandFlags::NO_AUTH)
        {
            return Err("NOAUTH Authentication required.".into());
        }
        if flags.contains(ClientFlags::MULTI) && spec.flags.contains(CommandFlags::NO_MULTI) {
            return Err("ERR Command not allowed inside a transaction".into());
        }
        if flags.contains(ClientFlags::RESTRICTED) {
            self.check_permission(now, link, spec, args)?;
        }
        self.check_routing(now, link, spec, args)?;
        // What a script says of itself holds in place of its command's flags.
        let own;
        let asked: &Spec = match self.flags_of(spec, args) {
            flags if flags == spec.flags => spec,
            flags => {
                own = Spec { flags, ..*spec };
                &own
            }
        };
        self.check_memory(now, link, asked)?;
        self.check_writes(now, link, flags, asked)?;
        if pubsub_mode && !allowed_in_pubsub_mode(full_name(spec)) {
            return Err(format!(
                "ERR Can't execute '{}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / \
                 RESET are allowed in this context",
                full_name(spec)
            )
            .into());
        }
        self.check_freshness(link, asked)?;
        self.check_busy(spec)?;
        let keyspace = CommandFlags::WRITE | CommandFlags::READONLY | CommandFlags::MAY_REPLICATE;
        if flags.intersects(ClientFlags::REPLICA | ClientFlags::MONITOR)
            && asked.flags.intersects(keyspace)
        {
            return Err("ERR Replica can't interact with the keyspace".into());
        }
        if self.holds_back(now, link, asked, args) {
            return Ok(Verdict::Wait);
        }
        if flags.contains(ClientFlags::MULTI) && !runs_inside_multi(full_name(spec)) {
            return Ok(Verdict::Queue(spec));
        }
        Ok(Verdict::Run(spec))
    }

    /// The command that `args` call, by the name that `rename-command` gave it.
    pub(crate) fn lookup_renamed(
        &self,
        args: &[&[u8]],
    ) -> Result<(&'static Spec, &'static Spec), bool> {
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
        if flags.intersects(ClientFlags::MASTER | ClientFlags::IMPORT) {
            if writes && flags.contains(ClientFlags::MASTER) && !self.is_loading() {
                return self.check_replica_disk(now);
            }
            return Ok(());
        }
        // Whoever watches a server by PING shall see it.
        if (writes || spec.name == "ping")
            && let Some(refusal) = self.persist_refusal()
        {
            return Err(refusal.into());
        }
        if !writes {
            return Ok(());
        }
        if !self.enough_replicas(now) {
            return Err("NOREPLICAS Not enough good replicas to write.".into());
        }
        if self.replication.is_replica() && self.config.replica_read_only {
            return Err("READONLY You can't write against a read only replica.".into());
        }
        Ok(())
    }

    /// The master's writes while nothing can be saved: they run, or the process ends
    /// (`replica-ignore-disk-write-errors`).
    #[inline(never)]
    fn check_replica_disk(&mut self, now: Now) -> Result<(), Refusal> {
        if self.persist_refusal().is_none() {
            return Ok(());
        }
        if !self.config.replica_ignore_disk_write_errors {
            let why = "Replica was unable to write command to disk.";
            self.server_panic(now, why);
            return Err(why.into());
        }
        if self.persist.told_ignored.is_none_or(|at| now.mono.ms_since(at) > TOLD_EVERY_MS) {
            self.persist.told_ignored = Some(now.mono);
            self.out.log(
                LogLevel::Warning,
                "Replica is applying a command even though it is unable to write to disk.",
            );
        }
        Ok(())
    }

    /// The flags of what a client has queued since MULTI.
    pub(crate) fn queued(&self, link: LinkId) -> impl Iterator<Item = CommandFlags> + '_ {
        let transaction = self.links.client(link).and_then(|client| client.transaction.as_ref());
        transaction.into_iter().flat_map(|t| t.queued.iter().map(|queued| queued.flags))
    }

    /// Whether a client has queued a command that may change data.
    fn queued_writes(&self, link: LinkId) -> bool {
        self.queued(link).any(|flags| flags.contains(CommandFlags::WRITE))
    }

    /// A replica without its master, or a process that still loads, may serve little. EXEC serves
    /// what was queued for it.
    fn check_freshness(&self, link: LinkId, spec: &Spec) -> Result<(), Refusal> {
        let allowed = |flag| {
            spec.flags.contains(flag)
                && (spec.name != "exec" || self.queued(link).all(|flags| flags.contains(flag)))
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
        let forbidden = |flags: CommandFlags| flags.contains(CommandFlags::NO_ASYNC_LOADING);
        forbidden(spec.flags) || (spec.name == "exec" && self.queued(link).any(forbidden))
    }

    /// `enable-debug-command` and its like.
    fn check_protected(&self, link: LinkId, spec: &Spec) -> Result<(), Refusal> {
        if !spec.flags.contains(CommandFlags::PROTECTED) {
            return Ok(());
        }
        let local = self.links.client(link).is_none_or(|c| c.peer.ip().is_loopback());
        if self.config.protected_command_allowed(local) {
            return Ok(());
        }
        // Its own name, whatever `rename-command` made of it: so is the option's.
        let (name, option) = (spec.name.to_ascii_uppercase(), spec.name);
        Err(format!(
            "ERR {name} command not allowed. If the enable-{option}-command option is set to \
             \"local\", you can run it from a local connection, otherwise you need to set this \
             option in the configuration file, and then restart the server."
        )
        .into())
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
        let may_write = |flags: CommandFlags| flags.intersects(may);
        may_write(spec.flags) || (spec.name == "exec" && self.queued(link).any(may_write))
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
    let Some(name) = args.first() else { return "ERR unknown command".into() };
    if container_known {
        return crate::command::unknown_subcommand(args);
    }
    let name = crate::command::shown(name, 128);
    let head: [&[u8]; 3] = [b"ERR unknown command '", name, b"', with args beginning with: "];
    let mut text = head.concat();
    let from = text.len();
    for arg in args.iter().skip(1) {
        let written = text.len() - from;
        if written >= 128 {
            break;
        }
        text.extend([b"'", crate::command::shown(arg, 128 - written), b"' "].concat());
    }
    Fail(text.into())
}

fn wrong_arity(command: &Spec, spec: &Spec) -> Refusal {
    let name = if core::ptr::eq(command, spec) || command.name == spec.name {
        command.name.to_owned()
    } else {
        format!("{}|{}", command.name, spec.name)
    };
    format!("ERR wrong number of arguments for '{name}' command").into()
}
