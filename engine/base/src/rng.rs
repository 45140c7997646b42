//! Randomness as a seeded generator handed in at birth.
//!
//! Each concern forks its own stream by name, so that a new draw in one file does not move the
//! draws of every other.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng as _, SeedableRng as _};

use crate::hex;

/// The 32 bytes from which every draw of a run follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub [u8; 32]);

impl Seed {
    /// A seed from a small number, as a user types it.
    #[must_use]
    pub fn from_number(n: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&n.to_le_bytes());
        Self(bytes)
    }
}

/// A deterministic stream of random numbers, the same on every platform (ChaCha8).
#[derive(Clone, Debug)]
pub struct Rng(ChaCha8Rng);

impl Rng {
    /// The root stream of `seed`.
    #[must_use]
    pub fn new(seed: Seed) -> Self {
        Self(ChaCha8Rng::from_seed(seed.0))
    }

    /// A child stream that depends on this stream's position and on `name`.
    #[must_use]
    pub fn fork(&mut self, name: &str) -> Self {
        let mut seed = [0; 32];
        self.0.fill_bytes(&mut seed);
        // FNV-1a of the name, spread over the seed: children of one position differ by name.
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in name.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        for (i, byte) in hash.to_le_bytes().into_iter().enumerate() {
            seed[i] ^= byte;
        }
        Self(ChaCha8Rng::from_seed(seed))
    }

    /// The next 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number in `0..bound`; zero when `bound` is zero.
    pub fn below(&mut self, bound: u64) -> u64 {
        // Multiply-shift: the bias is below 2^-64 times the bound, far under what a run can see.
        ((u128::from(self.0.next_u64()) * u128::from(bound)) >> 64) as u64
    }

    /// An index into a slice of `len` items; zero when `len` is zero.
    pub fn index(&mut self, len: usize) -> usize {
        self.below(len as u64) as usize
    }

    /// A fair draw with probability `p` in 0.0..=1.0 of `true`.
    pub fn chance(&mut self, p: f64) -> bool {
        ((self.0.next_u64() >> 11) as f64) < p * (1_u64 << 53) as f64
    }

    /// A number in 0.0..1.0 with 53 random bits.
    pub fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Fills `out` with random bytes.
    pub fn fill(&mut self, out: &mut [u8]) {
        self.0.fill_bytes(out);
    }

    /// 40 lower-case hex digits: how Redis makes node ids, run ids and replication ids
    /// (`getRandomHexChars` in util.c).
    pub fn hex40(&mut self) -> [u8; 40] {
        let mut raw = [0; 20];
        self.0.fill_bytes(&mut raw);
        let mut out = [0; 40];
        for (i, byte) in raw.iter().enumerate() {
            [out[2 * i], out[2 * i + 1]] = hex::pair(*byte);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forks_differ_by_name_and_repeat_by_seed() {
        let draw = |name| Rng::new(Seed::from_number(7)).fork(name).next_u64();
        assert_eq!(draw("election"), draw("election"));
        assert_ne!(draw("election"), draw("gossip"));
    }

    #[test]
    fn below_stays_below() {
        let mut rng = Rng::new(Seed::from_number(1));
        assert!((0..1000).all(|_| rng.below(10) < 10));
        assert_eq!(rng.below(0), 0);
    }
}
