//! Times to live: expire.c.

use engine_base::UnixMs;

use super::{Answer, Call, Fail, args};

#[derive(Default)]
struct Conditions {
    nx: bool,
    xx: bool,
    gt: bool,
    lt: bool,
}

impl Conditions {
    fn parse(words: &[&[u8]]) -> Result<Self, Fail> {
        let mut c = Self::default();
        for word in words {
            match word.to_ascii_lowercase().as_slice() {
                b"nx" => c.nx = true,
                b"xx" => c.xx = true,
                b"gt" => c.gt = true,
                b"lt" => c.lt = true,
                _ => {
                    return Err(Fail::quoting("ERR Unsupported option ", word, ""));
                }
            }
        }
        if c.nx && (c.xx || c.gt || c.lt) {
            return Err(
                "ERR NX and XX, GT or LT options at the same time are not compatible".into()
            );
        }
        if c.gt && c.lt {
            return Err("ERR GT and LT options at the same time are not compatible".into());
        }
        Ok(c)
    }

    /// Whether a key that expires at `now` (`None`: never) may be set to expire at `then`.
    fn allow(&self, now: Option<UnixMs>, then: UnixMs) -> bool {
        !((self.nx && now.is_some())
            || (self.xx && now.is_none())
            || (self.gt && now.is_none_or(|now| then <= now))
            || (self.lt && now.is_some_and(|now| then >= now)))
    }
}

/// `EXPIRE`, `PEXPIRE`, `EXPIREAT` and `PEXPIREAT` `key time [NX|XX|GT|LT]`; `factor` makes
/// milliseconds of the unit.
pub(super) fn expire(call: &mut Call<'_>, absolute: bool, factor: i64) -> Answer {
    let conditions = Conditions::parse(&call.args[3..])?;
    let amount = args::int(call.args[2])?;
    let invalid = || Fail::from(format!("ERR invalid expire time in '{}' command", call.spec.name));
    let base = if absolute { 0 } else { call.now.unix.0 };
    let until = amount
        .checked_mul(factor)
        .filter(|ms| base <= 0 || *ms <= i64::MAX - base)
        .map(|ms| UnixMs(ms.saturating_add(base)))
        .ok_or_else(invalid)?;
    let at = call.at();
    let key = call.args[1];
    let there = call.node.has(at, key);
    let current = call.node.dbs[at.db].expire_of(key);
    if !there || !conditions.allow(current, until) {
        call.out.int(0);
        return Ok(());
    }
    if call.is_past(until) {
        call.node.delete(at, key);
        call.propagate_instead(&[b"DEL", key]);
        call.changed(key, b'g', "del");
    } else {
        call.set_expire(key, Some(until));
        let ms = until.0.to_string();
        // `PEXPIREAT` itself goes on as it was typed.
        let name = if absolute && factor == 1 { call.args[0] } else { b"PEXPIREAT" };
        let words = [&[name, key, ms.as_bytes()], &call.args[3..]].concat();
        call.propagate_instead(&words);
        call.changed(key, b'g', "expire");
    }
    call.out.int(1);
    Ok(())
}

/// `TTL`, `PTTL`, and with `absolute` `EXPIRETIME`, `PEXPIRETIME`; `unit` is in milliseconds.
pub(super) fn ttl(call: &mut Call<'_>, absolute: bool, unit: i64) -> Answer {
    let at = call.at();
    let key = call.args[1];
    let there = call.node.read_untouched(at, key).is_some();
    let answer = match call.node.dbs[at.db].expire_of(key) {
        _ if !there => -2,
        None => -1,
        Some(until) => {
            let base = if absolute { 0 } else { call.now.unix.0 };
            let ms = until.0.saturating_sub(base).max(0);
            if unit == 1 { ms } else { ms.saturating_add(500) / unit }
        }
    };
    call.out.int(answer);
    Ok(())
}

pub(super) fn persist(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let key = call.args[1];
    let done = call.node.has(at, key) && call.set_expire(key, None);
    if done {
        call.changed(key, b'g', "persist");
    }
    call.out.int(i64::from(done));
    Ok(())
}
