//! The node part: chained scatter with Brent's variation, free slots taken from the end, rehash to powers of two.

use super::{MOST_BITS, Table, array_index};
use crate::{StrRef, Value};

pub(super) const NONE: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    pub(crate) key: Value,
    pub(crate) value: Value,
    next: u32,
}

/// The exponent of the smallest power of two that is not less.
fn log2_up(n: usize) -> usize {
    n.next_power_of_two().trailing_zeros() as usize
}

impl Table {
    pub(super) fn set_nodes(&mut self, size: usize) {
        let size = if size == 0 { 0 } else { size.next_power_of_two() };
        self.nodes = vec![Node { key: Value::Nil, value: Value::Nil, next: NONE }; size];
        self.last_free = size as u32;
    }

    /// Where a key belongs. There must be nodes.
    #[inline]
    fn main_position(&self, key: Value) -> usize {
        let size = self.nodes.len();
        let modulo = |n: u32| n as usize % ((size - 1) | 1);
        match key {
            Value::Str(string) => string.hash as usize & (size - 1),
            Value::Number(number) => {
                if number == 0.0 {
                    return 0;
                }
                let bits = number.to_bits();
                modulo((bits as u32).wrapping_add((bits >> 32) as u32))
            }
            Value::Bool(flag) => usize::from(flag) & (size - 1),
            // PUC hashes addresses here: its order is not to be foretold, ours is.
            Value::Table(table) => modulo(table.0),
            Value::Function(function) => modulo(function.0),
            Value::Thread(thread) => modulo(thread.0),
            Value::Light(number) => modulo(number),
            Value::Nil | Value::Dead => 0,
        }
    }

    #[inline]
    pub(super) fn find_str(&self, key: StrRef) -> Option<usize> {
        let mut at = key.hash as usize & self.nodes.len().wrapping_sub(1);
        // With no nodes the mask is all ones, and the first look finds nothing.
        while let Some(node) = self.nodes.get(at) {
            if let Value::Str(found) = node.key
                && found == key
            {
                return Some(at);
            }
            at = node.next as usize;
        }
        None
    }

    pub(super) fn find(&self, key: Value) -> Option<usize> {
        if self.nodes.is_empty() {
            return None;
        }
        let mut at = self.main_position(key);
        while let Some(node) = self.nodes.get(at) {
            if node.key.raw_equal(key) {
                return Some(at);
            }
            at = node.next as usize;
        }
        None
    }

    fn free_position(&mut self) -> Option<usize> {
        while self.last_free > 0 {
            self.last_free -= 1;
            if self.nodes[self.last_free as usize].key.is_nil() {
                return Some(self.last_free as usize);
            }
        }
        None
    }

    /// Puts in a key that is not there.
    pub(super) fn insert(&mut self, key: Value, value: Value) {
        if self.nodes.is_empty() {
            return self.rehash(key, value);
        }
        let mut at = self.main_position(key);
        if !self.nodes[at].value.is_nil() {
            let Some(free) = self.free_position() else { return self.rehash(key, value) };
            let mut other = self.main_position(self.nodes[at].key);
            if other == at {
                // The other is where it belongs: the new key goes to the free place.
                self.nodes[free].next = self.nodes[at].next;
                self.nodes[at].next = free as u32;
                at = free;
            } else {
                while self.nodes[other].next != at as u32 {
                    other = self.nodes[other].next as usize;
                }
                self.nodes[other].next = free as u32;
                self.nodes[free] = self.nodes[at];
                self.nodes[at].next = NONE;
            }
        }
        self.nodes[at].key = key;
        self.nodes[at].value = value;
    }

    /// Makes room for one more key, and puts it in.
    fn rehash(&mut self, key: Value, value: Value) {
        let mut counts = [0; MOST_BITS + 1];
        let mut integers = self.count_array(&mut counts);
        let mut total = integers;
        for node in self.nodes.iter().filter(|node| !node.value.is_nil()) {
            integers += count_key(node.key, &mut counts);
            total += 1;
        }
        integers += count_key(key, &mut counts);
        total += 1;
        let (size, inside) = array_size(&counts, integers);
        self.resize(size, total - inside);
        self.set(key, value);
    }

    fn count_array(&self, counts: &mut [usize]) -> usize {
        let mut total = 0;
        let mut at = 0;
        for (bits, count) in counts.iter_mut().enumerate() {
            let limit = (1_usize << bits).min(self.array.len());
            if at >= limit && bits > 0 {
                break;
            }
            let filled = self.array[at..limit].iter().filter(|value| !value.is_nil()).count();
            *count += filled;
            total += filled;
            at = limit;
        }
        total
    }

    fn resize(&mut self, array: usize, fields: usize) {
        let nodes = std::mem::take(&mut self.nodes);
        let gone = if array < self.array.len() { self.array.split_off(array) } else { Vec::new() };
        self.array.resize(array, Value::Nil);
        self.array.shrink_to_fit();
        self.set_nodes(fields);
        for (at, value) in gone.into_iter().enumerate() {
            if !value.is_nil() {
                self.set(Value::Number((array + at + 1) as f64), value);
            }
        }
        for node in nodes.iter().rev().filter(|node| !node.value.is_nil()) {
            self.set(node.key, node.value);
        }
    }

    /// Makes the array part at least this long.
    pub(crate) fn grow_array(&mut self, size: usize) {
        if size > self.array.len() {
            self.resize(size, self.nodes.len());
        }
    }
}

fn count_key(key: Value, counts: &mut [usize]) -> usize {
    if let Value::Number(number) = key
        && let Some(index) = array_index(number)
        && index <= 1 << MOST_BITS
    {
        counts[log2_up(index)] += 1;
        return 1;
    }
    0
}

/// The largest array part that is more than half full: its size, and how many of the integer keys go there.
fn array_size(counts: &[usize], integers: usize) -> (usize, usize) {
    let (mut size, mut inside, mut sum) = (0, 0, 0);
    for (bits, count) in counts.iter().enumerate() {
        let power = 1_usize << bits;
        if power / 2 >= integers {
            break;
        }
        if *count > 0 {
            sum += count;
            if sum > power / 2 {
                size = power;
                inside = sum;
            }
        }
        if sum == integers {
            break;
        }
    }
    (size, inside)
}
