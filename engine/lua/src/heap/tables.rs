//! Tables without metamethods.

use super::{Heap, TABLE_COST};
use crate::table::Table;
use crate::{Error, FnRef, StrRef, TableRef, Value};

/// What Redis's patch says.
pub(crate) const READONLY: &[u8] = b"Attempt to modify a readonly table";

impl Heap {
    /// A new table with room for `array` elements and `fields` other entries.
    pub fn table(&mut self, array: usize, fields: usize) -> TableRef {
        let table = Table::new(array, fields);
        self.used += TABLE_COST + table.bytes();
        TableRef(self.tables.add(table))
    }

    /// `table[key]` without metamethods.
    pub fn raw_get(&self, table: TableRef, key: Value) -> Value {
        self.tables.get(table.0).get(key)
    }

    /// `table[index]` without metamethods (lua_rawgeti).
    pub fn raw_get_int(&self, table: TableRef, index: i64) -> Value {
        self.tables.get(table.0).get_int(index)
    }

    /// `table[key]` of a string at hand.
    pub fn raw_get_str(&self, table: TableRef, key: StrRef) -> Value {
        self.tables.get(table.0).get_str(key)
    }

    /// `table.name` without metamethods.
    pub fn raw_get_field(&self, table: TableRef, name: &str) -> Value {
        match self.strings.known(name.as_bytes()) {
            Some(name) => self.raw_get_str(table, name),
            None => Value::Nil,
        }
    }

    /// `table[key] = value` without metamethods.
    ///
    /// # Errors
    /// `table index is nil`, `table index is NaN`, `Attempt to modify a readonly table`, as [`Error::Raw`].
    pub fn raw_set(&mut self, table: TableRef, key: Value, value: Value) -> Result<(), Error> {
        let object = self.tables.get_mut(table.0);
        if object.readonly {
            return Err(Error::Raw(READONLY.into()));
        }
        self.put(table, key, value)
    }

    /// The same, whether the table is readonly or not: for the host, not for scripts.
    ///
    /// # Errors
    /// `table index is nil`, `table index is NaN`.
    #[inline]
    pub fn put(&mut self, table: TableRef, key: Value, value: Value) -> Result<(), Error> {
        let object = self.tables.get_mut(table.0);
        object.absent = 0;
        if let Some(slot) = object.slot(key) {
            *slot = value;
            return Ok(());
        }
        self.put_new(table, key, value)
    }

    /// A key that is not there yet.
    #[inline(never)]
    fn put_new(&mut self, table: TableRef, key: Value, value: Value) -> Result<(), Error> {
        match key {
            Value::Nil => return Err(Error::Raw(b"table index is nil".into())),
            Value::Number(number) if number.is_nan() => {
                return Err(Error::Raw(b"table index is NaN".into()));
            }
            _ => {}
        }
        self.room(0)?;
        let object = self.tables.get_mut(table.0);
        let before = object.bytes();
        object.set(key, value);
        self.used = (self.used + object.bytes()).saturating_sub(before);
        Ok(())
    }

    /// `table[index] = value` without metamethods.
    ///
    /// # Errors
    /// As [`Heap::raw_set`].
    pub fn raw_set_int(&mut self, table: TableRef, index: i64, value: Value) -> Result<(), Error> {
        self.raw_set(table, Value::Number(index as f64), value)
    }

    /// `table.name = value` without metamethods.
    ///
    /// # Errors
    /// As [`Heap::raw_set`].
    pub fn raw_set_field(
        &mut self,
        table: TableRef,
        name: &str,
        value: Value,
    ) -> Result<(), Error> {
        let name = self.string(name.as_bytes());
        self.raw_set(table, name, value)
    }

    /// Makes the array part at least this long (luaH_resizearray): what fills a table by numbers says so first.
    pub fn grow_array(&mut self, table: TableRef, size: usize) {
        let object = self.tables.get_mut(table.0);
        let before = object.bytes();
        object.grow_array(size);
        self.used = (self.used + object.bytes()).saturating_sub(before);
    }

    /// `#table`: a border, the one that PUC's Lua 5.1 finds.
    pub fn len(&self, table: TableRef) -> usize {
        self.tables.get(table.0).len()
    }

    /// The entry after `key` (`nil`: the first) in the order of `pairs`; `None` at the end.
    ///
    /// # Errors
    /// `invalid key to 'next'` if the key is not in the table.
    #[inline]
    pub fn next(&self, table: TableRef, key: Value) -> Result<Option<(Value, Value)>, Error> {
        let table = self.tables.get(table.0);
        match table.position_after(key) {
            Some(position) => Ok(table.entry_from(position)),
            None => Err(Error::Raw(b"invalid key to 'next'".into())),
        }
    }

    /// Redis's flag: scripts and natives cannot change the table any more ([`Heap::raw_set`] fails).
    pub fn set_readonly(&mut self, table: TableRef, readonly: bool) {
        self.tables.get_mut(table.0).readonly = readonly;
    }

    /// Whether the flag is set.
    pub fn is_readonly(&self, table: TableRef) -> bool {
        self.tables.get(table.0).readonly
    }
}

impl Heap {
    /// `table[key] = value` if nothing stands against it: no flag, no metatable, a proper key. Gives whether it was
    /// done.
    #[inline]
    pub(crate) fn put_plain(&mut self, table: TableRef, key: Value, value: Value) -> bool {
        let object = self.tables.get_mut(table.0);
        if object.readonly {
            return false;
        }
        if let Some(slot) = object.slot(key)
            && !slot.is_nil()
        {
            *slot = value;
            object.absent = 0;
            return true;
        }
        if object.metatable.is_some() {
            return false;
        }
        self.put(table, key, value).is_ok()
    }

    /// One round of `for … in pairs(table)` or `ipairs`, if that is what the iterator is: the entry after `control`.
    #[inline]
    pub(crate) fn iterate(
        &self,
        iterator: FnRef,
        table: TableRef,
        control: Value,
    ) -> Option<Option<(Value, Value)>> {
        if self.next_function == Some(iterator) {
            let table = self.tables.get(table.0);
            return table.position_after(control).map(|position| table.entry_from(position));
        }
        if self.ipairs_function == Some(iterator)
            && let Value::Number(index) = control
        {
            let next = index + 1.0;
            let value = self.tables.get(table.0).get_number(next);
            return Some((!value.is_nil()).then_some((Value::Number(next), value)));
        }
        None
    }
}
