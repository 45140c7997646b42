//! `table.foreach` and `table.foreachi`: the function is called by the machine.

use super::count;
use crate::{Call, Error, Outcome, Then, Value};

pub(super) fn foreach(call: &mut Call<'_>) -> Result<Outcome, Error> {
    call.table(1)?;
    call.function(2)?;
    let height = call.push(Value::Nil);
    Each { key: height }.go_on(call)
}

/// The key that was seen last stands on the stack.
#[derive(Clone, Copy, Debug)]
struct Each {
    key: usize,
}

impl Each {
    fn go_on(self, call: &mut Call<'_>) -> Result<Outcome, Error> {
        let (table, function) = (call.table(1)?, call.arg(2));
        let Some((key, value)) = call.heap.next(table, call.arg(self.key))? else {
            return Ok(Outcome::Return(0));
        };
        call.set_arg(self.key, key);
        call.call(function, &[key, value], Box::new(self))
    }
}

impl Then for Each {
    fn resume(self: Box<Self>, call: &mut Call<'_>, results: usize) -> Result<Outcome, Error> {
        let result = call.result(results, 1);
        call.cut(self.key);
        if result.is_nil() { self.go_on(call) } else { call.ret(result) }
    }

    fn copy(&self) -> Box<dyn Then> {
        Box::new(*self)
    }
}

pub(super) fn foreachi(call: &mut Call<'_>) -> Result<Outcome, Error> {
    let table = call.table(1)?;
    let last = count(call, table);
    call.function(2)?;
    EachIndex { next: 1, last }.go_on(call)
}

#[derive(Clone, Copy, Debug)]
struct EachIndex {
    next: i32,
    last: i32,
}

impl EachIndex {
    fn go_on(mut self, call: &mut Call<'_>) -> Result<Outcome, Error> {
        if self.next > self.last {
            return Ok(Outcome::Return(0));
        }
        let (table, function) = (call.table(1)?, call.arg(2));
        let index = i64::from(self.next);
        let value = call.heap.raw_get_int(table, index);
        self.next += 1;
        call.call(function, &[Value::Number(index as f64), value], Box::new(self))
    }
}

impl Then for EachIndex {
    fn resume(self: Box<Self>, call: &mut Call<'_>, results: usize) -> Result<Outcome, Error> {
        let result = call.result(results, 1);
        call.cut(call.height() - results);
        if result.is_nil() { self.go_on(call) } else { call.ret(result) }
    }

    fn copy(&self) -> Box<dyn Then> {
        Box::new(*self)
    }
}
