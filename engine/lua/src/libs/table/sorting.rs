//! `table.sort`: the stepper of [`super::sort`] on a table, each comparison a call of the machine where it must be one.

use super::count;
use super::sort::{Next, Slots, Sort};
use crate::libs::meta::{self, Found};
use crate::{Call, Error, Heap, Outcome, TableRef, Then, Value};

/// Comparisons between two looks at the fuel.
const SLICE: u32 = 1_000;
/// Where the values that the sort holds stand on the stack, behind table and function.
const HELD: usize = 3;

pub(super) fn sort(call: &mut Call<'_>) -> Result<Outcome, Error> {
    let table = call.table(1)?;
    let count = count(call, table);
    if !call.arg(2).is_nil() {
        call.function(2)?;
    }
    call.cut(2);
    while call.height() < HELD - 1 + 4 {
        call.push(Value::Nil);
    }
    Box::new(Sorting { sort: Sort::new(count), less: false, asked: false }).go_on(call)
}

/// A sort under way. Copies of the values in it stand on the stack, where the collector finds them.
#[derive(Clone, Debug)]
struct Sorting {
    sort: Sort<Value>,
    /// The answer to the last comparison.
    less: bool,
    /// Whether a function was called to compare.
    asked: bool,
}

/// The table with the first error of a write (a readonly table).
struct Table<'a> {
    heap: &'a mut Heap,
    table: TableRef,
    failed: Option<Error>,
}

impl Slots<Value> for Table<'_> {
    fn get(&mut self, index: i32) -> Value {
        self.heap.raw_get_int(self.table, i64::from(index))
    }

    fn set(&mut self, index: i32, value: Value) {
        if self.failed.is_none() {
            self.failed = self.heap.raw_set_int(self.table, i64::from(index), value).err();
        }
    }
}

impl Sorting {
    fn go_on(mut self: Box<Self>, call: &mut Call<'_>) -> Result<Outcome, Error> {
        let (table, order) = (call.table(1)?, call.arg(2));
        loop {
            for _ in 0..SLICE {
                let mut slots = Table { heap: &mut *call.heap, table, failed: None };
                let next = self.sort.step(&mut slots, self.less);
                if let Some(error) = slots.failed {
                    return Err(error);
                }
                let (a, b) = match next {
                    Next::Done => return Ok(Outcome::Return(0)),
                    Next::Invalid => {
                        return Err(Error::message("invalid order function for sorting"));
                    }
                    Next::Less(a, b) => (a, b),
                };
                let function = if order.is_nil() {
                    match meta::less(call, a, b)? {
                        Found::Value(less) => {
                            self.less = less;
                            continue;
                        }
                        Found::Call(function, ..) => function,
                    }
                } else {
                    order
                };
                self.asked = true;
                self.show_held(call);
                return call.call(function, &[a, b], self);
            }
            if !call.spend(u64::from(SLICE)) {
                self.show_held(call);
                return Ok(Outcome::Pause(self));
            }
        }
    }

    fn show_held(&self, call: &mut Call<'_>) {
        for (at, value) in self.sort.held.iter().enumerate() {
            call.set_arg(HELD + at, *value);
        }
    }
}

impl Then for Sorting {
    fn resume(mut self: Box<Self>, call: &mut Call<'_>, results: usize) -> Result<Outcome, Error> {
        if std::mem::take(&mut self.asked) {
            self.less = call.result(results, 1).truthy();
            call.cut(call.height() - results);
        }
        self.go_on(call)
    }

    fn copy(&self) -> Box<dyn Then> {
        Box::new(self.clone())
    }
}
