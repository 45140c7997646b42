//! How one element of a listpack is written, and how it is read without trusting it.

use super::Elem;

/// Bytes before the first element.
pub(super) const HEADER: usize = 6;
/// The byte after the last element.
pub(super) const EOF: u8 = 0xFF;

/// Appends an element and its back length (`lpEncodeGetType`, `lpEncodeBacklen`).
pub(super) fn encode_elem(elem: Elem<'_>, out: &mut Vec<u8>) {
    let before = out.len();
    match elem {
        Elem::Int(n) => encode_int(n, out),
        Elem::Str(s) => {
            match s.len() {
                n @ 0..64 => out.push(0x80 | n as u8),
                n @ 64..4096 => out.extend_from_slice(&[0xE0 | (n >> 8) as u8, n as u8]),
                n => {
                    out.push(0xF0);
                    out.extend_from_slice(&u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes());
                }
            }
            out.extend_from_slice(s);
        }
    }
    push_backlen(out.len() - before, out);
}

fn encode_int(n: i64, out: &mut Vec<u8>) {
    let le = n.to_le_bytes();
    match n {
        0..=127 => out.push(n as u8),
        -4096..=4095 => {
            let bits = n as u16 & 0x1FFF;
            out.extend_from_slice(&[0xC0 | (bits >> 8) as u8, bits as u8]);
        }
        -32768..=32767 => wide(0xF1, &le[..2], out),
        -8_388_608..=8_388_607 => wide(0xF2, &le[..3], out),
        -2_147_483_648..=2_147_483_647 => wide(0xF3, &le[..4], out),
        _ => wide(0xF4, &le, out),
    }
}

fn wide(mark: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.push(mark);
    out.extend_from_slice(bytes);
}

/// The back length: seven bits a byte, read from the right, all but the leftmost marked.
fn push_backlen(len: usize, out: &mut Vec<u8>) {
    let size = backlen_size(len);
    for i in (0..size).rev() {
        let bits = ((len >> (7 * i)) & 0x7F) as u8;
        out.push(if i == size - 1 { bits } else { bits | 0x80 });
    }
}

fn backlen_size(len: usize) -> usize {
    match len {
        0..=127 => 1,
        128..16384 => 2,
        16384..2_097_152 => 3,
        2_097_152..268_435_456 => 4,
        _ => 5,
    }
}

/// Where the text of the element at `at` begins, and its length; for numbers the raw bytes.
fn body(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let b = *bytes.get(at)?;
    Some(match b {
        0..0x80 => (0, 1),
        0x80..0xC0 => (1, usize::from(b & 0x3F)),
        0xC0..0xE0 => (0, 2),
        0xE0..0xF0 => (2, usize::from(b & 0x0F) << 8 | usize::from(*bytes.get(at + 1)?)),
        0xF0 => {
            let len = bytes.get(at + 1..)?.first_chunk::<4>()?;
            (5, u32::from_le_bytes(*len) as usize)
        }
        0xF1 => (1, 2),
        0xF2 => (1, 3),
        0xF3 => (1, 4),
        0xF4 => (1, 8),
        0xF5.. => return None,
    })
}

/// The offset after the element at `at` and its back length; `None` when it does not fit.
pub(super) fn step(bytes: &[u8], at: usize) -> Option<usize> {
    let (head, len) = body(bytes, at)?;
    let size = head.checked_add(len)?;
    let next = at.checked_add(size)?.checked_add(backlen_size(size))?;
    (next < bytes.len()).then_some(next)
}

/// The offset of the element that ends before `at`.
pub(super) fn skip_back(bytes: &[u8], at: usize) -> Option<usize> {
    let mut len = 0usize;
    for i in 0..5 {
        let b = *bytes.get(at.checked_sub(1 + i)?)?;
        len |= usize::from(b & 0x7F).checked_shl(7 * i as u32)?;
        if b & 0x80 == 0 {
            let start = at.checked_sub(1 + i)?.checked_sub(len)?;
            return (start >= HEADER && backlen_size(len) == i + 1).then_some(start);
        }
    }
    None
}

/// Reads the element at `at`.
pub(super) fn decode(bytes: &[u8], at: usize) -> Option<Elem<'_>> {
    let (head, len) = body(bytes, at)?;
    let start = at + head;
    let raw = bytes.get(start..start.checked_add(len)?)?;
    Some(match bytes[at] {
        b @ 0..0x80 => Elem::Int(i64::from(b)),
        0xC0..0xE0 => {
            let bits = (u16::from(raw[0] & 0x1F) << 8) | u16::from(raw[1]);
            Elem::Int(i64::from((bits << 3) as i16 >> 3))
        }
        0xF1..=0xF4 => {
            let fill = if raw[len - 1] & 0x80 != 0 { 0xFF } else { 0 };
            let mut wide = [fill; 8];
            wide[..len].copy_from_slice(raw);
            Elem::Int(i64::from_le_bytes(wide))
        }
        _ => Elem::Str(raw),
    })
}
