//! HyperLogLog: counting different things in 12 KB (hyperloglog.c).
//!
//! What this node writes is always the dense form; what it reads may be the sparse form too, as a
//! redis-server makes it.

use engine_store::Str;

use super::macros::{keys, specs};
use super::{Answer, Call, Fail, Spec};

/// The family's table.
pub(crate) const SPECS: &[Spec] = specs! {
    "pfadd" -2 [WRITE DENYOOM FAST] (1) [HYPERLOGLOG] => pfadd,
    "pfcount" -2 [READONLY] (1 -1 1) [HYPERLOGLOG] => pfcount,
    "pfmerge" -2 [WRITE DENYOOM] (1 -1 1) [HYPERLOGLOG] => pfmerge,
};

/// Bits of a hash that choose the register (`HLL_P`).
const P: u32 = 14;
/// The other bits of a hash (`HLL_Q`).
const Q: u32 = 64 - P;
const REGISTERS: usize = 1 << P;
/// Magic, encoding, three bytes of nothing, eight of cached count.
const HEADER: usize = 16;
const DENSE_BYTES: usize = HEADER + REGISTERS * 6 / 8;

const NOT_HLL: Fail = Fail::new("WRONGTYPE Key is not a valid HyperLogLog string value.");
const CORRUPT: Fail = Fail::new("INVALIDOBJ Corrupted HLL object detected");

/// One byte a register.
struct Registers(Vec<u8>);

impl Registers {
    fn new() -> Self {
        Self(vec![0; REGISTERS])
    }

    /// From the bytes of a string value.
    fn read(bytes: &[u8]) -> Result<Self, Fail> {
        let Some((header, body)) = bytes.split_at_checked(HEADER) else { return Err(NOT_HLL) };
        match (header.starts_with(b"HYLL"), header[4]) {
            (true, 0) if bytes.len() == DENSE_BYTES => Ok(Self::read_dense(body)),
            (true, 1) => Self::read_sparse(body),
            _ => Err(NOT_HLL),
        }
    }

    fn read_dense(body: &[u8]) -> Self {
        let register = |n: usize| {
            let (byte, shift) = (n * 6 / 8, n * 6 % 8);
            let low = u16::from(body[byte]);
            let high = u16::from(body.get(byte + 1).copied().unwrap_or(0));
            ((low | high << 8) >> shift & 63) as u8
        };
        Self((0..REGISTERS).map(register).collect())
    }

    /// Runs: `00llllll` zeros, `01llllll llllllll` many zeros, `1vvvvvll` a value.
    fn read_sparse(mut body: &[u8]) -> Result<Self, Fail> {
        let mut registers = Vec::with_capacity(REGISTERS);
        loop {
            let (value, len, rest) = match *body {
                [] => break,
                [b, ref rest @ ..] if b & 0xc0 == 0 => (0, usize::from(b & 0x3f) + 1, rest),
                [b, low, ref rest @ ..] if b & 0x80 == 0 => {
                    (0, (usize::from(b & 0x3f) << 8 | usize::from(low)) + 1, rest)
                }
                [b, ref rest @ ..] if b & 0x80 != 0 => {
                    ((b >> 2 & 0x1f) + 1, usize::from(b & 3) + 1, rest)
                }
                _ => return Err(CORRUPT),
            };
            if registers.len() + len > REGISTERS {
                return Err(CORRUPT);
            }
            registers.resize(registers.len() + len, value);
            body = rest;
        }
        if registers.len() == REGISTERS { Ok(Self(registers)) } else { Err(CORRUPT) }
    }

    /// The dense form; its cached count is marked as out of date.
    fn write(&self) -> Vec<u8> {
        let mut bytes = vec![0; DENSE_BYTES];
        bytes[..4].copy_from_slice(b"HYLL");
        bytes[HEADER - 1] = 0x80;
        for (n, value) in self.0.iter().enumerate() {
            let (byte, shift) = (HEADER + n * 6 / 8, n * 6 % 8);
            let bits = u16::from(*value) << shift;
            bytes[byte] |= bits as u8;
            if let Some(next) = bytes.get_mut(byte + 1) {
                *next |= (bits >> 8) as u8;
            }
        }
        bytes
    }

    /// Counts an element in; whether that changed a register.
    fn add(&mut self, element: &[u8]) -> bool {
        let hash = murmur(element);
        let index = hash as usize & (REGISTERS - 1);
        // The guard bit ends a run of zeros that would not end by itself.
        let run = (hash >> P | 1 << Q).trailing_zeros() as u8 + 1;
        let grows = run > self.0[index];
        self.0[index] = self.0[index].max(run);
        grows
    }

    fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            *mine = (*mine).max(*theirs);
        }
    }

    /// How many different elements were counted in, about (`hllCount`; the estimator is Otmar
    /// Ertl's).
    fn estimate(&self) -> u64 {
        let mut histogram = [0_u32; 64];
        for value in &self.0 {
            histogram[usize::from(*value) & 63] += 1;
        }
        let m = REGISTERS as f64;
        let mut z = m * tau((m - f64::from(histogram[Q as usize + 1])) / m);
        for count in histogram[1..=Q as usize].iter().rev() {
            z = (z + f64::from(*count)) * 0.5;
        }
        z += m * sigma(f64::from(histogram[0]) / m);
        const ALPHA_INF: f64 = 0.721_347_520_444_481_7;
        (ALPHA_INF * m * m / z).round() as u64
    }
}

fn sigma(mut x: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut z) = (1.0, x);
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if z == before {
            return z;
        }
    }
}

fn tau(mut x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = z;
        y *= 0.5;
        z -= (1.0 - x) * (1.0 - x) * y;
        if z == before {
            return z / 3.0;
        }
    }
}

/// MurmurHash64A with Redis's seed.
fn murmur(bytes: &[u8]) -> u64 {
    const M: u64 = 0xc6a4_a793_5bd1_e995;
    let mut h = 0xadc8_3b19 ^ (bytes.len() as u64).wrapping_mul(M);
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        let mut k = u64::from_le_bytes(*word).wrapping_mul(M);
        k ^= k >> 47;
        h = (h ^ k.wrapping_mul(M)).wrapping_mul(M);
    }
    if !rest.is_empty() {
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        h = (h ^ u64::from_le_bytes(last)).wrapping_mul(M);
    }
    h ^= h >> 47;
    h = h.wrapping_mul(M);
    h ^ h >> 47
}

fn registers(call: &mut Call<'_>, key: &[u8]) -> Result<Option<Registers>, Fail> {
    let at = call.at();
    call.node.look_str(at, key)?.map(|value| Registers::read(&value.to_cow())).transpose()
}

/// `PFADD key [element …]`
fn pfadd(call: &mut Call<'_>) -> Answer {
    let key = call.args[1];
    let old = registers(call, key)?;
    let mut changed = old.is_none();
    let mut all = old.unwrap_or_else(Registers::new);
    for element in &call.args[2..] {
        changed |= all.add(element);
    }
    if changed {
        let at = call.at();
        call.node.put_keep_ttl(at, key, Str::raw(all.write()));
        call.touch(key);
    }
    call.out.int(i64::from(changed));
    Ok(())
}

/// `PFCOUNT key …`: of several keys, the count of their union.
fn pfcount(call: &mut Call<'_>) -> Answer {
    let mut all = Registers::new();
    for key in &call.args[1..] {
        if let Some(one) = registers(call, key)? {
            all.merge(&one);
        }
    }
    call.out.int(all.estimate() as i64);
    Ok(())
}

/// `PFMERGE destination [source …]`
fn pfmerge(call: &mut Call<'_>) -> Answer {
    let mut all = Registers::new();
    for key in &call.args[1..] {
        if let Some(one) = registers(call, key)? {
            all.merge(&one);
        }
    }
    let (at, key) = (call.at(), call.args[1]);
    call.node.put_keep_ttl(at, key, Str::raw(all.write()));
    call.touch(key);
    call.out.ok();
    Ok(())
}
