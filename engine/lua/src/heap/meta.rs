//! Metatables and the names of metamethods.

use super::Heap;
use crate::{StrRef, TableRef, Value};

/// Handlers that are tables with handlers, at most (MAXTAGLOOP).
pub(crate) const MOST_HANDLERS: usize = 100;

macro_rules! events {
    ($($name:ident $text:literal)*) => {
        /// What a metatable can handle. Of the first eight a table remembers that they are absent.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(crate) enum Event { $($name,)* }

        impl Event {
            pub(super) const NAMES: [&'static str; Event::COUNT] = [$($text),*];
        }
    };
}

events! {
    Index "__index"
    NewIndex "__newindex"
    Mode "__mode"
    Eq "__eq"
    Len "__len"
    Call "__call"
    Concat "__concat"
    Lt "__lt"
    Le "__le"
    Add "__add"
    Sub "__sub"
    Mul "__mul"
    Div "__div"
    Mod "__mod"
    Pow "__pow"
    Unm "__unm"
}

impl Event {
    pub(crate) const COUNT: usize = 16;
}

impl Heap {
    /// The metatable of a value, of whatever type.
    pub fn metatable(&self, value: Value) -> Option<TableRef> {
        match value {
            Value::Table(table) => self.tables.get(table.0).metatable,
            Value::Str(_) => self.string_metatable,
            _ => None,
        }
    }

    /// Gives a table a metatable, or takes it away; the readonly flag is the caller's business.
    pub fn set_metatable(&mut self, table: TableRef, metatable: Option<TableRef>) {
        self.tables.get_mut(table.0).metatable = metatable;
    }

    /// Gives all strings a metatable.
    pub fn set_string_metatable(&mut self, metatable: Option<TableRef>) {
        self.string_metatable = metatable;
    }

    /// The metatable of all strings.
    pub fn string_metatable(&self) -> Option<TableRef> {
        self.string_metatable
    }

    /// A field of a value's metatable; nil if there is none (luaL_getmetafield).
    pub fn meta_field(&mut self, value: Value, name: &str) -> Value {
        match self.metatable(value) {
            Some(metatable) => self.raw_get_field(metatable, name),
            None => Value::Nil,
        }
    }

    /// What handles an event for a value; nil if nothing does.
    pub(crate) fn handler(&mut self, value: Value, event: Event) -> Value {
        match self.metatable(value) {
            Some(metatable) => self.handler_in(metatable, event),
            None => Value::Nil,
        }
    }

    /// The same, the metatable at hand.
    #[inline]
    pub(crate) fn handler_in(&mut self, metatable: TableRef, event: Event) -> Value {
        let name: StrRef = self.events[event as usize];
        let bit = 1_u8.checked_shl(event as u32).unwrap_or(0);
        let table = self.tables.get_mut(metatable.0);
        if table.absent & bit != 0 {
            return Value::Nil;
        }
        let found = table.get_str(name);
        if found.is_nil() {
            table.absent |= bit;
        }
        found
    }

    /// A field of a table, or of the tables that stand for it in turn (`__index`); none if a function does.
    #[inline]
    pub(crate) fn field(&mut self, table: TableRef, name: StrRef) -> Option<Value> {
        let own = self.tables.get(table.0).get_str(name);
        if own.is_nil() { self.inherited(table, name) } else { Some(own) }
    }

    #[inline(never)]
    fn inherited(&mut self, table: TableRef, name: StrRef) -> Option<Value> {
        let mut object = table;
        for _ in 0..MOST_HANDLERS {
            let table = self.tables.get(object.0);
            let value = table.get_str(name);
            let Some(metatable) = table.metatable.filter(|_| value.is_nil()) else {
                return Some(value);
            };
            match self.handler_in(metatable, Event::Index) {
                Value::Nil => return Some(Value::Nil),
                Value::Table(next) => object = next,
                _ => return None,
            }
        }
        None
    }
}
