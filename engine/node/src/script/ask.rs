//! What a script asks of the node while it runs: `redis.call` and its kin
//! (`luaRedisGenericCommand` and what is registered beside it in script_lua.c).

use engine_base::Now;
use engine_base::number::f64_text;
use engine_lua::{Error, Heap, Lua, StrRef, Value, number};
use engine_resp::Protocol;
use smallvec::SmallVec;

use super::error_table::{counted_error, error_table, thrown};
use super::library::Ask;
use super::reply_in::to_lua;
use super::running::Context;
use crate::Node;
use crate::api::LogLevel;
use crate::client::ClientFlags;
use crate::command::{CommandFlags, Fail, Spec, lookup};
use crate::config::Verbosity;
use crate::propagate::Audience;

/// A host function's answer: at most one value.
type Answer = Result<Option<Value>, Error>;

type Words<T> = SmallVec<[T; 8]>;

impl Node {
    /// Answers a host function.
    pub(super) fn answer_script(
        &mut self,
        now: Now,
        lua: &mut Lua,
        cx: &mut Context,
        ask: Ask,
        args: &[Value],
    ) -> Answer {
        match ask {
            Ask::Call => self.call_from_script(now, lua, cx, args, true),
            Ask::Pcall => self.call_from_script(now, lua, cx, args, false),
            Ask::Log => self.log_from_script(&mut lua.heap, args),
            Ask::SetResp => set_resp(&mut lua.heap, cx, args),
            Ask::SetRepl => set_repl(&mut lua.heap, cx, args),
            Ask::AclCheck => self.acl_check(lua, cx, args),
            Ask::Register => {
                let text = b"redis.register_function can only be called on FUNCTION LOAD command";
                Err(thrown(&mut lua.heap, text))
            }
            Ask::Unknown => Ok(None),
        }
    }

    /// `redis.call` (`raises`) and `redis.pcall`
    fn call_from_script(
        &mut self,
        now: Now,
        lua: &mut Lua,
        cx: &mut Context,
        args: &[Value],
        raises: bool,
    ) -> Answer {
        let words = match words_of(&mut lua.heap, args) {
            Ok(words) => words,
            Err(text) if raises => return Err(thrown(&mut lua.heap, text.as_bytes())),
            Err(text) => return Ok(Some(error_table(&mut lua.heap, text.as_bytes()))),
        };
        let slices: Words<&[u8]> = words.iter().map(|word| lua.heap.bytes(*word)).collect();
        let done = self.run_for_script(now, cx, &slices);
        drop(slices);
        let (value, failed) = match done {
            Ok(()) => {
                let failed = cx.reply.as_bytes().starts_with(b"-");
                (to_lua(&mut lua.heap, cx.reply.as_bytes()), failed)
            }
            Err(refusal) => {
                let text = [b"-", &*refusal.0].concat();
                (counted_error(&mut lua.heap, &text), true)
            }
        };
        if raises && failed { Err(Error::Thrown(value)) } else { Ok(Some(value)) }
    }

    /// Carries out a command for a script: the answer is in the context's reply (`scriptCall`).
    fn run_for_script(&mut self, now: Now, cx: &mut Context, args: &[&[u8]]) -> Result<(), Fail> {
        let spec = match self.spec_for_script(args) {
            Ok(spec) => self.check_called(cx, spec, args).map(|()| spec).inspect_err(|_| {
                self.stats.of_command(spec).rejected += 1;
            }),
            Err((spec, text)) => {
                if let Some(spec) = spec {
                    self.stats.of_command(spec).rejected += 1;
                }
                Err(text.into())
            }
        };
        let spec = spec.inspect_err(|refusal| {
            self.stats.error_bytes(&refusal.0);
            // It is no failure of the script as yet.
            self.stats.errors_seen = self.stats.error_replies;
        })?;
        let link = self.script_client(now);
        cx.reply.truncate(0);
        self.propagator.audience = cx.audience;
        // The stopwatch counts this command alone.
        self.lap = None;
        let seen = Now { mono: now.mono, unix: cx.snapshot.unix };
        self.call(seen, link, spec, args, &mut cx.reply);
        if spec.flags.contains(CommandFlags::READONLY) {
            self.remember_declared(cx.caller, &cx.declared);
        }
        self.propagator.audience = Audience::all();
        if self.unblock(link).is_some() {
            // What answers later only cannot answer a script.
            cx.reply.truncate(0);
            return Err("ERR This Redis command is not allowed from script".into());
        }
        Ok(())
    }

    /// The command that these words call, if a script may have it; the error otherwise.
    fn spec_for_script(
        &self,
        args: &[&[u8]],
    ) -> Result<&'static Spec, (Option<&'static Spec>, &'static str)> {
        let Ok((_, spec)) = self.lookup_renamed(args) else {
            return Err((None, "ERR Unknown Redis command called from script"));
        };
        if !spec.arity_fits(args.len()) {
            return Err((Some(spec), "ERR Wrong number of args calling Redis command from script"));
        }
        Ok(spec)
    }

    /// `redis.log` of a library that is being loaded.
    pub(super) fn log_while_loading(&mut self, lua: &mut Lua, args: &[Value]) -> Result<(), Error> {
        self.log_from_script(&mut lua.heap, args).map(drop)
    }

    /// `redis.log(level, text, …)`
    fn log_from_script(&mut self, heap: &mut Heap, args: &[Value]) -> Answer {
        let [level, texts @ ..] = args else {
            return Err(thrown(heap, b"redis.log() requires two arguments or more."));
        };
        if texts.is_empty() {
            return Err(thrown(heap, b"redis.log() requires two arguments or more."));
        }
        let Some(level) = heap.to_number(*level) else {
            return Err(thrown(heap, b"First argument must be a number (log level)."));
        };
        let (level, least) = match number::to_integer(level) {
            0 => (LogLevel::Debug, Verbosity::Debug),
            1 => (LogLevel::Verbose, Verbosity::Verbose),
            2 => (LogLevel::Notice, Verbosity::Notice),
            3 => (LogLevel::Warning, Verbosity::Warning),
            _ => return Err(thrown(heap, b"Invalid debug level.")),
        };
        if (least as u8) < self.config.loglevel as u8 {
            return Ok(None);
        }
        let mut line = Vec::new();
        for (at, text) in texts.iter().enumerate() {
            if let Some(text) = heap.to_string(*text) {
                if at > 0 {
                    line.push(b' ');
                }
                line.extend_from_slice(heap.bytes(text));
            }
        }
        self.out.log(level, String::from_utf8_lossy(&line).into_owned());
        Ok(None)
    }

    /// `redis.acl_check_cmd(command, …)`
    fn acl_check(&mut self, lua: &mut Lua, cx: &Context, args: &[Value]) -> Answer {
        let words = match words_of(&mut lua.heap, args) {
            Ok(words) => words,
            Err(text) => return Err(thrown(&mut lua.heap, text.as_bytes())),
        };
        let slices: Words<&[u8]> = words.iter().map(|word| lua.heap.bytes(*word)).collect();
        let allowed =
            lookup(&slices).map(|(_, spec)| self.permits(cx.caller, spec, &slices).is_ok());
        drop(slices);
        match allowed {
            Ok(allowed) => Ok(Some(Value::Bool(allowed))),
            Err(_) => {
                Err(thrown(&mut lua.heap, b"Invalid command passed to redis.acl_check_cmd()"))
            }
        }
    }
}

/// The words of a command: strings, and numbers with all their digits (`luaArgsToRedisArgv`).
fn words_of(heap: &mut Heap, args: &[Value]) -> Result<Words<StrRef>, &'static str> {
    if args.is_empty() {
        return Err("Please specify at least one argument for this redis lib call");
    }
    let mut words = Words::new();
    for arg in args {
        let word = match *arg {
            Value::Str(word) => word,
            Value::Number(n) => heap.intern(&f64_text(n)),
            _ => return Err("Lua redis lib command arguments must be strings or integers"),
        };
        words.push(word);
    }
    Ok(words)
}

/// `redis.setresp(version)`
fn set_resp(heap: &mut Heap, cx: &mut Context, args: &[Value]) -> Answer {
    let [version] = args else {
        return Err(thrown(heap, b"redis.setresp() requires one argument."));
    };
    let protocol = match heap.to_number(*version).map(number::to_integer) {
        Some(2) => Protocol::Resp2,
        Some(3) => Protocol::Resp3,
        _ => return Err(thrown(heap, b"RESP version must be 2 or 3.")),
    };
    cx.reply.set_protocol(protocol);
    Ok(None)
}

/// `redis.set_repl(audience)`
fn set_repl(heap: &mut Heap, cx: &mut Context, args: &[Value]) -> Answer {
    let [audience] = args else {
        return Err(thrown(heap, b"redis.set_repl() requires two arguments."));
    };
    let bits = heap.to_number(*audience).map_or(0, number::to_integer);
    let Some(audience) = u8::try_from(bits).ok().and_then(Audience::from_bits) else {
        return Err(thrown(
            heap,
            b"Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.",
        ));
    };
    cx.audience = audience;
    Ok(None)
}

/// What of its caller the script's client has too.
pub(super) fn inherited(caller: ClientFlags) -> ClientFlags {
    caller & (ClientFlags::MASTER | ClientFlags::IMPORT)
        | ClientFlags::SCRIPT
        | ClientFlags::DENY_BLOCKING
}
