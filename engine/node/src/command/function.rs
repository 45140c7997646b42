//! `FCALL`, `FCALL_RO` and `FUNCTION …` (functions.c).

use engine_base::glob_match;
use engine_store::rdb;

use super::eval::{keys as keys_of, keys_and_args, run};
use super::macros::{container, keys, specs};
use super::{Answer, Call, Fail, Spec, args, help};
use crate::client::ClientFlags;
use crate::script::{Begin, Function, Kind, Library, NAMES, Policy};

/// The family's table.
pub(crate) const SPECS: &[Spec] = specs! {
    "fcall" -3 [NOSCRIPT SKIP_MONITOR MAY_REPLICATE NO_MANDATORY_KEYS STALE MOVABLE_KEYS] (find keys_of) [SCRIPTING] => |call| fcall(call, false),
    "fcall_ro" -3 [NOSCRIPT SKIP_MONITOR NO_MANDATORY_KEYS STALE READONLY MOVABLE_KEYS] (find keys_of) [SCRIPTING] => |call| fcall(call, true),
};

/// Commands with subcommands.
pub(crate) const CONTAINERS: &[Spec] = &[container(
    "function",
    specs! {
        "delete" 3 [WRITE NOSCRIPT] () [SCRIPTING] => delete,
        "dump" 2 [NOSCRIPT] () [SCRIPTING] => dump,
        "flush" -2 [WRITE NOSCRIPT] () [SCRIPTING] => flush,
        "help" 2 [LOADING STALE] () [SCRIPTING] => help::help,
        "kill" 2 [NOSCRIPT ALLOW_BUSY] () [SCRIPTING] => kill,
        "list" -2 [NOSCRIPT] () [SCRIPTING] => list,
        "load" -3 [WRITE DENYOOM NOSCRIPT] () [SCRIPTING] => load,
        "restore" -3 [WRITE DENYOOM NOSCRIPT] () [SCRIPTING] => restore,
        "stats" 2 [NOSCRIPT ALLOW_BUSY] () [SCRIPTING] => stats,
    },
)];

/// `FCALL function numkeys [key …] [arg …]`
#[inline(never)]
fn fcall(call: &mut Call<'_>, read_only: bool) -> Answer {
    call.node.show_to_monitors(call.now, call.client, call.args);
    let Some(function) = call.node.scripts.function(call.args[1]) else {
        return Err("ERR Function not found".into());
    };
    let (name, flags) = (function.name.clone(), function.flags);
    let (keys, args) = keys_and_args(call.args, "ERR Bad number of keys provided")?;
    run(call, &Begin { kind: Kind::Function, name: &name, flags, read_only, keys, args })
}

/// Says that the libraries have changed.
fn changed(call: &mut Call<'_>) {
    call.node.dirty += 1;
}

/// `FUNCTION LOAD [REPLACE] code`
#[inline(never)]
fn load(call: &mut Call<'_>) -> Answer {
    let (options, code) = match call.args[2..].split_last() {
        Some((code, options)) => (options, *code),
        None => return Err("ERR Function code is missing".into()),
    };
    if let Some(unknown) = options.iter().find(|option| !args::is(option, "replace")) {
        return Err(Fail::quoting("ERR Unknown option given: ", unknown, ""));
    }
    let told = ClientFlags::MASTER | ClientFlags::IMPORT;
    let obeys = call.session_ref().is_some_and(|client| client.flags.intersects(told));
    let name = call.node.load_library(code, !options.is_empty(), !obeys)?;
    changed(call);
    call.out.bulk(&name);
    Ok(())
}

/// `FUNCTION DELETE library`
fn delete(call: &mut Call<'_>) -> Answer {
    if !call.node.delete_library(call.args[2]) {
        return Err("ERR Library not found".into());
    }
    changed(call);
    call.out.ok();
    Ok(())
}

/// `FUNCTION FLUSH [ASYNC|SYNC]`
fn flush(call: &mut Call<'_>) -> Answer {
    match call.args[2..] {
        [] => {}
        [mode] if args::is(mode, "sync") || args::is(mode, "async") => {}
        [_] => return Err("ERR FUNCTION FLUSH only supports SYNC|ASYNC option".into()),
        _ => return Err(super::wrong_subcommand(call.args)),
    }
    call.node.flush_libraries();
    changed(call);
    call.out.ok();
    Ok(())
}

/// `FUNCTION DUMP`
fn dump(call: &mut Call<'_>) -> Answer {
    let content = rdb::write_functions(&call.node.scripts.sources());
    call.out.bulk(&rdb::envelope(&content));
    Ok(())
}

/// `FUNCTION RESTORE payload [FLUSH|APPEND|REPLACE]`
#[inline(never)]
fn restore(call: &mut Call<'_>) -> Answer {
    let policy = match call.args[3..] {
        [] => Policy::Append,
        [word] if args::is(word, "append") => Policy::Append,
        [word] if args::is(word, "flush") => Policy::Flush,
        [word] if args::is(word, "replace") => Policy::Replace,
        [_] => {
            return Err("ERR Wrong restore policy given, value should be either FLUSH, APPEND or \
                        REPLACE."
                .into());
        }
        _ => return Err(super::wrong_subcommand(call.args)),
    };
    let content = rdb::open_envelope(call.args[2]).map_err(|bad| Fail::from(bad.to_string()))?;
    let sources = rdb::read_functions(content).map_err(Fail::from)?;
    call.node.restore_libraries(&sources, policy)?;
    changed(call);
    call.out.ok();
    Ok(())
}

/// `FUNCTION LIST [LIBRARYNAME pattern] [WITHCODE]`
#[inline(never)]
fn list(call: &mut Call<'_>) -> Answer {
    let (mut pattern, mut with_code) = (None, false);
    let mut rest = &call.args[2..];
    while let [word, tail @ ..] = rest {
        if !with_code && args::is(word, "withcode") {
            (with_code, rest) = (true, tail);
        } else if pattern.is_none() && args::is(word, "libraryname") {
            let [given, tail @ ..] = tail else {
                return Err("ERR library name argument was not given".into());
            };
            (pattern, rest) = (Some(*given), tail);
        } else {
            return Err(Fail::quoting("ERR Unknown argument ", word, ""));
        }
    }
    let libraries = call.node.scripts.libraries();
    let wanted: Vec<&Library> = libraries
        .into_iter()
        .flat_map(|libraries| libraries.iter())
        .filter(|library| pattern.is_none_or(|p| glob_match(p, &library.name, true)))
        .collect();
    let out = &mut *call.out;
    out.array(wanted.len());
    for library in wanted {
        out.map(if with_code { 4 } else { 3 });
        out.bulk(b"library_name");
        out.bulk(&library.name);
        out.bulk(b"engine");
        out.bulk(b"LUA");
        out.bulk(b"functions");
        out.array(library.functions.len());
        library.functions.values().for_each(|function| show(out, function));
        if with_code {
            out.bulk(b"library_code");
            out.bulk(&library.code);
        }
    }
    Ok(())
}

fn show(out: &mut engine_resp::Reply, function: &Function) {
    out.map(3);
    out.bulk(b"name");
    out.bulk(&function.name);
    out.bulk(b"description");
    out.bulk_or_null(function.description.as_deref());
    out.bulk(b"flags");
    let flags = || NAMES.iter().filter(|(_, flag)| function.flags.contains(*flag));
    out.set(flags().count());
    flags().for_each(|(name, _)| out.simple(name));
}

/// `FUNCTION KILL`
fn kill(call: &mut Call<'_>) -> Answer {
    call.node.kill_script(Kind::Function)?;
    call.out.ok();
    Ok(())
}

/// `FUNCTION STATS`
#[inline(never)]
fn stats(call: &mut Call<'_>) -> Answer {
    let running = call.node.scripts.put_aside();
    if running.is_some_and(|running| running.is_eval()) {
        return Err(call.node.busy_text().unwrap_or("ERR A script runs").into());
    }
    call.out.map(2);
    call.out.bulk(b"running_script");
    match running {
        None => call.out.null(),
        Some(running) => {
            call.out.map(3);
            call.out.bulk(b"name");
            call.out.bulk(running.name());
            call.out.bulk(b"command");
            call.out.array(running.words().len());
            running.words().iter().for_each(|word| call.out.bulk(word));
            call.out.bulk(b"duration_ms");
            call.out.int(call.node.script_ms(call.now, running) as i64);
        }
    }
    let memory = call.node.scripts.memory();
    call.out.bulk(b"engines");
    call.out.map(1);
    call.out.bulk(b"LUA");
    call.out.map(2);
    call.out.bulk(b"libraries_count");
    call.out.len_int(memory.library_count);
    call.out.bulk(b"functions_count");
    call.out.len_int(memory.functions);
    Ok(())
}
