//! LZF, the compression of RDB strings. The choices of the compressor are those of the library
//! that Redis carries, so that the same value gives the same payload.

/// The longest run of plain bytes.
const MAX_LIT: usize = 32;
/// How far back a match may lie.
const MAX_OFF: usize = 1 << 13;
/// The longest match.
const MAX_REF: usize = (1 << 8) + (1 << 3);
const TABLE_BITS: u32 = 16;

/// A compressor; it keeps its table from one string to the next.
#[derive(Clone)]
pub(super) struct Lzf {
    /// Where three bytes with that hash were last seen, plus `base`.
    seen: Vec<u32>,
    /// Entries below this belong to earlier strings.
    base: u32,
}

impl std::fmt::Debug for Lzf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Lzf")
    }
}

struct Packed {
    out: Vec<u8>,
    room: usize,
    /// Plain bytes since the last control byte, which stands before them.
    plain: usize,
}

impl Packed {
    fn start_run(&mut self) {
        self.out.push(0);
        self.plain = 0;
    }

    fn literal(&mut self, b: u8) {
        self.out.push(b);
        self.plain += 1;
        if self.plain == MAX_LIT {
            self.close_run();
            self.start_run();
        }
    }

    /// Writes the control byte of the plain bytes, or takes it away when there are none.
    fn close_run(&mut self) {
        let control = self.out.len() - self.plain - 1;
        if self.plain == 0 {
            self.out.pop();
        } else {
            self.out[control] = self.plain as u8 - 1;
        }
    }

    fn reference(&mut self, offset: usize, len: usize) {
        let high = (offset >> 8) as u8;
        if len < 7 {
            self.out.push(high + ((len as u8) << 5));
        } else {
            self.out.push(high + (7 << 5));
            self.out.push((len - 7) as u8);
        }
        self.out.push(offset as u8);
    }
}

impl Lzf {
    pub(super) fn new() -> Self {
        Self { seen: vec![0; 1 << TABLE_BITS], base: 1 }
    }

    fn slot(s: &[u8], at: usize) -> usize {
        let three = u32::from(s[at]) << 16 | u32::from(s[at + 1]) << 8 | u32::from(s[at + 2]);
        let mixed = (three >> (24 - TABLE_BITS)).wrapping_sub(three.wrapping_mul(5));
        (mixed & ((1 << TABLE_BITS) - 1)) as usize
    }

    fn note(&mut self, s: &[u8], at: usize) -> Option<usize> {
        let slot = Self::slot(s, at);
        let before = std::mem::replace(&mut self.seen[slot], self.base + at as u32);
        before.checked_sub(self.base).map(|p| p as usize)
    }

    /// The string in fewer bytes (at least four fewer), or `None` when it does not shrink so far.
    pub(super) fn compress(&mut self, s: &[u8]) -> Option<Vec<u8>> {
        let room = s.len().checked_sub(4).filter(|r| *r > 0)?;
        let len = u32::try_from(s.len()).ok()?;
        if self.base.checked_add(len).is_none() {
            *self = Self::new();
        }
        let packed = self.pack(s, room);
        self.base += len;
        packed
    }

    fn pack(&mut self, s: &[u8], room: usize) -> Option<Vec<u8>> {
        let mut p = Packed { out: Vec::with_capacity(room.min(1 << 16)), room, plain: 0 };
        p.start_run();
        let last = s.len().checked_sub(2)?;
        let mut at = 0;
        while at < last {
            let before = self.note(s, at);
            let found = before.filter(|&b| {
                b > 0 && b < at && at - b - 1 < MAX_OFF && s[b..b + 3] == s[at..at + 3]
            });
            let Some(back) = found else {
                if p.out.len() >= p.room {
                    return None;
                }
                p.literal(s[at]);
                at += 1;
                continue;
            };
            if p.out.len() - usize::from(p.plain == 0) + 4 >= p.room {
                return None;
            }
            p.close_run();
            let len = match_len(s, back, at);
            p.reference(at - back - 1, len - 2);
            p.start_run();
            at += len;
            if at >= last {
                break;
            }
            self.note(s, at - 2);
            self.note(s, at - 1);
        }
        if p.out.len() + 3 > p.room {
            return None;
        }
        while at < s.len() {
            p.literal(s[at]);
            at += 1;
        }
        p.close_run();
        Some(p.out)
    }
}

/// How many bytes from `back` and from `at` on are equal, within the limits of one reference.
fn match_len(s: &[u8], back: usize, at: usize) -> usize {
    let most = (s.len() - at - 2).min(MAX_REF);
    let mut len = 3;
    // The library compares sixteen bytes without looking at the limit when more are left.
    let checked_from = if most > 16 { 19 } else { 0 };
    while (len < checked_from || len < most) && s[back + len] == s[at + len] {
        len += 1;
    }
    len
}

/// The string of `len` bytes that `packed` says; `None` when it says something else.
pub(super) fn decompress(packed: &[u8], len: u64) -> Option<Vec<u8>> {
    // A reference of three bytes gives 264 at most.
    if len > (packed.len() as u64).checked_mul(MAX_REF as u64)? {
        return None;
    }
    let len = usize::try_from(len).ok()?;
    let mut out = Vec::with_capacity(len.min(1 << 20));
    let mut at = 0;
    while let Some(&control) = packed.get(at) {
        at += 1;
        if control < 32 {
            let count = usize::from(control) + 1;
            out.extend_from_slice(packed.get(at..at + count)?);
            at += count;
        } else {
            let mut count = usize::from(control >> 5);
            if count == 7 {
                count += usize::from(*packed.get(at)?);
                at += 1;
            }
            let offset = usize::from(control & 0x1F) << 8 | usize::from(*packed.get(at)?);
            at += 1;
            let start = out.len().checked_sub(offset + 1)?;
            for i in start..start + count + 2 {
                out.push(out[i]);
            }
        }
        if out.len() > len {
            return None;
        }
    }
    (out.len() == len).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_base::{Rng, Seed};

    #[test]
    fn what_is_compressed_comes_back() {
        let mut rng = Rng::new(Seed::from_number(1));
        let mut lzf = Lzf::new();
        let mut shrunk = 0;
        for round in 0..3_000 {
            let letters = 1 + rng.below(if round % 2 == 0 { 3 } else { 40 });
            let len = rng.index(if round % 50 == 0 { 20_000 } else { 300 });
            let s: Vec<u8> = (0..len).map(|_| rng.below(letters) as u8).collect();
            if let Some(packed) = lzf.compress(&s) {
                assert!(packed.len() + 4 <= s.len());
                assert_eq!(decompress(&packed, s.len() as u64), Some(s));
                shrunk += 1;
            }
        }
        assert!(shrunk > 500);
    }

    #[test]
    fn damaged_bytes_are_refused_and_never_panic() {
        let mut rng = Rng::new(Seed::from_number(2));
        for _ in 0..50_000 {
            let len = rng.index(40);
            let bytes: Vec<u8> = (0..len).map(|_| rng.next_u64() as u8).collect();
            let claim = rng.below(400);
            if let Some(out) = decompress(&bytes, claim) {
                assert_eq!(out.len() as u64, claim);
            }
        }
        assert_eq!(decompress(&[1, 2, 3], u64::MAX), None);
    }
}
