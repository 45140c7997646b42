//! `FUNCTION …` of a node without a script engine: there is never a library, which tools that copy
//! libraries (`redis-cli --cluster add-node`) want to be told properly.

use engine_store::rdb;

use super::macros::{container, keys, specs};
use super::{Answer, Call, Fail, Spec, args, help};

/// Commands with subcommands.
pub(crate) const CONTAINERS: &[Spec] = &[container(
    "function",
    specs! {
        "delete" 3 [WRITE NOSCRIPT] () [SCRIPTING] => |_| Err("ERR Library not found".into()),
        "dump" 2 [NOSCRIPT] () [SCRIPTING] => dump,
        "flush" -2 [WRITE NOSCRIPT] () [SCRIPTING] => flush,
        "help" 2 [LOADING STALE] () [SCRIPTING] => help::help,
        "kill" 2 [NOSCRIPT ALLOW_BUSY] () [SCRIPTING] => |_| Err("NOTBUSY No scripts in execution right now.".into()),
        "list" -2 [NOSCRIPT] () [SCRIPTING] => list,
        "restore" -3 [WRITE DENYOOM NOSCRIPT] () [SCRIPTING] => restore,
    },
)];

/// The payload of no library: a version and a checksum, and nothing before them.
fn dump(call: &mut Call<'_>) -> Answer {
    call.out.bulk(&rdb::envelope(b""));
    Ok(())
}

fn flush(call: &mut Call<'_>) -> Answer {
    match call.args[2..] {
        [] => {}
        [mode] if args::is(mode, "sync") || args::is(mode, "async") => {}
        _ => return Err("ERR FUNCTION FLUSH only supports SYNC|ASYNC option".into()),
    }
    call.out.ok();
    Ok(())
}

/// `FUNCTION LIST [LIBRARYNAME pattern] [WITHCODE]`
fn list(call: &mut Call<'_>) -> Answer {
    let mut rest = &call.args[2..];
    while let [word, tail @ ..] = rest {
        rest = match tail {
            _ if args::is(word, "withcode") => tail,
            [_, tail @ ..] if args::is(word, "libraryname") => tail,
            [] if args::is(word, "libraryname") => {
                return Err("ERR library name argument was not given".into());
            }
            _ => {
                let word = String::from_utf8_lossy(word);
                return Err(format!("ERR Unknown argument {word}").into());
            }
        };
    }
    call.out.array(0);
    Ok(())
}

/// `FUNCTION RESTORE payload [FLUSH|APPEND|REPLACE]`: only a payload without libraries is taken.
fn restore(call: &mut Call<'_>) -> Answer {
    match call.args[3..] {
        [] => {}
        [policy] if ["flush", "append", "replace"].iter().any(|p| args::is(policy, p)) => {}
        [_] => {
            return Err("ERR Wrong restore policy given, value should be either FLUSH, APPEND or \
                        REPLACE."
                .into());
        }
        _ => return Err(super::unknown_subcommand(call.args)),
    }
    let content = rdb::open_envelope(call.args[2]).map_err(|bad| Fail::from(bad.to_string()))?;
    if !content.is_empty() {
        return Err("ERR This node runs no functions".into());
    }
    call.out.ok();
    Ok(())
}
