//! The payload of DUMP and RESTORE: type, value, two bytes of version, eight of checksum.

use std::cell::RefCell;

use super::input::{Input, Stop};
use super::lzf::Lzf;
use super::output::Output;
use super::{CRC64, RdbError, VERSION, load, save};
use crate::Limits;
use crate::value::Value;

/// Why RESTORE refuses a payload.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPayload {
    /// Too short, too new or damaged (`verifyDumpPayload`).
    #[error("ERR DUMP payload version or checksum are wrong")]
    Envelope,
    /// The checksum is right and the content is not; why, for the log.
    #[error("ERR Bad data format")]
    Content(RdbError),
}

/// The payload that DUMP answers for a value (`createDumpPayload`).
#[must_use]
pub fn dump(value: &Value, compress: bool) -> Vec<u8> {
    let write = |lzf: Option<&mut Lzf>| {
        let mut bytes = Vec::new();
        let mut out = Output { bytes: &mut bytes, lzf };
        out.byte(save::type_of(value));
        save::save(&mut out, value);
        envelope(&bytes)
    };
    if compress && value.heap() > 20 {
        COMPRESSOR.with_borrow_mut(|lzf| write(Some(lzf)))
    } else {
        write(None)
    }
}

thread_local! {
    /// Its table is large, and made once; what it says does not depend on what it has seen.
    static COMPRESSOR: RefCell<Lzf> = RefCell::new(Lzf::new());
}

/// Any content with the version and the checksum that a payload ends with.
#[must_use]
pub fn envelope(content: &[u8]) -> Vec<u8> {
    let mut bytes = content.to_vec();
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    let sum = CRC64.checksum(&bytes);
    bytes.extend_from_slice(&sum.to_le_bytes());
    bytes
}

/// The content of a payload whose version and checksum are right.
///
/// # Errors
/// [`BadPayload::Envelope`].
pub fn open_envelope(payload: &[u8]) -> Result<&[u8], BadPayload> {
    open(payload, true)
}

fn open(payload: &[u8], check: bool) -> Result<&[u8], BadPayload> {
    let (covered, sum) = payload.split_last_chunk::<8>().ok_or(BadPayload::Envelope)?;
    let (content, version) = covered.split_last_chunk::<2>().ok_or(BadPayload::Envelope)?;
    let sound = |sum: &[u8; 8]| CRC64.checksum(covered) == u64::from_le_bytes(*sum);
    if u16::from_le_bytes(*version) > VERSION || (check && !sound(sum)) {
        return Err(BadPayload::Envelope);
    }
    Ok(content)
}

/// The value of a payload.
///
/// # Errors
/// As RESTORE answers.
pub fn restore(payload: &[u8], limits: &Limits) -> Result<Value, BadPayload> {
    let content = open(payload, !limits.skip_checksums)?;
    let (&type_byte, body) =
        content.split_first().ok_or(BadPayload::Content(RdbError::Truncated))?;
    let mut input = Input::new(body);
    match load::load(&mut input, type_byte, limits) {
        Ok(Some(value)) if input.is_at_end() => Ok(value),
        Ok(Some(_)) => Err(BadPayload::Content(RdbError::Corrupt("Bytes after the value"))),
        Ok(None) => Err(BadPayload::Content(RdbError::Corrupt("An empty value"))),
        Err(Stop::More) => Err(BadPayload::Content(RdbError::Truncated)),
        Err(Stop::Bad(error)) => Err(BadPayload::Content(error)),
    }
}
