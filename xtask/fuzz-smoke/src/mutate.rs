//! From good inputs to broken ones.

use engine_base::{Rng, Seed};

/// Inputs do not grow beyond this many bytes.
const LONGEST: usize = 16 * 1024;
/// Bytes that parsers trip over: ends of ranges, signs, separators, and the markers of RESP.
const SPICY: &[u8] =
    &[0, 1, 0x7f, 0x80, 0xff, b'\r', b'\n', b' ', b'"', b'\\', b'-', b'*', b'$', b'9'];

/// Draws from a corpus and breaks what it drew.
pub(crate) struct Mutator {
    corpus: Vec<Vec<u8>>,
    rng: Rng,
}

impl Mutator {
    /// An empty corpus stands for the empty input.
    pub(crate) fn new(mut corpus: Vec<Vec<u8>>, seed: Seed) -> Self {
        if corpus.is_empty() {
            corpus.push(Vec::new());
        }
        Self { corpus, rng: Rng::new(seed) }
    }

    /// The next input: one of the corpus with one to eight wounds.
    pub(crate) fn next_input(&mut self) -> Vec<u8> {
        let mut input = self.drawn();
        for _ in 0..=self.rng.below(8) {
            self.wound(&mut input);
        }
        input.truncate(LONGEST);
        input
    }

    fn drawn(&mut self) -> Vec<u8> {
        let at = self.rng.index(self.corpus.len());
        self.corpus[at].clone()
    }

    fn wound(&mut self, input: &mut Vec<u8>) {
        if input.is_empty() {
            input.push(SPICY[self.rng.index(SPICY.len())]);
            return;
        }
        let at = self.rng.index(input.len());
        let end = at + self.rng.index(input.len() - at + 1).min(64);
        match self.rng.below(9) {
            0 => input[at] ^= 1 << self.rng.below(8),
            1 => input[at] = SPICY[self.rng.index(SPICY.len())],
            2 => input.insert(at, SPICY[self.rng.index(SPICY.len())]),
            3 => drop(input.drain(at..end)),
            4 => input.truncate(at),
            5 => {
                let piece = input[at..end].to_vec();
                input.splice(at..at, piece);
            }
            6 => {
                let other = self.drawn();
                let from = self.rng.index(other.len().max(1)).min(other.len());
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
            7 => {
                // A length field of two or four bytes, at one of its extremes.
                let value = [0, 1, 0x7fff_ffff, 0x8000_0000, u32::MAX][self.rng.index(5)];
                let width = if self.rng.chance(0.5) { 2 } else { 4 };
                for (to, from) in input[at..].iter_mut().zip(&value.to_be_bytes()[4 - width..]) {
                    *to = *from;
                }
            }
            _ => {
                let mut noise = vec![0; end - at];
                self.rng.fill(&mut noise);
                input[at..end].copy_from_slice(&noise);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_inputs_and_most_are_broken() {
        let corpus = vec![b"*1\r\n$4\r\nPING\r\n".to_vec(), b"PING\r\n".to_vec()];
        let draw = |seed| {
            let mut inputs = Mutator::new(corpus.clone(), Seed::from_number(seed));
            (0..200).map(|_| inputs.next_input()).collect::<Vec<_>>()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        let broken = draw(1).iter().filter(|input| !corpus.contains(input)).count();
        assert!(broken > 150, "{broken} of 200");
    }
}
