//! A table as PUC's Lua 5.1 lays it out: an array part and a node part, so that `pairs` gives the same order and `#`
//! the same border.

mod node;

pub(crate) use node::Node;

use crate::{StrRef, TableRef, Value};

/// More elements no array part has.
const MOST_BITS: usize = 26;

#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    pub(crate) array: Vec<Value>,
    /// Empty, or a power of two.
    pub(crate) nodes: Vec<Node>,
    /// Every node from here on is, or was, in use.
    last_free: u32,
    pub(crate) metatable: Option<TableRef>,
    /// Metamethods known to be absent: a bit for each of the first events.
    pub(crate) absent: u8,
    pub(crate) readonly: bool,
}

/// The array index that a number is, if it is one.
#[inline]
pub(crate) fn array_index(number: f64) -> Option<usize> {
    let index = number as i32;
    (f64::from(index) == number && index > 0).then_some(index as usize)
}

impl Table {
    pub(crate) fn new(array: usize, fields: usize) -> Table {
        let mut table = Table { array: vec![Value::Nil; array], ..Table::default() };
        table.set_nodes(fields);
        table
    }

    /// Bytes it uses beyond its slot.
    pub(crate) fn bytes(&self) -> usize {
        self.array.len() * size_of::<Value>() + self.nodes.len() * size_of::<Node>()
    }

    #[inline]
    pub(crate) fn get(&self, key: Value) -> Value {
        match key {
            Value::Str(key) => self.get_str(key),
            Value::Number(number) => self.get_number(number),
            Value::Nil => Value::Nil,
            key => self.find(key).map_or(Value::Nil, |at| self.nodes[at].value),
        }
    }

    #[inline]
    pub(crate) fn get_str(&self, key: StrRef) -> Value {
        match self.find_str(key) {
            Some(at) => self.nodes[at].value,
            None => Value::Nil,
        }
    }

    #[inline]
    pub(crate) fn get_number(&self, number: f64) -> Value {
        let index = number as i32;
        if f64::from(index) == number
            && let Some(value) = self.array.get((index as u32).wrapping_sub(1) as usize)
        {
            return *value;
        }
        self.find(Value::Number(number)).map_or(Value::Nil, |at| self.nodes[at].value)
    }

    pub(crate) fn get_int(&self, index: i64) -> Value {
        if index >= 1 && (index as u64) <= self.array.len() as u64 {
            return self.array[index as usize - 1];
        }
        self.find(Value::Number(index as f64)).map_or(Value::Nil, |at| self.nodes[at].value)
    }

    /// The slot of a key that is there (its value may be nil).
    #[inline]
    pub(crate) fn slot(&mut self, key: Value) -> Option<&mut Value> {
        match key {
            Value::Str(key) => self.find_str(key).map(|at| &mut self.nodes[at].value),
            Value::Number(number) => {
                let index = (number as i32 as u32).wrapping_sub(1) as usize;
                if f64::from(number as i32) == number && index < self.array.len() {
                    return Some(&mut self.array[index]);
                }
                self.find(key).map(|at| &mut self.nodes[at].value)
            }
            Value::Nil => None,
            key => self.find(key).map(|at| &mut self.nodes[at].value),
        }
    }

    /// Sets a key, which is neither nil nor NaN.
    pub(crate) fn set(&mut self, key: Value, value: Value) {
        self.absent = 0;
        if let Some(slot) = self.slot(key) {
            *slot = value;
            return;
        }
        self.insert(key, value);
    }

    /// `#`: as PUC finds it.
    pub(crate) fn len(&self) -> usize {
        let mut j = self.array.len();
        if j > 0 && self.array[j - 1].is_nil() {
            let mut i = 0;
            while j - i > 1 {
                let middle = (i + j) / 2;
                if self.array[middle - 1].is_nil() { j = middle } else { i = middle }
            }
            return i;
        }
        if self.nodes.is_empty() { j } else { self.search_border(j) }
    }

    fn search_border(&self, from: usize) -> usize {
        let (mut i, mut j) = (from, from + 1);
        while !self.get_int(j as i64).is_nil() {
            i = j;
            j *= 2;
            if j > i32::MAX as usize - 2 {
                let mut i = 1;
                while !self.get_int(i).is_nil() {
                    i += 1;
                }
                return i as usize - 1;
            }
        }
        while j - i > 1 {
            let middle = (i + j) / 2;
            if self.get_int(middle as i64).is_nil() { j = middle } else { i = middle }
        }
        i
    }

    /// Where the traversal stands behind `key`; `None` if the key is not here.
    #[inline]
    pub(crate) fn position_after(&self, key: Value) -> Option<usize> {
        match key {
            Value::Nil => return Some(0),
            Value::Number(number) => {
                if let Some(index) = array_index(number)
                    && index <= self.array.len()
                {
                    return Some(index);
                }
            }
            _ => {}
        }
        self.find(key).map(|at| self.array.len() + at + 1)
    }

    /// The first entry at or after a position: its key and value.
    #[inline]
    pub(crate) fn entry_from(&self, mut position: usize) -> Option<(Value, Value)> {
        while position < self.array.len() {
            let value = self.array[position];
            position += 1;
            if !value.is_nil() {
                return Some((Value::Number(position as f64), value));
            }
        }
        let nodes = self.nodes.get(position - self.array.len()..)?;
        nodes.iter().find(|node| !node.value.is_nil()).map(|node| (node.key, node.value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(n: usize) -> Value {
        Value::Number(n as f64)
    }

    #[test]
    fn elements_move_into_the_array_part_and_the_border_is_found() {
        let mut table = Table::default();
        for i in 1..=10 {
            table.set(number(i), Value::Bool(true));
        }
        assert_eq!(table.len(), 10);
        table.set(number(10), Value::Nil);
        assert_eq!(table.len(), 9);
        let mut seen = Vec::new();
        let mut at = 0;
        while let Some((Value::Number(key), _)) = table.entry_from(at) {
            seen.push(key as usize);
            at = table.position_after(Value::Number(key)).unwrap();
        }
        seen.sort_unstable();
        assert_eq!(seen, (1..=9).collect::<Vec<_>>());
    }

    #[test]
    fn a_key_that_is_not_there_has_no_position() {
        let table = Table::new(2, 2);
        assert_eq!(table.position_after(Value::Bool(true)), None);
        assert!(table.get(Value::Number(f64::NAN)).is_nil());
    }
}
