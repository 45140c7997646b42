//! Commands that wait for a key: `getTimeoutFromObjectOrReply` and `blockForKeys` in blocked.c and
//! timeout.c.

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
    let seconds = number::parse_f64(arg).ok_or("ERR timeout is not a float or out of range")?;
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

/// Makes the client wait for the keys, or answers at once where nobody may wait (inside MULTI).
pub(super) fn block(
    call: &mut Call<'_>,
    keys: &[&[u8]],
    deadline: Mono,
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
    let args = call.args.iter().map(|word| word.to_vec()).collect();
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
