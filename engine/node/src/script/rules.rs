//! What a script may begin with, and what it may call: `scriptPrepareForRun` and the checks of
//! `scriptCall` in script.c, in the same order.

use engine_base::Now;

use super::flags::ScriptFlags;
use super::running::{Begin, Context, RunFlags};
use crate::Node;
use crate::acl;
use crate::client::ClientFlags;
use crate::command::{AclCategory, CommandFlags, Fail, Spec};

const MAY_WRITE: CommandFlags = CommandFlags::WRITE.union(CommandFlags::MAY_REPLICATE);

/// Whoever tells this node what to do: its master, a file, the source of slots.
pub(super) fn must_obey(flags: ClientFlags) -> bool {
    flags.intersects(ClientFlags::MASTER | ClientFlags::IMPORT)
}

impl Node {
    /// Whether this is a replica that may not serve what it has (`replica-serve-stale-data`).
    fn is_stale(&self) -> bool {
        self.replication.is_replica()
            && !self.replication.is_connected()
            && !self.config.replica_serve_stale_data
    }

    /// Whether a script may begin; gives what holds for its run.
    pub(super) fn check_script(
        &self,
        now: Now,
        caller: ClientFlags,
        begin: &Begin<'_>,
    ) -> Result<RunFlags, Fail> {
        let flags = begin.flags;
        let compat = flags.contains(ScriptFlags::COMPAT);
        if compat {
            if self.is_stale() {
                return Err("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is \
                            set to 'no'."
                    .into());
            }
        } else {
            self.check_declared(now, caller, begin)?;
        }
        let mut run = RunFlags::empty();
        let reads = !compat && flags.contains(ScriptFlags::NO_WRITES);
        run.set(RunFlags::READ_ONLY, begin.read_only || reads);
        run.set(RunFlags::ALLOW_OOM, !compat && flags.contains(ScriptFlags::ALLOW_OOM));
        let any_slot = compat || flags.contains(ScriptFlags::ALLOW_CROSS_SLOT);
        run.set(RunFlags::ALLOW_CROSS_SLOT, any_slot);
        Ok(run)
    }

    /// The same of a script that has said what it does.
    #[inline(never)]
    fn check_declared(&self, now: Now, caller: ClientFlags, begin: &Begin<'_>) -> Result<(), Fail> {
        let flags = begin.flags;
        if flags.contains(ScriptFlags::NO_CLUSTER) && self.cluster.is_some() {
            return Err("ERR Can not run script on cluster, 'no-cluster' flag is set.".into());
        }
        if self.is_stale() && !flags.contains(ScriptFlags::ALLOW_STALE) {
            return Err("MASTERDOWN Link with MASTER is down, replica-serve-stale-data is set to \
                        'no' and 'allow-stale' flag is not set on the script."
                .into());
        }
        let obeys = must_obey(caller);
        if !flags.contains(ScriptFlags::NO_WRITES) {
            let replica = self.replication.is_replica();
            if replica && self.config.replica_read_only && !obeys {
                return Err(
                    "READONLY Can not run script with write flag on readonly replica".into()
                );
            }
            if let Some(refusal) = self.persist_refusal().filter(|_| !obeys) {
                return Err(misconf_of_script(&refusal));
            }
            if begin.read_only {
                return Err(
                    "ERR Can not execute a script with write flag using *_ro command.".into()
                );
            }
            if !self.enough_replicas(now) {
                return Err(NO_REPLICAS);
            }
        }
        let needs_room = !flags.intersects(ScriptFlags::ALLOW_OOM | ScriptFlags::NO_WRITES);
        if needs_room && self.config.maxmemory > 0 && self.memory.was_full {
            return Err("OOM allow-oom flag is not set on the script, can not run it when used \
                        memory > 'maxmemory'"
                .into());
        }
        Ok(())
    }

    /// Whether a script may call a command.
    pub(super) fn check_called(
        &mut self,
        cx: &mut Context,
        spec: &'static Spec,
        args: &[&[u8]],
    ) -> Result<(), Fail> {
        // What changes the Lua under a script's feet it never may.
        let of_scripts = spec.acl.contains(AclCategory::SCRIPTING);
        if spec.flags.contains(CommandFlags::NOSCRIPT)
            && (of_scripts || !self.debug.scripts_call_all)
        {
            return Err("ERR This Redis command is not allowed from script".into());
        }
        if self.is_stale() && !spec.flags.contains(CommandFlags::STALE) {
            return Err("ERR Can not execute the command on a stale replica".into());
        }
        self.check_called_rights(cx, spec, args)?;
        if cx.flags.contains(RunFlags::READ_ONLY) && spec.flags.intersects(MAY_WRITE) {
            return Err("ERR Write commands are not allowed from read-only scripts.".into());
        }
        let first = !cx.flags.contains(RunFlags::WRITE_DIRTY);
        if spec.is_write() && first {
            self.check_first_write(cx)?;
        }
        if first
            && self.memory.was_full
            && self.config.maxmemory > 0
            && spec.flags.contains(CommandFlags::DENYOOM)
            && !cx.flags.contains(RunFlags::ALLOW_OOM)
            && !must_obey(cx.caller_flags)
        {
            return Err("OOM command not allowed when used memory > 'maxmemory'.".into());
        }
        if spec.is_write() {
            cx.flags.insert(RunFlags::WRITE_DIRTY);
        }
        if self.cluster.is_some() && !must_obey(cx.caller_flags) {
            self.check_called_slot(cx, spec, args)?;
        }
        Ok(())
    }

    /// What the user may call who runs the script (`scriptVerifyACL`).
    fn check_called_rights(
        &mut self,
        cx: &Context,
        spec: &'static Spec,
        args: &[&[u8]],
    ) -> Result<(), Fail> {
        let Err(denied) = self.permits(cx.caller, spec, args) else { return Ok(()) };
        self.note_denied(cx.snapshot, cx.caller, denied, acl::Context::Lua, spec, args);
        Err(format!("ERR The user executing the script {}", denied.reason_in_script()).into())
    }

    /// The node's state may forbid a script's first write; later ones must go through.
    fn check_first_write(&self, cx: &Context) -> Result<(), Fail> {
        let replica = self.replication.is_replica();
        if replica && self.config.replica_read_only && !must_obey(cx.caller_flags) {
            return Err("READONLY You can't write against a read only replica.".into());
        }
        if let Some(refusal) = self.persist_refusal() {
            return Err(refusal.into());
        }
        if !self.enough_replicas(cx.snapshot) { Err(NO_REPLICAS) } else { Ok(()) }
    }

    /// In a cluster, keys must be of this node, and of the slot of those before.
    #[inline(never)]
    fn check_called_slot(
        &self,
        cx: &mut Context,
        spec: &'static Spec,
        args: &[&[u8]],
    ) -> Result<(), Fail> {
        let slot = self.route_of_script(cx.snapshot, cx.caller_flags, spec, args)?;
        let Some(slot) = slot.filter(|_| !cx.flags.contains(RunFlags::ALLOW_CROSS_SLOT)) else {
            return Ok(());
        };
        match cx.slot.replace(slot) {
            Some(other) if other != slot => {
                cx.slot = Some(other);
                Err("ERR Script attempted to access keys that do not hash to the same slot".into())
            }
            _ => Ok(()),
        }
    }
}

const NO_REPLICAS: Fail = Fail::new("NOREPLICAS Not enough good replicas to write.");

fn misconf_of_script(refusal: &str) -> Fail {
    const BLOCKED: &str = "but it's currently unable to persist to disk. Writable scripts are \
                           blocked. Use 'no-writes' flag for read only scripts.";
    match refusal.strip_prefix("MISCONF Errors writing to the AOF file: ") {
        Some(error) => format!(
            "MISCONF Redis is configured to persist data to AOF, {BLOCKED} AOF error: {error}"
        )
        .into(),
        None => format!("MISCONF Redis is configured to save RDB snapshots, {BLOCKED}").into(),
    }
}
