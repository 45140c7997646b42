//! `CONFIG …`: config.c.

use engine_base::{Mono, Now};

use super::macros::{container, keys, specs};
use super::{Answer, Call, Fail, Spec, help};
use crate::Node;
use crate::api::{DiskError, DiskId, DiskOp, LogLevel};
use crate::client::Wait;
use crate::config::{DENY_LOADING, PROTECTED, SetError, directive};
use crate::persist::Asked;
use crate::stats::Stats;

const SUBCOMMANDS: &[Spec] = specs! {
    "get" -3 [ADMIN NOSCRIPT LOADING STALE] () [] => get,
    "help" 2 [LOADING STALE] () [] => help::help,
    "resetstat" 2 [ADMIN NOSCRIPT LOADING STALE] () [] => reset_statistics,
    "rewrite" 2 [ADMIN NOSCRIPT LOADING STALE] () [] => rewrite,
    "set" -4 [ADMIN NOSCRIPT LOADING STALE] () [] => set,
};

const UNKNOWN: &str = "ERR Unknown option or number of arguments for CONFIG SET - '";

/// The family's table.
pub(crate) const SPECS: &[Spec] = &[container("config", SUBCOMMANDS)];

fn get(call: &mut Call<'_>) -> Answer {
    let found = call.node.config.get(&call.args[2..]);
    call.out.map(found.len());
    for (name, value) in found {
        call.out.bulk(&name);
        call.out.bulk(&value);
    }
    Ok(())
}

fn set(call: &mut Call<'_>) -> Answer {
    let (pairs, rest) = call.args[2..].as_chunks::<2>();
    if !rest.is_empty() {
        return Err(Fail::SYNTAX);
    }
    let pairs: Vec<(&[u8], &[u8])> = pairs.iter().map(|[name, value]| (*name, *value)).collect();
    let local = call.session().is_none_or(|client| client.peer.ip().is_loopback());
    let before = call.node.config.clone();
    let refused = |error: SetError| match error {
        SetError::Unknown(name) => Fail::quoting(UNKNOWN, &name, "'"),
        error => Fail::from(format!("ERR {error}")),
    };
    if call.node.is_loading() && pairs.iter().any(|(name, _)| wait_for_data(call, name, local)) {
        return Err(Fail::new(crate::admission::LOADING));
    }
    let changed = call.node.config.set(&pairs, local).map_err(refused)?;
    call.node.apply_oom_score(&changed, &before).map_err(refused)?;
    let switched = changed.contains(&"appendonly").then(|| Box::new(before.clone()));
    if let Err(error) = call.node.listen_anew(&changed, before) {
        let _ = call.node.set_oom_score();
        return Err(refused(error));
    }
    call.node.config_changed(call.now, &changed);
    if let Some(before) = switched.filter(|_| call.node.begins_append_only()) {
        // Answered when what it needs is there.
        call.node.open_for_rewrite(Asked::Switch(call.client, before));
    } else {
        call.out.ok();
    }
    Ok(())
}

/// Whether a directive, which may be set otherwise, must not change while data is loaded.
fn wait_for_data(call: &Call<'_>, name: &[u8], local: bool) -> bool {
    let allowed = call.node.config.enable_protected_configs.allows(local);
    directive(name)
        .is_some_and(|d| d.flags & DENY_LOADING != 0 && (d.flags & PROTECTED == 0 || allowed))
}

/// Clears what `INFO` counts.
fn reset_statistics(call: &mut Call<'_>) -> Answer {
    let (_, freed) = call.node.lazy_free.map_or((0, 0), |lazy| (lazy.counts)());
    call.node.stats = Stats::default();
    call.node.stats.freed_before = freed;
    call.node.slot_stats.reset_all();
    call.out.ok();
    Ok(())
}

/// Writes the directives as they are now into the configuration file, its comments kept.
fn rewrite(call: &mut Call<'_>) -> Answer {
    rewrite_with(call, false)
}

/// Writes the configuration file; with `all` the defaults too.
pub(super) fn rewrite_with(call: &mut Call<'_>, all: bool) -> Answer {
    let Some(path) = call.node.config_file.clone() else {
        return Err(Fail::new("ERR The server is running without a config file"));
    };
    // Somebody may have edited it since.
    let read = call.node.file_reader.map(|read| read(&path).unwrap_or_default());
    let old = read.map_or_else(
        || call.node.config_text.clone(),
        |bytes| String::from_utf8_lossy(&bytes).into_owned(),
    );
    let text = call.node.config.rewrite_with(&old, all, &call.node.acl);
    call.node.config_text.clone_from(&text);
    let id = call.node.out.disk(DiskOp::Replace { path, bytes: text.into() }, true);
    let answered = call.node.in_unit();
    if answered {
        // A transaction waits for nothing.
        call.out.ok();
    } else {
        call.node.block(call.client, Mono::NEVER, Wait::Save);
    }
    call.node.persist.config_writes.push((id, (!answered).then_some(call.client)));
    Ok(())
}

impl Node {
    /// The configuration file is written, or cannot be; whether this operation was waited for.
    pub(crate) fn config_disk_done(
        &mut self,
        now: Now,
        id: DiskId,
        done: &Result<(), DiskError>,
    ) -> bool {
        let Some(at) = self.persist.config_writes.iter().position(|(of, _)| *of == id) else {
            return false;
        };
        let (_, client) = self.persist.config_writes.swap_remove(at);
        let line = match done {
            Ok(()) => "CONFIG REWRITE executed with success.".to_owned(),
            Err(why) => format!("CONFIG REWRITE failed: {why}"),
        };
        self.out.log(LogLevel::Warning, line);
        let Some(link) = client else { return true };
        if self.unblock(link).is_some() {
            self.tell(link, |reply| match done {
                Ok(()) => reply.ok(),
                Err(why) => reply.error(&format!("ERR Rewriting config file: {why}")),
            });
            self.process_client(now, link);
        }
        true
    }
}

impl Node {
    /// Whether the append-only file is wanted, and may be begun here and now.
    fn begins_append_only(&mut self) -> bool {
        // Where somebody's rewrite is being opened, the once-a-second look finds the wish after it.
        if !self.config.appendonly || self.persist.appends() || self.opens_for_rewrite() {
            return false;
        }
        if self.in_unit() {
            // The once-a-second look at the file finds it.
            self.out.log(
                LogLevel::Warning,
                "AOF was enabled during a transaction. An AOF background was scheduled to start \
                 when possible.",
            );
            return false;
        }
        true
    }

    /// What follows from directives that have just changed.
    fn config_changed(&mut self, now: Now, changed: &[&'static str]) {
        if changed.contains(&"appendonly") && !self.config.appendonly && self.persist.appends() {
            self.switch_off_append_only();
        }
        if changed.contains(&"aof-disable-auto-gc") {
            self.remove_history();
        }
        if changed.contains(&"requirepass") {
            self.requirepass_changed();
        }
        self.process_settings_changed(changed);
        if changed.contains(&"maxmemory-clients") {
            self.weigh_all_clients();
        }
        if changed.contains(&"maxmemory") {
            self.maxmemory_changed();
        }
        if changed.iter().any(|name| name.starts_with("cluster-")) {
            self.cluster_config_changed(now);
        }
    }
}
