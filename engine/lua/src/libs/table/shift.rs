//! `table.insert` and `table.remove`: elements move by one place, and a long move can be interrupted.

use super::count;
use crate::libs::{int, opt_int};
use crate::{Call, Error, Outcome, TableRef, Then, Value};

/// Elements moved between two looks at the fuel.
const SLICE: u32 = 10_000;

pub(super) fn insert(call: &mut Call<'_>) -> Result<Outcome, Error> {
    let table = call.table(1)?;
    let end = count(call, table).wrapping_add(1);
    let to = match call.args() {
        2 => end,
        3 => int(call, 2)?,
        _ => return Err(Error::message("wrong number of arguments to 'insert'")),
    };
    Box::new(Insert { table, to, at: end.max(to) }).go_on(call)
}

/// Elements move up from `at`, the highest, down to the place where the new one, the last argument, goes.
#[derive(Clone, Debug)]
struct Insert {
    table: TableRef,
    to: i32,
    at: i32,
}

impl Insert {
    fn go_on(mut self: Box<Self>, call: &mut Call<'_>) -> Result<Outcome, Error> {
        let mut left = SLICE;
        while self.at > self.to {
            if left == 0 {
                call.heap.room(1)?;
                if !call.spend(u64::from(SLICE)) {
                    return Ok(Outcome::Pause(self));
                }
                left = SLICE;
            }
            left -= 1;
            let value = call.heap.raw_get_int(self.table, i64::from(self.at) - 1);
            call.heap.raw_set_int(self.table, i64::from(self.at), value)?;
            self.at -= 1;
        }
        let value = call.arg(call.args());
        call.heap.raw_set_int(self.table, i64::from(self.to), value)?;
        call.spend(u64::from(SLICE - left));
        Ok(Outcome::Return(0))
    }
}

impl Then for Insert {
    fn resume(self: Box<Self>, call: &mut Call<'_>, _results: usize) -> Result<Outcome, Error> {
        self.go_on(call)
    }

    fn copy(&self) -> Box<dyn Then> {
        Box::new(self.clone())
    }
}

pub(super) fn remove(call: &mut Call<'_>) -> Result<Outcome, Error> {
    let table = call.table(1)?;
    let end = count(call, table);
    let from = opt_int(call, 2, end)?;
    if !(1..=end).contains(&from) {
        return Ok(Outcome::Return(0));
    }
    let removed = call.heap.raw_get_int(table, i64::from(from));
    for at in from..end {
        let value = call.heap.raw_get_int(table, i64::from(at) + 1);
        call.heap.raw_set_int(table, i64::from(at), value)?;
    }
    call.heap.raw_set_int(table, i64::from(end), Value::Nil)?;
    call.spend((end - from) as u64);
    call.ret(removed)
}
