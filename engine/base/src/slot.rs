//! Key to slot (cluster specification, "Keys distribution model" and "Hash tags"), and sets of
//! slots as they travel on the bus.

use core::fmt;

/// A hash slot: 0 to 16383.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(u16);

/// How many slots there are: `CLUSTER_SLOTS` in cluster.h.
pub const SLOT_COUNT: usize = 16384;

impl Slot {
    /// The slot with that number, if there is one.
    #[must_use]
    pub const fn new(n: u16) -> Option<Self> {
        if (n as usize) < SLOT_COUNT { Some(Self(n)) } else { None }
    }

    /// The slot of `key`: CRC16 (XMODEM) modulo 16384 of its hash tag, or of all of it.
    #[must_use]
    pub fn of_key(key: &[u8]) -> Self {
        Self(crc16::State::<crc16::XMODEM>::calculate(hash_tag(key)) & (SLOT_COUNT as u16 - 1))
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0
    }

    /// Its number as an index.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// All slots, in order.
    pub fn all() -> impl DoubleEndedIterator<Item = Self> + ExactSizeIterator {
        (0..SLOT_COUNT as u16).map(Self)
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "slot {}", self.0)
    }
}

/// The part of `key` that is hashed: between the first `{` and the first `}` after it, when there
/// is at least one byte between them; otherwise the whole key.
#[must_use]
pub fn hash_tag(key: &[u8]) -> &[u8] {
    let Some(open) = key.iter().position(|&b| b == b'{') else { return key };
    let rest = &key[open + 1..];
    match rest.iter().position(|&b| b == b'}') {
        Some(len) if len > 0 => &rest[..len],
        _ => key,
    }
}

/// A set of slots as the bus carries it: bit `s % 8` of byte `s / 8`, least significant first.
#[derive(Clone, PartialEq, Eq)]
pub struct SlotSet([u64; SLOT_COUNT / 64]);

impl SlotSet {
    /// No slot.
    pub const EMPTY: Self = Self([0; SLOT_COUNT / 64]);

    /// From the 2,048 bytes on the wire.
    #[must_use]
    pub fn from_wire(bytes: &[u8; SLOT_COUNT / 8]) -> Self {
        let mut words = [0; SLOT_COUNT / 64];
        for (word, chunk) in words.iter_mut().zip(bytes.as_chunks::<8>().0) {
            *word = u64::from_le_bytes(*chunk);
        }
        Self(words)
    }

    /// The 2,048 bytes for the wire, appended to `out`.
    pub fn write_wire(&self, out: &mut Vec<u8>) {
        let from = out.len();
        out.resize(from + SLOT_COUNT / 8, 0);
        for (chunk, word) in out[from..].as_chunks_mut::<8>().0.iter_mut().zip(&self.0) {
            *chunk = word.to_le_bytes();
        }
    }

    /// Whether these bytes of the wire say this set; nothing is copied.
    #[must_use]
    pub fn is_wire(&self, bytes: &[u8]) -> bool {
        let (words, rest) = bytes.as_chunks::<8>();
        words.len() == self.0.len()
            && rest.is_empty()
            && self.0.iter().zip(words).all(|(word, chunk)| *word == u64::from_le_bytes(*chunk))
    }

    /// Whether these bytes of the wire say the set of these ranges, which are in order and do not
    /// touch, both ends included; no set is made.
    #[must_use]
    pub fn ranges_are_wire(ranges: impl Iterator<Item = (Slot, Slot)>, bytes: &[u8]) -> bool {
        let Ok(bytes) = <&[u8; SLOT_COUNT / 8]>::try_from(bytes) else { return false };
        let words = bytes.as_chunks::<8>().0;
        // The word that the last range ended in, and what is said of it so far.
        let (mut at, mut bits) = (0, 0);
        for (first, last) in ranges {
            let (from, to) = (first.index() / 64, last.index() / 64);
            if from > at {
                if u64::from_le_bytes(words[at]) != bits || !all_are(&words[at + 1..from], 0) {
                    return false;
                }
                bits = 0;
            }
            let head = u64::MAX << (first.index() % 64);
            let tail = u64::MAX >> (63 - last.index() % 64);
            if from == to {
                bits |= head & tail;
            } else {
                bits |= head;
                let full = all_are(&words[from + 1..to], u64::MAX);
                if u64::from_le_bytes(words[from]) != bits || !full {
                    return false;
                }
                bits = tail;
            }
            at = to;
        }
        u64::from_le_bytes(words[at]) == bits && all_are(&words[at + 1..], 0)
    }

    /// Adds all slots of a range, both ends included.
    pub fn insert_range(&mut self, first: Slot, last: Slot) {
        let (from, to) = (first.index() / 64, last.index() / 64);
        for word in from..=to {
            let head = if word == from { u64::MAX << (first.index() % 64) } else { u64::MAX };
            let tail = if word == to { u64::MAX >> (63 - last.index() % 64) } else { u64::MAX };
            self.0[word] |= head & tail;
        }
    }

    /// Adds a slot; `true` when it was not there.
    pub fn insert(&mut self, slot: Slot) -> bool {
        let (word, bit) = place(slot);
        let fresh = self.0[word] & bit == 0;
        self.0[word] |= bit;
        fresh
    }

    /// Takes a slot out; `true` when it was there.
    pub fn remove(&mut self, slot: Slot) -> bool {
        let (word, bit) = place(slot);
        let was = self.0[word] & bit != 0;
        self.0[word] &= !bit;
        was
    }

    /// Whether the slot is in the set.
    #[must_use]
    pub fn contains(&self, slot: Slot) -> bool {
        let (word, bit) = place(slot);
        self.0[word] & bit != 0
    }

    /// How many slots are in the set.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.iter().map(|w| w.count_ones() as usize).sum()
    }

    /// Whether no slot is in the set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|&w| w == 0)
    }

    /// The slots of the set in order.
    pub fn iter(&self) -> impl Iterator<Item = Slot> + '_ {
        self.0.iter().enumerate().flat_map(|(i, &word)| {
            let mut rest = word;
            core::iter::from_fn(move || {
                if rest == 0 {
                    return None;
                }
                let bit = rest.trailing_zeros();
                rest &= rest - 1;
                Some(Slot((i * 64) as u16 + bit as u16))
            })
        })
    }

    /// The set as ranges, both ends included, in order.
    pub fn ranges(&self) -> impl Iterator<Item = (Slot, Slot)> + '_ {
        let mut at = 0;
        core::iter::from_fn(move || {
            let first = self.seek(at, 0);
            if first == SLOT_COUNT {
                return None;
            }
            at = self.seek(first, u64::MAX);
            Some((Slot(first as u16), Slot(at as u16 - 1)))
        })
    }

    /// The first place from `from` on whose bit differs from those of `passed`, which is all zeros
    /// or all ones; a word at a time.
    fn seek(&self, from: usize, passed: u64) -> usize {
        let mut word = from / 64;
        let mut skip = u64::MAX << (from % 64);
        while let Some(bits) = self.0.get(word) {
            let found = (bits ^ passed) & skip;
            if found != 0 {
                return word * 64 + found.trailing_zeros() as usize;
            }
            skip = u64::MAX;
            word += 1;
        }
        SLOT_COUNT
    }
}

impl Default for SlotSet {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl fmt::Debug for SlotSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.ranges()).finish()
    }
}

impl FromIterator<Slot> for SlotSet {
    fn from_iter<I: IntoIterator<Item = Slot>>(slots: I) -> Self {
        let mut set = Self::EMPTY;
        for slot in slots {
            set.insert(slot);
        }
        set
    }
}

fn all_are(words: &[[u8; 8]], bits: u64) -> bool {
    words.iter().fold(0, |other, word| other | (u64::from_le_bytes(*word) ^ bits)) == 0
}

const fn place(slot: Slot) -> (usize, u64) {
    (slot.0 as usize / 64, 1 << (slot.0 % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_knows_its_own_wire_form_and_no_other() {
        let set: SlotSet = [0, 9, 16_383].into_iter().filter_map(Slot::new).collect();
        let mut wire = Vec::new();
        set.write_wire(&mut wire);
        assert_eq!(wire.len(), SLOT_COUNT / 8);
        assert!(set.is_wire(&wire));
        assert!(!set.is_wire(&wire[1..]), "too short");
        assert!(!SlotSet::EMPTY.is_wire(&wire));
        wire[7] ^= 1;
        assert!(!set.is_wire(&wire));
    }

    #[test]
    fn the_checksum_is_the_one_of_the_specification() {
        assert_eq!(crc16::State::<crc16::XMODEM>::calculate(b"123456789"), 0x31C3);
        assert_eq!(Slot::of_key(b"foo").number(), 12182);
        assert_eq!(Slot::of_key(b"").number(), 0);
    }

    #[test]
    fn all_five_rules_of_hash_tags() {
        assert_eq!(hash_tag(b"{user1000}.following"), b"user1000");
        assert_eq!(hash_tag(b"foo{}{bar}"), b"foo{}{bar}");
        assert_eq!(hash_tag(b"foo{{bar}}zap"), b"{bar");
        assert_eq!(hash_tag(b"foo{bar}{zap}"), b"bar");
        assert_eq!(hash_tag(b"foo{bar"), b"foo{bar");
        assert_eq!(hash_tag(b"}{foo"), b"}{foo");
    }

    #[test]
    fn ranges_cross_word_borders() {
        let set: SlotSet = Slot::all()
            .filter(|s| (60..=130).contains(&s.number()) || s.number() == 16383)
            .collect();
        let ranges: Vec<_> = set.ranges().map(|(a, b)| (a.number(), b.number())).collect();
        assert_eq!(ranges, [(60, 130), (16383, 16383)]);
        let all: SlotSet = Slot::all().collect();
        assert_eq!(all.ranges().map(|(a, b)| (a.0, b.0)).collect::<Vec<_>>(), [(0, 16383)]);
        assert_eq!(SlotSet::EMPTY.ranges().count(), 0);
        let mut wire = Vec::new();
        set.write_wire(&mut wire);
        assert_eq!(wire[7], 0xF0, "slot 60 is bit 4 of byte 7");
        let bytes: [u8; 2048] = wire.try_into().unwrap();
        assert_eq!(SlotSet::from_wire(&bytes), set);
    }

    #[test]
    fn slot_16384_does_not_exist() {
        assert!(Slot::new(16383).is_some());
        assert!(Slot::new(16384).is_none());
    }
}
