//! How one element of a listpack is written, and how it is read without trusting it.

use super::Elem;

/// Bytes before the first element.
pub(super) const HEADER: usize = 6;
/// The byte after the last element.
pub(super) const EOF: u8 = 0xFF;

/// An element ready to be written: at most nine bytes, the text, and the back length.
pub(super) struct Cell<'a> {
    head: [u8; 9],
    head_len: usize,
    text: &'a [u8],
    back: [u8; 5],
    back_len: usize,
}

impl<'a> Cell<'a> {
    /// Of an element (`lpEncodeGetType`, `lpEncodeBacklen`).
    pub(super) fn new(elem: Elem<'a>) -> Self {
        let (mut head, mut text) = ([0; 9], &[][..]);
        let head_len = match elem {
            Elem::Int(n) => encode_int(n, &mut head),
            Elem::Str(s) => {
                text = s;
                encode_len(s.len(), &mut head)
            }
        };
        let mut back = [0; 5];
        let back_len = encode_back(head_len + text.len(), &mut back);
        Self { head, head_len, text, back, back_len }
    }

    /// Its bytes, in three pieces.
    pub(super) fn parts(&self) -> [&[u8]; 3] {
        [&self.head[..self.head_len], self.text, &self.back[..self.back_len]]
    }

    pub(super) fn len(&self) -> usize {
        self.head_len + self.text.len() + self.back_len
    }
}

fn encode_len(len: usize, out: &mut [u8; 9]) -> usize {
    match len {
        0..64 => out[0] = 0x80 | len as u8,
        64..4096 => {
            out[..2].copy_from_slice(&[0xE0 | (len >> 8) as u8, len as u8]);
            return 2;
        }
        _ => {
            out[0] = 0xF0;
            out[1..5].copy_from_slice(&u32::try_from(len).unwrap_or(u32::MAX).to_le_bytes());
            return 5;
        }
    }
    1
}

fn encode_int(n: i64, out: &mut [u8; 9]) -> usize {
    let (mark, width) = match n {
        0..=127 => {
            out[0] = n as u8;
            return 1;
        }
        -4096..=4095 => {
            let bits = n as u16 & 0x1FFF;
            out[..2].copy_from_slice(&[0xC0 | (bits >> 8) as u8, bits as u8]);
            return 2;
        }
        -32768..=32767 => (0xF1, 2),
        -8_388_608..=8_388_607 => (0xF2, 3),
        -2_147_483_648..=2_147_483_647 => (0xF3, 4),
        _ => (0xF4, 8),
    };
    out[0] = mark;
    out[1..=width].copy_from_slice(&n.to_le_bytes()[..width]);
    width + 1
}

/// The back length: seven bits a byte, read from the right, all but the leftmost marked.
fn encode_back(len: usize, out: &mut [u8; 5]) -> usize {
    let size = backlen_size(len);
    for (i, byte) in out.iter_mut().take(size).enumerate() {
        let bits = ((len >> (7 * (size - 1 - i))) & 0x7F) as u8;
        *byte = if i == 0 { bits } else { bits | 0x80 };
    }
    size
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
    decode_body(bytes, at, body(bytes, at)?)
}

/// Reads the element at `at`, and gives the offset after it as well.
pub(super) fn decode_and_step(bytes: &[u8], at: usize) -> Option<(Elem<'_>, usize)> {
    let (head, len) = body(bytes, at)?;
    let size = head.checked_add(len)?;
    let next = at.checked_add(size)?.checked_add(backlen_size(size))?;
    Some((decode_body(bytes, at, (head, len))?, next))
}

#[inline]
fn decode_body(bytes: &[u8], at: usize, (head, len): (usize, usize)) -> Option<Elem<'_>> {
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
