//! The options of SET and GETEX, and times to live as commands give them
//! (`parseExtendedStringArgumentsOrReply` and `getExpireMillisecondsOrReply` in t_string.c).

use engine_base::UnixMs;

use super::{Call, Fail, args};

/// The unit in which a time was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Seconds,
    Millis,
}

/// A time to live, or a time at which a key expires.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expiry<'a> {
    pub(crate) unit: Unit,
    /// Counted from 1970, not from now.
    pub(crate) absolute: bool,
    /// As the client sent it.
    pub(crate) amount: &'a [u8],
}

impl Expiry<'_> {
    /// The time at which the key expires.
    ///
    /// # Errors
    /// It is no number; or `invalid expire time`: zero, negative or too far away.
    pub(crate) fn until(self, call: &Call<'_>) -> Result<UnixMs, Fail> {
        let invalid =
            || Fail::from(format!("ERR invalid expire time in '{}' command", call.spec.name));
        let amount = args::int(self.amount)?;
        if amount <= 0 {
            return Err(invalid());
        }
        let factor = if self.unit == Unit::Seconds { 1000 } else { 1 };
        let ms = amount.checked_mul(factor).ok_or_else(invalid)?;
        let base = if self.absolute { 0 } else { call.now.unix.0 };
        ms.checked_add(base).map(UnixMs).ok_or_else(invalid)
    }
}

/// What SET and GETEX may be told.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Options<'a> {
    pub(crate) nx: bool,
    pub(crate) xx: bool,
    pub(crate) get: bool,
    pub(crate) keep_ttl: bool,
    pub(crate) persist: bool,
    pub(crate) expiry: Option<Expiry<'a>>,
}

/// Reads the options of SET (`for_set`) or GETEX.
///
/// # Errors
/// A syntax error.
pub(crate) fn parse_options<'a>(words: &[&'a [u8]], for_set: bool) -> Result<Options<'a>, Fail> {
    let mut options = Options::default();
    let mut expiry: Option<(Unit, bool, &'a [u8])> = None;
    let mut words = words.iter().peekable();
    while let Some(word) = words.next() {
        let no_time = expiry.is_none() && !options.keep_ttl && !options.persist;
        let kind = match word.to_ascii_lowercase().as_slice() {
            b"nx" if for_set && !options.xx => {
                options.nx = true;
                continue;
            }
            b"xx" if for_set && !options.nx => {
                options.xx = true;
                continue;
            }
            b"get" if for_set => {
                options.get = true;
                continue;
            }
            b"keepttl" if for_set && expiry.is_none() && !options.persist => {
                options.keep_ttl = true;
                continue;
            }
            b"persist" if !for_set && expiry.is_none() && !options.keep_ttl => {
                options.persist = true;
                continue;
            }
            b"ex" => (Unit::Seconds, false),
            b"px" => (Unit::Millis, false),
            b"exat" => (Unit::Seconds, true),
            b"pxat" => (Unit::Millis, true),
            _ => return Err(Fail::SYNTAX),
        };
        // The same option twice is let through, the last one counts; different ones are not.
        let same = expiry.is_some_and(|(unit, absolute, _)| (unit, absolute) == kind);
        let (true, Some(amount)) = (no_time || same, words.next()) else {
            return Err(Fail::SYNTAX);
        };
        expiry = Some((kind.0, kind.1, amount));
    }
    options.expiry = expiry.map(|(unit, absolute, amount)| Expiry { unit, absolute, amount });
    Ok(options)
}
