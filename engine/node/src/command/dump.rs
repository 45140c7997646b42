//! `DUMP` and `RESTORE`: one value as bytes, and back.

use engine_base::UnixMs;
use engine_store::rdb::{self, BadPayload};

use super::args::{int, is};
use super::fail::{Answer, Fail};
use super::macros::{keys, specs};
use super::{Call, Spec, migrate};
use crate::api::LogLevel;

/// The family's table.
pub(crate) const SPECS: &[Spec] = specs! {
    "dump" 2 [READONLY] (1) [KEYSPACE] => dump,
    "migrate" -6 [WRITE MOVABLE_KEYS] (find migrate::keys) [KEYSPACE DANGEROUS] => migrate::migrate,
    "restore" -4 [WRITE DENYOOM] (1) [KEYSPACE DANGEROUS] => restore,
    "restore-asking" -4 [WRITE DENYOOM ASKING] (1) [KEYSPACE DANGEROUS] => restore,
};

/// `DUMP key`
fn dump(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let compress = call.node.config.rdbcompression;
    let payload = call.node.read(at, call.args[1]).map(|value| rdb::dump(value, compress));
    call.out.bulk_or_null(payload.as_deref());
    Ok(())
}

#[derive(Default)]
struct Options {
    replace: bool,
    absolute: bool,
    /// Seconds since it was used.
    idle: Option<i64>,
    /// How often it was used.
    freq: Option<i64>,
}

fn options(words: &[&[u8]]) -> Result<Options, Fail> {
    let mut options = Options::default();
    let mut at = 4;
    while let Some(word) = words.get(at) {
        let next = words.get(at + 1);
        if is(word, "replace") {
            options.replace = true;
        } else if is(word, "absttl") {
            options.absolute = true;
        } else if let (true, false, Some(value)) =
            (is(word, "idletime"), options.freq.is_some(), next)
        {
            let idle = int(value)?;
            if idle < 0 {
                return Err("ERR Invalid IDLETIME value, must be >= 0".into());
            }
            options.idle = Some(idle);
            at += 1;
        } else if let (true, false, Some(value)) = (is(word, "freq"), options.idle.is_some(), next)
        {
            let freq = int(value)?;
            if !(0..=255).contains(&freq) {
                return Err("ERR Invalid FREQ value, must be >= 0 and <= 255".into());
            }
            options.freq = Some(freq);
            at += 1;
        } else {
            return Err(Fail::SYNTAX);
        }
        at += 1;
    }
    Ok(options)
}

/// `objectSetLRUOrLFU`: what the sender knew of the key's use.
fn note_use(call: &mut Call<'_>, key: &[u8], options: &Options) {
    let (at, now) = (call.at(), call.now);
    let lfu = call.node.config.maxmemory_policy.is_lfu();
    let note = match (options.freq, options.idle) {
        (Some(freq), _) if lfu => call.node.lfu(now, 0.0).note(freq as u32),
        (_, Some(idle)) if !lfu => call.node.access_clock(now).wrapping_sub(idle as u32),
        _ => return,
    };
    call.node.dbs[at.db].set_access(key, note & 0xff_ffff);
}

/// `RESTORE key ttl payload [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]`
fn restore(call: &mut Call<'_>) -> Answer {
    let options = options(call.args)?;
    let (at, key) = (call.at(), call.args[1]);
    if !options.replace && call.node.has(at, key) {
        return Err("BUSYKEY Target key name already exists.".into());
    }
    let ttl = int(call.args[2])?;
    if ttl < 0 {
        return Err("ERR Invalid TTL value, must be >= 0".into());
    }
    let limits = call.node.limits();
    call.node.stats.payloads_checked += 1;
    let value = match rdb::restore(call.args[3], &limits) {
        Ok(value) => value,
        Err(error) => {
            if let BadPayload::Content(why) = &error {
                // `rdbReportCorruptRDB`: what is wrong is for the log only.
                let text =
                    format!("Internal error in RDB reading offset 0, function at rdb.c -> {why}");
                call.node.out.log(LogLevel::Warning, text);
            }
            return Err(Fail::from(error.to_string()));
        }
    };
    let deleted = options.replace && call.node.make_room(at, key);
    let until = match (ttl, options.absolute) {
        (0, _) => None,
        (ttl, true) => Some(UnixMs(ttl)),
        (ttl, false) => Some(UnixMs(ttl.saturating_add(call.now.unix.0))),
    };
    if let Some(until) = until
        && call.is_past(until)
    {
        if deleted {
            call.changed(key, b'g', "del");
            call.propagate_instead(&[b"DEL", key]);
        }
        call.out.ok();
        return Ok(());
    }
    call.node.put(at, key, value);
    if let Some(until) = until {
        call.set_expire(key, Some(until));
        if !options.absolute {
            let text = until.0.to_string();
            let mut words = call.args.to_vec();
            words[2] = text.as_bytes();
            words.push(b"ABSTTL");
            call.propagate_instead(&words);
        }
    }
    note_use(call, key, &options);
    call.changed(key, b'g', "restore");
    call.out.ok();
    Ok(())
}
