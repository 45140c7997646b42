//! How many files may be open (`adjustOpenFilesLimit` in server.c).

use engine_node::config::Config;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::log::Log;

/// Files that are no clients: listeners, logs, snapshots (`CONFIG_MIN_RESERVED_FDS`).
const RESERVED: u64 = 32;

/// Raises the limit to what `maxclients` needs, or lowers `maxclients` to what there is. `false`
/// when the server cannot run at all.
pub(crate) fn adjust(config: &mut Config, log: &Log) -> bool {
    let needed = config.maxclients as u64 + RESERVED;
    let limit = getrlimit(Resource::Nofile);
    let Some(old) = limit.current.filter(|&n| n < needed) else { return true };
    let best = raise(old, needed, limit.maximum);
    if best >= needed {
        log.notice(&format!(
            "Increased maximum number of open files to {needed} (it was originally set to {old})."
        ));
        return true;
    }
    if best <= RESERVED {
        log.warning(&format!(
            "Your current 'ulimit -n' of {old} is not enough for the server to start. Please \
             increase your open file limit to at least {needed}. Exiting."
        ));
        return false;
    }
    let asked = config.maxclients;
    config.maxclients = usize::try_from(best - RESERVED).unwrap_or(asked);
    log.warning(&format!(
        "You requested maxclients of {asked} requiring at least {needed} max file descriptors."
    ));
    log.warning(&format!(
        "Server can't set maximum open files to {needed} because of OS error: Operation not \
         permitted."
    ));
    log.warning(&format!(
        "Current maximum open files is {best}. maxclients has been reduced to {} to compensate \
         for low ulimit. If you need higher maxclients increase 'ulimit -n'.",
        config.maxclients
    ));
    true
}

/// The new limit: all that is needed where the system allows it, else as much as it allows.
fn raise(old: u64, needed: u64, hard: Option<u64>) -> u64 {
    let set = |current: u64, maximum: u64| {
        let limit = Rlimit { current: Some(current), maximum: Some(maximum) };
        setrlimit(Resource::Nofile, limit).is_ok()
    };
    let ceiling = hard.unwrap_or(u64::MAX);
    if set(needed, ceiling.max(needed)) {
        return needed;
    }
    let best = needed.min(ceiling);
    if best > old && set(best, ceiling) { best } else { old }
}
