//! A run from its beginning to its end, or to where it is put aside: `luaCallFunction` and
//! `scriptInterrupt`.
//!
//! Where the driver has lent a stopwatch, a script goes on until `busy-reply-threshold` is over, as in
//! redis-server; only then others are heard between its slices. In a simulated world a slice takes
//! some virtual time, during which the process hears nothing.

use engine_base::{LinkId, Now, Slot};
use engine_lua::{Place, Step, Value};
use engine_resp::Reply;

use super::ask::inherited;
use super::library::Ask;
use super::running::{Begin, Context, Kind, Late, RunFlags, Running};
use super::state::kept;
use crate::Node;
use crate::api::LogLevel;
use crate::client::{Client, ClientFlags};
use crate::command::Fail;
use crate::links::Link;
use crate::propagate::Audience;

/// Fuel of one slice.
const SLICE: u64 = 20_000;
/// What a call of the node costs beside the call itself.
const ASKING: u64 = 10;
/// Milliseconds that a slice takes where nobody measures.
pub(super) const SLICE_MS: u64 = 2;

/// How a run ended.
pub(super) enum Ended {
    /// With this value.
    Value(Value),
    /// With an error that nobody caught.
    Error(Value, Vec<Place>),
    /// Somebody killed it there.
    Killed(Vec<Place>),
}

impl Node {
    /// The client that carries out what scripts call; made when it is first needed.
    pub(super) fn script_client(&mut self, now: Now) -> LinkId {
        if let Some(link) = self.scripts.client {
            return link;
        }
        let nowhere = std::net::SocketAddr::from(([0, 0, 0, 0], 0));
        let link = self.links.insert(|link| {
            let mut client = Client::new(link, u64::MAX, nowhere, nowhere, now.mono);
            client.authenticated = true;
            Link::Script(Box::new(client))
        });
        self.scripts.client = Some(link);
        link
    }

    /// Begins a script; it has run when there is nothing put aside afterwards.
    ///
    /// # Errors
    /// It may not run now.
    pub(crate) fn run_script(
        &mut self,
        now: Now,
        caller: LinkId,
        begin: &Begin<'_>,
        out: &mut Reply,
    ) -> Result<(), Fail> {
        if self.scripts.runs {
            return Err("ERR This Redis command is not allowed from script".into());
        }
        let (caller_flags, db) = self
            .links
            .client(caller)
            .map_or((ClientFlags::empty(), 0), |client| (client.flags, client.db));
        let flags = self.check_script(now, caller_flags, begin)?;
        let link = self.script_client(now);
        if let Some(client) = self.links.client_mut(link) {
            client.db = db;
            client.flags = inherited(caller_flags);
        }
        let slot = self.cluster.as_ref().and(begin.keys.first()).map(|key| Slot::of_key(key));
        let cx = Context {
            kind: begin.kind,
            name: begin.name.to_vec(),
            flags,
            caller,
            caller_flags,
            slot,
            declared: self.tracked_by_script(begin.keys),
            audience: Audience::all(),
            snapshot: now,
            began: self.tick_count(),
            reply: Reply::new(),
        };
        let Some(mut running) = self.prepare(begin, cx) else {
            return Err("ERR Function not found".into());
        };
        self.scripts.runs = true;
        self.begin_unit();
        match self.drive(now, &mut running) {
            Some(ended) => self.end_run(now, *running, ended, out),
            None => self.scripts.running = Some(running),
        }
        Ok(())
    }

    /// The Lua of it: its function, and what it is called with.
    fn prepare(&mut self, begin: &Begin<'_>, cx: Context) -> Option<Box<Running>> {
        let late = Late::default();
        let mut lua;
        let mut tables = None;
        let function = match begin.kind {
            Kind::Eval => {
                lua = self.scripts.take_evals();
                kept(&mut lua, begin.name)
            }
            Kind::Function => {
                let pin = self.scripts.function(begin.name)?.pin();
                let (state, of) = self.scripts.take_functions();
                (lua, tables) = (state, Some(of));
                kept(&mut lua, &pin)
            }
        };
        lua.heap.random = Some(*self.scripts.random());
        let mut list = |words: &[&[u8]]| {
            let table = lua.heap.table(words.len(), 0);
            for (at, word) in (1..).zip(words) {
                let word = lua.heap.string(word);
                _ = lua.heap.raw_set_int(table, at, word);
            }
            Value::Table(table)
        };
        let (keys, args) = (list(begin.keys), list(begin.args));
        let run = match begin.kind {
            Kind::Eval => {
                lua.set_global("KEYS", keys);
                lua.set_global("ARGV", args);
                lua.start(function, &[])
            }
            Kind::Function => lua.start(function, &[keys, args]),
        };
        Some(Box::new(Running { lua, tables, run, fuel: SLICE, cx, late }))
    }

    /// Runs until the end; `None` when it is put aside before.
    pub(super) fn drive(&mut self, now: Now, running: &mut Running) -> Option<Ended> {
        let Running { lua, run, fuel, cx, .. } = running;
        loop {
            match lua.resume(*run, fuel) {
                Step::Host { id, args } => {
                    *fuel = fuel.saturating_sub(ASKING);
                    let answer = self.answer_script(now, lua, cx, Ask::from(id), &args);
                    match &answer {
                        Ok(Some(value)) => lua.answer(*run, Ok(std::slice::from_ref(value))),
                        Ok(None) => lua.answer(*run, Ok(&[])),
                        Err(error) => lua.answer(*run, Err(error.clone())),
                    }
                }
                Step::Spent => {
                    *fuel = SLICE;
                    if self.is_slice_over(now, cx) {
                        return None;
                    }
                }
                Step::Done(values) => {
                    return Some(Ended::Value(values.first().copied().unwrap_or_default()));
                }
                Step::Failed { error, places } => return Some(Ended::Error(error, places)),
            }
        }
    }

    /// Whether a run that has used up a slice is put aside.
    fn is_slice_over(&mut self, now: Now, cx: &mut Context) -> bool {
        if cx.flags.contains(RunFlags::TIMED_OUT) {
            return true;
        }
        let threshold = self.config.busy_reply_threshold_ms;
        let measured = self.stopwatch.is_some();
        let elapsed = match measured {
            true => self.micros_since(cx.began) / 1000,
            false => now.mono.ms_since(cx.snapshot.mono),
        };
        if threshold > 0 && elapsed >= threshold {
            let command = if cx.kind == Kind::Eval { "SCRIPT KILL" } else { "FUNCTION KILL" };
            let name = String::from_utf8_lossy(&cx.name);
            let text = format!(
                "Slow script detected: still in execution after {elapsed} milliseconds. You can try \
                 killing the script using the {command} command. Script name is: {name}."
            );
            self.out.log(LogLevel::Warning, text);
            cx.flags.insert(RunFlags::TIMED_OUT);
            return true;
        }
        !measured
    }
}
