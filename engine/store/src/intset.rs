//! The intset: numbers in order, two, four or eight bytes each (intset.c).

/// A set of numbers in Redis's own bytes: encoding and length (u32 each, little-endian), then the
/// numbers in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intset {
    width: u8,
    /// The numbers, little-endian, `width` bytes each.
    body: Vec<u8>,
}

/// Bytes that are not an intset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are not a well-formed intset")]
pub struct BadIntset;

impl Default for Intset {
    fn default() -> Self {
        Self::new()
    }
}

impl Intset {
    /// Without numbers.
    #[must_use]
    pub const fn new() -> Self {
        Self { width: 2, body: Vec::new() }
    }

    /// From bytes of a file or a peer (`intsetValidateIntegrity`, deep).
    ///
    /// # Errors
    /// When the width is not 2, 4 or 8, the length does not fit, or the numbers are not rising.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadIntset> {
        let (head, body) = bytes.split_first_chunk::<8>().ok_or(BadIntset)?;
        let width = u32::from_le_bytes([head[0], head[1], head[2], head[3]]);
        let len = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        if !matches!(width, 2 | 4 | 8) || len == 0 {
            return Err(BadIntset);
        }
        if len.checked_mul(width as usize) != Some(body.len()) {
            return Err(BadIntset);
        }
        let set = Self { width: width as u8, body: body.to_vec() };
        if set.iter().zip(set.iter().skip(1)).all(|(a, b)| a < b) {
            Ok(set)
        } else {
            Err(BadIntset)
        }
    }

    /// The bytes as Redis saves them.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(8 + self.body.len());
        out.extend_from_slice(&u32::from(self.width).to_le_bytes());
        out.extend_from_slice(&u32::try_from(self.len()).unwrap_or(u32::MAX).to_le_bytes());
        out.extend_from_slice(&self.body);
        out
    }

    /// How many numbers there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.body.len() / usize::from(self.width)
    }

    /// Whether there is no number.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    /// The number at an index, in rising order.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<i64> {
        let width = usize::from(self.width);
        let raw = self.body.get(index.checked_mul(width)?..)?.get(..width)?;
        let fill = if raw[width - 1] & 0x80 != 0 { 0xFF } else { 0 };
        let mut wide = [fill; 8];
        wide[..width].copy_from_slice(raw);
        Some(i64::from_le_bytes(wide))
    }

    /// The numbers in rising order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = i64> + ExactSizeIterator {
        (0..self.len()).map(|i| self.get(i).unwrap_or_default())
    }

    fn search(&self, n: i64) -> Result<usize, usize> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let mid = low + (high - low) / 2;
            match self.get(mid).unwrap_or_default().cmp(&n) {
                std::cmp::Ordering::Less => low = mid + 1,
                std::cmp::Ordering::Greater => high = mid,
                std::cmp::Ordering::Equal => return Ok(mid),
            }
        }
        Err(low)
    }

    /// Whether the number is there.
    #[must_use]
    pub fn contains(&self, n: i64) -> bool {
        width_of(n) <= self.width && self.search(n).is_ok()
    }

    /// Adds a number; `true` when it was not there.
    pub fn insert(&mut self, n: i64) -> bool {
        if width_of(n) > self.width {
            self.widen(width_of(n));
        }
        let Err(index) = self.search(n) else { return false };
        let width = usize::from(self.width);
        let at = index * width;
        self.body.splice(at..at, n.to_le_bytes()[..width].iter().copied());
        true
    }

    /// Takes a number out; `true` when it was there.
    pub fn remove(&mut self, n: i64) -> bool {
        if width_of(n) > self.width {
            return false;
        }
        let Ok(index) = self.search(n) else { return false };
        let width = usize::from(self.width);
        self.body.drain(index * width..(index + 1) * width);
        true
    }

    fn widen(&mut self, width: u8) {
        let numbers: Vec<i64> = self.iter().collect();
        self.width = width;
        self.body = numbers
            .iter()
            .flat_map(|n| n.to_le_bytes().into_iter().take(usize::from(width)))
            .collect();
    }

    /// Bytes allocated.
    #[must_use]
    pub fn heap(&self) -> usize {
        self.body.capacity()
    }
}

fn width_of(n: i64) -> u8 {
    if i16::try_from(n).is_ok() {
        2
    } else if i32::try_from(n).is_ok() {
        4
    } else {
        8
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_base::{Rng, Seed};

    #[test]
    fn it_holds_what_a_sorted_set_of_numbers_holds() {
        let mut rng = Rng::new(Seed::from_number(2));
        let mut set = Intset::new();
        let mut model = std::collections::BTreeSet::new();
        for round in 0..2000 {
            let wide = if round > 1000 { 20 } else { 56 };
            let n = rng.next_u64() as i64 >> wide;
            if rng.chance(0.7) {
                assert_eq!(set.insert(n), model.insert(n));
            } else {
                assert_eq!(set.remove(n), model.remove(&n));
            }
        }
        assert!(set.iter().eq(model.iter().copied()));
        assert!(model.iter().all(|n| set.contains(*n)));
        assert_eq!(Intset::from_bytes(&set.to_bytes()), Ok(set));
    }

    #[test]
    fn the_bytes_are_those_of_redis() {
        let mut set = Intset::new();
        set.insert(3);
        set.insert(1);
        assert_eq!(set.to_bytes(), [2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 3, 0]);
    }

    #[test]
    fn damaged_bytes_are_refused() {
        assert!(Intset::from_bytes(&[]).is_err());
        assert!(Intset::from_bytes(&[3, 0, 0, 0, 0, 0, 0, 0]).is_err());
        assert!(Intset::from_bytes(&[8, 0, 0, 0, 255, 255, 255, 255, 1]).is_err());
        assert!(Intset::from_bytes(&[2, 0, 0, 0, 2, 0, 0, 0, 3, 0, 1, 0]).is_err());
    }
}
