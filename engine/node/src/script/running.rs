//! The script under way.

use std::collections::VecDeque;

use bitflags::bitflags;
use engine_base::{LinkId, Now, Slot};
use engine_lua::{Lua, Run};
use engine_resp::Reply;

use super::flags::ScriptFlags;
use super::library::FunctionTables;
use crate::apart::cloned_apart;
use crate::client::ClientFlags;
use crate::command::Spec;
use crate::propagate::Audience;
use crate::transaction::Queued;

bitflags! {
    /// `SCRIPT_*` of script.h: what holds for a run.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub(super) struct RunFlags: u8 {
        /// It has called a command that writes.
        const WRITE_DIRTY = 1 << 0;
        /// Others are told that the node is busy.
        const TIMED_OUT = 1 << 1;
        /// Somebody wants it to end.
        const KILLED = 1 << 2;
        /// It may not write.
        const READ_ONLY = 1 << 3;
        /// It may write when memory is full.
        const ALLOW_OOM = 1 << 4;
        /// Its keys may be of several slots.
        const ALLOW_CROSS_SLOT = 1 << 5;
    }
}

/// Where a run came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Eval,
    Function,
}

/// What a script is begun with.
#[derive(Debug)]
pub(crate) struct Begin<'a> {
    /// EVAL or FCALL.
    pub(crate) kind: Kind,
    /// The digest, or the function's name.
    pub(crate) name: &'a [u8],
    /// What the script says of itself.
    pub(crate) flags: ScriptFlags,
    /// It was called by a command that only reads.
    pub(crate) read_only: bool,
    pub(crate) keys: &'a [&'a [u8]],
    pub(crate) args: &'a [&'a [u8]],
}

/// All that a run's questions need, without its Lua state.
#[derive(Clone, Debug)]
pub(super) struct Context {
    pub(super) kind: Kind,
    pub(super) name: Vec<u8>,
    pub(super) flags: RunFlags,
    pub(super) caller: LinkId,
    /// What the caller was when it called.
    pub(super) caller_flags: ClientFlags,
    /// The slot of its keys, in a cluster.
    pub(super) slot: Option<Slot>,
    /// The keys that it was called with, where somebody tracks what is read.
    pub(super) declared: Vec<Vec<u8>>,
    pub(super) audience: Audience,
    /// When it began: for it, time stands still.
    pub(super) snapshot: Now,
    /// What the stopwatch showed then.
    pub(super) began: u64,
    /// What the last command answered; its protocol is what `redis.setresp` chose.
    pub(super) reply: Reply,
}

/// A script under way.
#[derive(Debug)]
pub(crate) struct Running {
    pub(super) lua: Lua,
    /// The tables of a function's state.
    pub(super) tables: Option<FunctionTables>,
    pub(super) run: Run,
    pub(super) fuel: u64,
    pub(super) cx: Context,
    pub(super) late: Late,
}

cloned_apart!(Running { lua, tables, run, fuel, cx, late });

/// What is kept for the end of a run that was put aside.
#[derive(Clone, Debug, Default)]
pub(super) struct Late {
    /// The command and its words.
    pub(super) command: Option<(&'static Spec, Vec<Vec<u8>>)>,
    /// What the transaction has still to do in which it runs.
    pub(super) transaction: Option<VecDeque<Queued>>,
    /// Its caller has gone, and is kept only until then.
    pub(super) gone: bool,
    /// Its caller wants no answer (`CLIENT REPLY`).
    pub(super) silent: bool,
}

impl Running {
    pub(super) fn is_timed_out(&self) -> bool {
        self.cx.flags.contains(RunFlags::TIMED_OUT)
    }

    /// Whether EVAL began it.
    pub(crate) fn is_eval(&self) -> bool {
        self.cx.kind == Kind::Eval
    }

    /// The function's name.
    pub(crate) fn name(&self) -> &[u8] {
        &self.cx.name
    }

    /// The words of the command that called it.
    pub(crate) fn words(&self) -> &[Vec<u8>] {
        self.late.command.as_ref().map_or(&[], |(_, words)| words.as_slice())
    }
}
