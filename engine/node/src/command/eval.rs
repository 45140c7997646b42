//! `EVAL`, `EVALSHA`, their read-only forms, and `SCRIPT …` (eval.c).

use super::macros::{container, keys, specs};
use super::{Answer, Call, Fail, Spec, args, help};
use crate::script::{Begin, Kind};

/// The family's table.
pub(crate) const SPECS: &[Spec] = specs! {
    "eval" -3 [NOSCRIPT SKIP_MONITOR MAY_REPLICATE NO_MANDATORY_KEYS STALE MOVABLE_KEYS] (find keys) [SCRIPTING] => |call| eval(call, false),
    "eval_ro" -3 [NOSCRIPT SKIP_MONITOR NO_MANDATORY_KEYS STALE READONLY MOVABLE_KEYS] (find keys) [SCRIPTING] => |call| eval(call, true),
    "evalsha" -3 [NOSCRIPT SKIP_MONITOR MAY_REPLICATE NO_MANDATORY_KEYS STALE MOVABLE_KEYS] (find keys) [SCRIPTING] => |call| evalsha(call, false),
    "evalsha_ro" -3 [NOSCRIPT SKIP_MONITOR NO_MANDATORY_KEYS STALE READONLY MOVABLE_KEYS] (find keys) [SCRIPTING] => |call| evalsha(call, true),
};

/// Commands with subcommands.
pub(crate) const CONTAINERS: &[Spec] = &[container(
    "script",
    specs! {
        "debug" 3 [NOSCRIPT] () [SCRIPTING] => debug,
        "exists" -3 [NOSCRIPT] () [SCRIPTING] => exists,
        "flush" -2 [NOSCRIPT] () [SCRIPTING] => flush,
        "help" 2 [LOADING STALE] () [SCRIPTING] => help::help,
        "kill" 2 [NOSCRIPT ALLOW_BUSY] () [SCRIPTING] => kill,
        "load" 3 [NOSCRIPT STALE] () [SCRIPTING] => load,
    },
)];

/// What `SCRIPT HELP` answers.
pub(super) const HELP: (&str, &[&str]) = (
    "script",
    &[
        "SCRIPT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        "DEBUG (YES|SYNC|NO)",
        "    Set the debug mode for subsequent scripts executed.",
        "EXISTS <sha1> [<sha1> ...]",
        "    Return information about the existence of the scripts in the script cache.",
        "FLUSH [ASYNC|SYNC]",
        "    Flush the Lua scripts cache. Very dangerous on replicas.",
        "    When called without the optional mode argument, the behavior is determined by the",
        "    lazyfree-lazy-user-flush configuration directive. Valid modes are:",
        "    * ASYNC: Asynchronously flush the scripts cache.",
        "    * SYNC: Synchronously flush the scripts cache.",
        "KILL",
        "    Kill the currently executing Lua script.",
        "LOAD <script>",
        "    Load a script into the scripts cache without executing it.",
        "HELP",
        "    Prints this help.",
    ],
);

const NO_SCRIPT: Fail = Fail::new("NOSCRIPT No matching script. Please use EVAL.");

/// The keys of a script's command: word 2 says how many follow.
pub(super) fn keys(args: &[&[u8]]) -> Vec<usize> {
    args::counted_keys(args, 2)
}

/// Some of a command's words.
type Words<'a, 'b> = &'b [&'a [u8]];

/// Cuts the words of a script's command behind word 2 into keys and arguments; `bad` is said of a
/// count that is no number.
pub(super) fn keys_and_args<'a, 'b>(
    words: &'b [&'a [u8]],
    bad: &'static str,
) -> Result<(Words<'a, 'b>, Words<'a, 'b>), Fail> {
    let count = args::int_or(words[2], bad)?;
    let rest = &words[3..];
    if count > i64::try_from(rest.len()).unwrap_or(i64::MAX) {
        return Err("ERR Number of keys can't be greater than number of args".into());
    }
    let count = usize::try_from(count).map_err(|_| "ERR Number of keys can't be negative")?;
    Ok(rest.split_at(count))
}

/// Runs a script; what waits for its end is noted.
pub(super) fn run(call: &mut Call<'_>, begin: &Begin<'_>) -> Answer {
    // The commands that it calls have said themselves what they changed.
    call.propagation = super::Propagation::Nothing;
    call.node.run_script(call.now, call.client, begin, call.out)?;
    if call.node.scripts.put_aside().is_some() {
        call.node.wait_for_script(call.client, call.spec, call.args);
        call.node.schedule_script(call.now);
    }
    Ok(())
}

#[inline(never)]
fn eval(call: &mut Call<'_>, read_only: bool) -> Answer {
    call.node.show_to_monitors(call.now, call.client, call.args);
    let (keys, args) = keys_and_args(call.args, NOT_INTEGER)?;
    let sha = call.node.scripts.define(call.args[1])?;
    run_cached(call, &sha, read_only, keys, args)
}

#[inline(never)]
fn evalsha(call: &mut Call<'_>, read_only: bool) -> Answer {
    call.node.show_to_monitors(call.now, call.client, call.args);
    let Ok(mut sha) = <[u8; 40]>::try_from(call.args[1]) else { return Err(NO_SCRIPT) };
    sha.make_ascii_lowercase();
    let (keys, args) = keys_and_args(call.args, NOT_INTEGER)?;
    run_cached(call, &sha, read_only, keys, args)
}

const NOT_INTEGER: &str = "ERR value is not an integer or out of range";

fn run_cached(
    call: &mut Call<'_>,
    sha: &[u8; 40],
    read_only: bool,
    keys: &[&[u8]],
    args: &[&[u8]],
) -> Answer {
    let Some(flags) = call.node.scripts.cached(sha).map(|script| script.flags) else {
        return Err(NO_SCRIPT);
    };
    run(call, &Begin { kind: Kind::Eval, name: sha, flags, read_only, keys, args })
}

/// `SCRIPT LOAD script`
fn load(call: &mut Call<'_>) -> Answer {
    let sha = call.node.scripts.define(call.args[2])?;
    call.out.bulk(&sha);
    Ok(())
}

/// `SCRIPT EXISTS sha1 …`
fn exists(call: &mut Call<'_>) -> Answer {
    let digests = &call.args[2..];
    call.out.array(digests.len());
    for sha in digests {
        call.out.int(i64::from(call.node.scripts.cached(sha).is_some()));
    }
    Ok(())
}

/// `SCRIPT FLUSH [ASYNC|SYNC]`
fn flush(call: &mut Call<'_>) -> Answer {
    match call.args[2..] {
        [] => {}
        [mode] if args::is(mode, "sync") || args::is(mode, "async") => {}
        _ => return Err("ERR SCRIPT FLUSH only support SYNC|ASYNC option".into()),
    }
    call.node.scripts.flush();
    call.out.ok();
    Ok(())
}

/// `SCRIPT KILL`
fn kill(call: &mut Call<'_>) -> Answer {
    call.node.kill_script(Kind::Eval)?;
    call.out.ok();
    Ok(())
}

/// `SCRIPT DEBUG YES|SYNC|NO`: there is nothing to debug with.
fn debug(call: &mut Call<'_>) -> Answer {
    let mode = call.args[2];
    if args::is(mode, "no") {
        call.out.ok();
        return Ok(());
    }
    if args::is(mode, "yes") || args::is(mode, "sync") {
        return Err("ERR This server has no debugger for scripts".into());
    }
    Err("ERR Use SCRIPT DEBUG YES/SYNC/NO".into())
}
