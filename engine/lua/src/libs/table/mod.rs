//! The library `table`.

mod each;
mod shift;
mod sort;
mod sorting;

use super::opt_int;
use crate::{Call, Error, Lua, Native, Outcome, TableRef, Value};

pub(super) fn open(lua: &mut Lua) {
    let functions: [(&'static str, Native); 9] = [
        ("concat", concat),
        ("foreach", each::foreach),
        ("foreachi", each::foreachi),
        ("getn", getn),
        ("maxn", maxn),
        ("insert", shift::insert),
        ("remove", shift::remove),
        ("setn", |call| {
            call.table(1)?;
            Err(Error::message("'setn' is obsolete"))
        }),
        ("sort", sorting::sort),
    ];
    lua.library("table", &functions);
}

/// The length of a table as a C int.
fn count(call: &Call<'_>, table: TableRef) -> i32 {
    call.heap.len(table) as i32
}

fn getn(call: &mut Call<'_>) -> Result<Outcome, Error> {
    let table = call.table(1)?;
    let count = count(call, table);
    call.ret(Value::Number(f64::from(count)))
}

fn maxn(call: &mut Call<'_>) -> Result<Outcome, Error> {
    let table = call.table(1)?;
    let (mut key, mut max) = (Value::Nil, 0.0);
    while let Some((next, _)) = call.heap.next(table, key)? {
        if let Value::Number(number) = next
            && number > max
        {
            max = number;
        }
        key = next;
    }
    call.ret(Value::Number(max))
}

fn concat(call: &mut Call<'_>) -> Result<Outcome, Error> {
    let separator = match call.opt_string(2)? {
        Some(separator) => call.heap.bytes(separator).to_vec(),
        None => Vec::new(),
    };
    let table = call.table(1)?;
    let first = opt_int(call, 3, 1)?;
    let last = opt_int(call, 4, count(call, table))?;
    let mut out = Vec::new();
    for index in first..=last {
        let value = call.heap.raw_get_int(table, i64::from(index));
        let Some(string) = call.heap.to_string(value) else {
            let kind = value.type_name();
            let text = format!("invalid value ({kind}) at index {index} in table for 'concat'");
            return Err(Error::message(text));
        };
        let bytes = call.heap.bytes(string);
        if out.capacity() - out.len() < bytes.len() + separator.len() {
            call.heap.room(out.len() + bytes.len() + separator.len())?;
        }
        out.extend_from_slice(bytes);
        if index < last {
            out.extend_from_slice(&separator);
        }
    }
    call.spend(out.len() as u64 / 16);
    call.heap.room(out.len())?;
    let text = call.heap.string_from(out);
    call.ret(text)
}
