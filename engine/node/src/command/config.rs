//! `CONFIG …`: config.c.

use super::macros::{container, keys, specs};
use super::{Answer, Call, Fail, Spec, help};
use crate::Node;
use crate::api::{DiskOp, LogLevel};
use crate::config::{DENY_LOADING, PROTECTED, SetError, directive};
use crate::stats::Stats;

const SUBCOMMANDS: &[Spec] = specs! {
    "get" -3 [ADMIN NOSCRIPT LOADING STALE] () [] => get,
    "help" 2 [LOADING STALE] () [] => help::help,
    "resetstat" 2 [ADMIN NOSCRIPT LOADING STALE] () [] => reset_statistics,
    "rewrite" 2 [ADMIN NOSCRIPT LOADING STALE] () [] => rewrite,
    "set" -4 [ADMIN NOSCRIPT LOADING STALE] () [] => set,
};

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
        return Err(Fail::new("ERR wrong number of arguments for 'config|set' command"));
    }
    let pairs: Vec<(&[u8], &[u8])> = pairs.iter().map(|[name, value]| (*name, *value)).collect();
    let local = call.session().is_none_or(|client| client.peer.ip().is_loopback());
    let before = call.node.config.clone();
    let refused = |error: SetError| Fail::from(format!("ERR {error}"));
    if call.node.is_loading() && pairs.iter().any(|(name, _)| wait_for_data(call, name, local)) {
        return Err(Fail::new(crate::admission::LOADING));
    }
    let changed = call.node.config.set(&pairs, local).map_err(refused)?;
    call.node.apply_oom_score(&changed, &before).map_err(refused)?;
    if let Err(error) = call.node.listen_anew(&changed, before) {
        let _ = call.node.set_oom_score();
        return Err(refused(error));
    }
    call.node.config_changed(call.now, &changed);
    call.out.ok();
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
    call.node.stats = Stats::default();
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
    let text = call.node.config.rewrite_with(&call.node.config_text, all);
    call.node.config_text.clone_from(&text);
    call.node.out.disk(DiskOp::Replace { path, bytes: text.into() }, true);
    call.node.out.log(LogLevel::Warning, "CONFIG REWRITE executed with success.");
    call.out.ok();
    Ok(())
}

impl Node {
    /// What follows from directives that have just changed.
    fn config_changed(&mut self, now: engine_base::Now, changed: &[&'static str]) {
        if changed.contains(&"appendonly") && self.config.appendonly != self.persist.appends() {
            if self.config.appendonly && self.in_unit() {
                // The once-a-second look at the file finds it.
                self.out.log(
                    LogLevel::Notice,
                    "AOF was enabled during a transaction. An AOF background was scheduled to \
                     start when possible.",
                );
            } else {
                self.switch_append_only(now);
            }
        }
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
