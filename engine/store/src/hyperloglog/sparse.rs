//! The sparse form: runs. `00llllll` are up to 64 zeros, `01llllll llllllll` up to 16384 zeros,
//! `1vvvvvll` up to four registers of the same value up to 32.
//!
//! How runs are split and joined decides the bytes, which clients can see with GET: it is done
//! step by step as `hllSparseSet` in hyperloglog.c does it.

use std::fmt::Write;

use super::{HEADER, HllError, REGISTERS};

/// 16384 zeros.
pub(super) const EMPTY: [u8; 2] = [0x7f, 0xff];

/// The highest value (`HLL_SPARSE_VAL_MAX_VALUE`).
const VALUE_MAX: u8 = 32;
/// The longest run of a value (`HLL_SPARSE_VAL_MAX_LEN`).
const RUN_MAX: usize = 4;
/// The longest run of zeros in one byte (`HLL_SPARSE_ZERO_MAX_LEN`).
const ZEROS_MAX: usize = 64;
/// How many runs are looked at for neighbours that can be joined.
const JOINS_MAX: usize = 5;

/// What became of a register.
pub(super) enum Done {
    /// It is higher now.
    Raised,
    /// It was as high already.
    Same,
    /// This form cannot hold it: nothing was changed.
    NoRoom,
}

/// One run.
#[derive(Clone, Copy)]
struct Run {
    /// Zero for the two forms of zeros.
    value: u8,
    len: usize,
    /// Bytes that it takes.
    bytes: usize,
}

/// The run that begins at `at`.
fn run_at(body: &[u8], at: usize) -> Option<Run> {
    let first = *body.get(at)?;
    Some(match first >> 6 {
        0 => Run { value: 0, len: usize::from(first & 0x3f) + 1, bytes: 1 },
        1 => {
            let low = *body.get(at + 1)?;
            Run { value: 0, len: (usize::from(first & 0x3f) << 8 | usize::from(low)) + 1, bytes: 2 }
        }
        _ => Run { value: (first >> 2 & 0x1f) + 1, len: usize::from(first & 3) + 1, bytes: 1 },
    })
}

fn push(out: &mut Vec<u8>, value: u8, len: usize) {
    if len == 0 {
        return;
    }
    if value > 0 {
        out.push(0x80 | (value - 1) << 2 | (len - 1) as u8);
    } else if len > ZEROS_MAX {
        out.extend([0x40 | ((len - 1) >> 8) as u8, (len - 1) as u8]);
    } else {
        out.push((len - 1) as u8);
    }
}

/// All registers, one byte each.
pub(super) fn read(body: &[u8]) -> Result<Vec<u8>, HllError> {
    let (mut registers, mut at) = (Vec::with_capacity(REGISTERS), 0);
    while at < body.len() {
        let run = run_at(body, at).ok_or(HllError::Corrupt)?;
        if registers.len() + run.len > REGISTERS {
            return Err(HllError::Corrupt);
        }
        registers.resize(registers.len() + run.len, run.value);
        at += run.bytes;
    }
    if registers.len() == REGISTERS { Ok(registers) } else { Err(HllError::Corrupt) }
}

/// Raises a register (`hllSparseSet`).
pub(super) fn raise(
    bytes: &mut Vec<u8>,
    index: usize,
    value: u8,
    sparse_max: usize,
) -> Result<Done, HllError> {
    if value > VALUE_MAX {
        return Ok(Done::NoRoom);
    }
    let (mut at, mut first, mut before) = (HEADER, 0, HEADER);
    let run = loop {
        let run = run_at(bytes, at).ok_or(HllError::Corrupt)?;
        if index < first + run.len {
            break run;
        }
        before = at;
        at += run.bytes;
        first += run.len;
    };
    if run.value >= value {
        return Ok(Done::Same);
    }
    let mut new = Vec::with_capacity(5);
    push(&mut new, run.value, index - first);
    push(&mut new, value, 1);
    push(&mut new, run.value, first + run.len - 1 - index);
    if new.len() > run.bytes && bytes.len() + new.len() - run.bytes > sparse_max {
        return Ok(Done::NoRoom);
    }
    bytes.splice(at..at + run.bytes, new);
    join(bytes, before);
    Ok(Done::Raised)
}

/// Joins neighbours of the same value from `at` on, as far as Redis looks.
fn join(bytes: &mut Vec<u8>, mut at: usize) {
    for _ in 0..JOINS_MAX {
        let Some(run) = run_at(bytes, at) else { return };
        if run.value > 0
            && let Some(next) = run_at(bytes, at + 1)
            && next.value == run.value
            && run.len + next.len <= RUN_MAX
        {
            bytes[at + 1] = 0x80 | (run.value - 1) << 2 | (run.len + next.len - 1) as u8;
            bytes.remove(at);
            continue;
        }
        at += run.bytes;
    }
}

/// The runs as text.
pub(super) fn text(body: &[u8]) -> Result<String, HllError> {
    let (mut text, mut at) = (String::new(), 0);
    while at < body.len() {
        let run = run_at(body, at).ok_or(HllError::Corrupt)?;
        let _ = match (run.value, run.bytes) {
            (0, 1) => write!(text, "z:{} ", run.len),
            (0, _) => write!(text, "Z:{} ", run.len),
            (value, _) => write!(text, "v:{value},{} ", run.len),
        };
        at += run.bytes;
    }
    text.pop();
    Ok(text)
}
