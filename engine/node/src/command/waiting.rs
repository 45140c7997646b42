//! Commands that wait for a key: `getTimeoutFromObjectOrReply` and `blockForKeys` in blocked.c and
//! timeout.c.

use engine_base::extended::{Extended, Read};
use engine_base::{Mono, number};
use engine_resp::Reply;
use engine_store::Value;

use super::{At, Call, Fail};
use crate::client::{ClientFlags, KeyWait};

/// Reads a timeout in seconds, with a fraction; 0 is for ever.
///
/// # Errors
/// It is no number, negative, or too far away.
pub(super) fn timeout(call: &Call<'_>, arg: &[u8]) -> Result<Mono, Fail> {
    // Redis reads a long double: what is too small for a double rounds up to a millisecond all the same.
    let seconds = match Extended::parse(arg).ok_or("ERR timeout is not a float or out of range")? {
        Read::Finite(_) => {
            let rough = number::strtod(arg).unwrap_or(0.0);
            let vanished = rough == 0.0 && number::parse_f64(arg).is_none();
            if vanished { f64::MIN_POSITIVE.copysign(rough) } else { rough }
        }
        Read::Infinite => f64::INFINITY,
    };
    let ms = (seconds * 1000.0).ceil();
    // What is too large for 64 bits becomes negative in Redis's conversion.
    if !(0.0..i64::MAX as f64).contains(&ms) {
        return Err("ERR timeout is negative".into());
    }
    if (ms as i64).checked_add(call.now.unix.0).is_none() {
        return Err("ERR timeout is out of range".into());
    }
    Ok(if ms == 0.0 { Mono::NEVER } else { call.now.mono.plus_ms(ms as u64) })
}

/// Reads a timeout in milliseconds; 0 is for ever.
///
/// # Errors
/// It is no whole number, negative, or too far away.
pub(super) fn timeout_ms(call: &Call<'_>, arg: &[u8]) -> Result<Mono, Fail> {
    let ms = super::args::int_or(arg, "ERR timeout is not an integer or out of range")?;
    let ms = u64::try_from(ms).map_err(|_| Fail::new("ERR timeout is negative"))?;
    if (ms as i64).checked_add(call.now.unix.0).is_none() {
        return Err("ERR timeout is out of range".into());
    }
    Ok(if ms == 0 { Mono::NEVER } else { call.now.mono.plus_ms(ms) })
}

/// Makes the client wait for the keys, or answers at once where nobody may wait (inside MULTI).
pub(super) fn block(
    call: &mut Call<'_>,
    keys: &[&[u8]],
    deadline: Mono,
    nothing: impl FnOnce(&mut Reply),
) {
    block_to_run(call, keys, deadline, call.args, nothing);
}

/// As [`block`], with the words that are run when a key changes.
pub(super) fn block_to_run(
    call: &mut Call<'_>,
    keys: &[&[u8]],
    deadline: Mono,
    words: &[&[u8]],
    nothing: impl FnOnce(&mut Reply),
) {
    let db = call.at().db;
    let may_wait =
        call.session().is_some_and(|client| !client.flags.contains(ClientFlags::DENY_BLOCKING));
    if !may_wait {
        nothing(call.out);
        return;
    }
    let mut wanted: Vec<Vec<u8>> = Vec::with_capacity(keys.len());
    for key in keys {
        if !wanted.iter().any(|k| k == key) {
            wanted.push(key.to_vec());
        }
    }
    let mut timeout_reply = Reply::from_vec(Vec::new(), call.out.protocol());
    timeout_reply.null_array();
    let args = words.iter().map(|word| word.to_vec()).collect();
    let timeout_reply = timeout_reply.into_vec();
    let wait = KeyWait { db, keys: wanted, args, timeout_reply };
    call.node.block_on_keys(call.client, deadline, wait);
}

impl Call<'_> {
    /// Whether a list is there to serve this command from. While a client waits, a key of another
    /// type is passed over; before that it is an error.
    pub(super) fn look_list_to_serve(&mut self, at: At, key: &[u8]) -> Result<Option<()>, Fail> {
        let retrying = self.node.wake.retrying;
        match self.node.look(at, key) {
            Some(Value::List(_)) => Ok(Some(())),
            None => Ok(None),
            Some(_) if retrying => Ok(None),
            Some(_) => Err(Fail::WRONG_TYPE),
        }
    }

    /// As [`Self::look_list_to_serve`], for sorted sets.
    pub(super) fn look_zset_to_serve(&mut self, at: At, key: &[u8]) -> Result<Option<()>, Fail> {
        let retrying = self.node.wake.retrying;
        match self.node.look(at, key) {
            Some(Value::ZSet(_)) => Ok(Some(())),
            None => Ok(None),
            Some(_) if retrying => Ok(None),
            Some(_) => Err(Fail::WRONG_TYPE),
        }
    }
}
