//! Commands that save: `SAVE`, `BGSAVE`, `BGREWRITEAOF`, `LASTSAVE`.

use super::args::is;
use super::fail::{Answer, Fail};
use super::macros::{keys, specs};
use super::{Call, Spec};
use crate::persist::{Begun, Final};

/// The family's table.
pub(crate) const SPECS: &[Spec] = specs! {
    "bgrewriteaof" 1 [ADMIN NOSCRIPT NO_ASYNC_LOADING] () [] => bgrewriteaof,
    "bgsave" -1 [ADMIN NOSCRIPT NO_ASYNC_LOADING] () [] => bgsave,
    "lastsave" 1 [LOADING STALE FAST] () [ADMIN DANGEROUS] => lastsave,
    "shutdown" -1 [ADMIN NOSCRIPT LOADING STALE NO_MULTI ALLOW_BUSY] () [] => shutdown,
    "save" 1 [ADMIN NOSCRIPT NO_ASYNC_LOADING NO_MULTI] () [] => save,
};

/// `SAVE`: answered when the file is safe.
fn save(call: &mut Call<'_>) -> Answer {
    if call.node.save_now(call.now, call.client) {
        Ok(())
    } else {
        Err("ERR Background save already in progress".into())
    }
}

/// `BGSAVE [SCHEDULE]`
fn bgsave(call: &mut Call<'_>) -> Answer {
    let schedule = match call.args {
        [_] => false,
        [_, word] if is(word, "schedule") => true,
        _ => return Err(Fail::SYNTAX),
    };
    match call.node.request_save(call.now, schedule) {
        Begun::Now => call.out.simple("Background saving started"),
        Begun::Later => call.out.simple("Background saving scheduled"),
        Begun::Already => return Err("ERR Background save already in progress".into()),
        Begun::Busy => {
            return Err("ERR Another child process is active (AOF?): can't BGSAVE right now. Use \
                        BGSAVE SCHEDULE in order to schedule a BGSAVE whenever possible."
                .into());
        }
    }
    Ok(())
}

/// `BGREWRITEAOF`
fn bgrewriteaof(call: &mut Call<'_>) -> Answer {
    match call.node.request_rewrite(call.client) {
        // Answered when what it needs is there.
        Begun::Now => {}
        Begun::Later | Begun::Busy => {
            call.out.simple("Background append only file rewriting scheduled");
        }
        Begun::Already => {
            return Err("ERR Background append only file rewriting already in progress".into());
        }
    }
    Ok(())
}

/// `LASTSAVE`: Unix seconds.
fn lastsave(call: &mut Call<'_>) -> Answer {
    call.out.int(call.node.persist.last_save().as_secs());
    Ok(())
}

/// `SHUTDOWN [NOSAVE|SAVE] [NOW] [FORCE] [ABORT]`: answered only when it fails.
fn shutdown(call: &mut Call<'_>) -> Answer {
    let (mut save, mut now, mut force, mut abort) = (Final::AsConfigured, false, false, false);
    for word in &call.args[1..] {
        if is(word, "nosave") && save != Final::Save {
            save = Final::NoSave;
        } else if is(word, "save") && save != Final::NoSave {
            save = Final::Save;
        } else if is(word, "now") {
            now = true;
        } else if is(word, "force") {
            force = true;
        } else if is(word, "abort") {
            abort = true;
        } else {
            return Err(Fail::SYNTAX);
        }
    }
    if abort {
        if call.args.len() > 2 {
            return Err(Fail::SYNTAX);
        }
        if !call.node.abort_shutdown(call.now) {
            return Err("ERR No shutdown in progress.".into());
        }
        call.out.ok();
        return Ok(());
    }
    if save != Final::NoSave
        && let Some(text) = call.node.busy_text()
    {
        return Err(text.into());
    }
    call.node.shutdown_with(call.now, Some(call.client), save, now, force);
    Ok(())
}
