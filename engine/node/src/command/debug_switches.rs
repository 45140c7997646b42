//! `DEBUG` subcommands that switch something on or off.

use engine_store::PACKED_THRESHOLD;

use super::args::int;
use super::{Answer, Call, Fail, args, wrong_subcommand};
use crate::api::LogLevel;
use crate::config::memory;

/// What `DEBUG` has switched.
#[derive(Clone, Debug)]
pub(crate) struct DebugSwitches {
    /// `SET-ACTIVE-EXPIRE 0`: expired keys go only when somebody asks for them.
    pub(crate) keeps_expired: bool,
    /// `PAUSE-CRON 1`: nothing is done ten times a second.
    pub(crate) cron_paused: bool,
    /// `SET-SKIP-CHECKSUM-VALIDATION 1`
    pub(crate) skip_checksums: bool,
    /// `REPLYBUFFER RESIZING 0`: buffers of clients keep their size.
    pub(crate) keeps_buffers: bool,
    /// `REPLYBUFFER PEAK-RESET-TIME`, in milliseconds: `None` for never.
    pub(crate) peak_reset_ms: Option<u64>,
    /// `SET-DISABLE-DENY-SCRIPTS 1`: scripts may call whatever they like.
    pub(crate) scripts_call_all: bool,
    /// `AOF-FLUSH-SLEEP`, in microseconds.
    pub(crate) aof_flush_sleep: u64,
    /// `QUICKLIST-PACKED-THRESHOLD`, in bytes.
    pub(crate) packed_threshold: usize,
}

impl Default for DebugSwitches {
    fn default() -> Self {
        Self {
            keeps_expired: false,
            cron_paused: false,
            skip_checksums: false,
            keeps_buffers: false,
            scripts_call_all: false,
            peak_reset_ms: Some(PEAK_RESET_MS),
            aof_flush_sleep: 0,
            packed_threshold: PACKED_THRESHOLD,
        }
    }
}

/// `REPLY_BUFFER_DEFAULT_PEAK_RESET_TIME`
const PEAK_RESET_MS: u64 = 5000;

fn is_on(word: &[u8]) -> bool {
    int(word).unwrap_or(0) != 0
}

/// `DEBUG LOG message`
pub(super) fn log(call: &mut Call<'_>, text: &[u8]) -> Answer {
    let text = format!("DEBUG LOG: {}", String::from_utf8_lossy(text));
    call.node.out.log(LogLevel::Warning, text);
    call.out.ok();
    Ok(())
}

/// `DEBUG PAUSE-CRON 0|1`
pub(super) fn pause_cron(call: &mut Call<'_>, on: &[u8]) -> Answer {
    call.node.debug.cron_paused = is_on(on);
    call.out.ok();
    Ok(())
}

/// `DEBUG REPLYBUFFER RESIZING 0|1`, `DEBUG REPLYBUFFER PEAK-RESET-TIME NEVER|RESET|ms`
pub(super) fn reply_buffer(call: &mut Call<'_>, what: &[u8], value: &[u8]) -> Answer {
    if args::is(what, "resizing") {
        call.node.debug.keeps_buffers = !is_on(value);
    } else if args::is(what, "peak-reset-time") {
        call.node.debug.peak_reset_ms = if args::is(value, "never") {
            None
        } else if args::is(value, "reset") {
            Some(PEAK_RESET_MS)
        } else {
            u64::try_from(int(value)?).ok()
        };
    } else {
        return Err(wrong_subcommand(call.args));
    }
    call.out.ok();
    Ok(())
}

/// `DEBUG AOF-FLUSH-SLEEP microseconds`
pub(super) fn aof_flush_sleep(call: &mut Call<'_>, micros: &[u8]) -> Answer {
    call.node.debug.aof_flush_sleep = u64::try_from(int(micros).unwrap_or(0)).unwrap_or(0);
    call.out.ok();
    Ok(())
}

/// `DEBUG SET-DISABLE-DENY-SCRIPTS 0|1`
pub(super) fn disable_deny_scripts(call: &mut Call<'_>, on: &[u8]) -> Answer {
    call.node.debug.scripts_call_all = is_on(on);
    call.out.ok();
    Ok(())
}

/// `DEBUG SET-SKIP-CHECKSUM-VALIDATION 0|1`
pub(super) fn skip_checksums(call: &mut Call<'_>, on: &[u8]) -> Answer {
    call.node.debug.skip_checksums = is_on(on);
    call.out.ok();
    Ok(())
}

/// `DEBUG QUICKLIST-PACKED-THRESHOLD size`; 0 restores the default.
pub(super) fn packed_threshold(call: &mut Call<'_>, size: &[u8]) -> Answer {
    let fits = core::str::from_utf8(size).ok().and_then(memory).filter(|n| *n <= 1 << 32);
    let Some(size) = fits else {
        return Err("ERR argument must be a memory value bigger than 1 and smaller than 4gb".into());
    };
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    call.node.debug.packed_threshold = if size == 0 { PACKED_THRESHOLD } else { size };
    call.out.ok();
    Ok(())
}

/// `DEBUG DROP-CLUSTER-PACKET-FILTER type`; -1 lets all pass.
pub(super) fn packet_filter(call: &mut Call<'_>, kind: &[u8]) -> Answer {
    let kind = int(kind)?;
    if let Some(cluster) = &mut call.node.cluster {
        cluster.drop_filter = u16::try_from(kind).ok();
    }
    call.out.ok();
    Ok(())
}

/// `DEBUG CLUSTERLINK KILL to|from|all node-id`
pub(super) fn kill_cluster_link(call: &mut Call<'_>, which: &[u8], id: &[u8]) -> Answer {
    let Some(cluster) = &mut call.node.cluster else {
        return Err(Fail::new("ERR Debug option only available for cluster mode enabled setup!"));
    };
    let (to, from) = if args::is(which, "all") {
        (true, true)
    } else {
        (args::is(which, "to"), args::is(which, "from"))
    };
    if !cluster.kill_links(id, to, from) {
        let id = String::from_utf8_lossy(id);
        return Err(format!("ERR Unknown node {id}").into());
    }
    let now = call.now;
    call.node.with_cluster(now, |_, _| ());
    call.out.ok();
    Ok(())
}
