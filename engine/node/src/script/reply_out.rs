//! A Lua value as the reply to who ran the script (`luaReplyToRedisReply`).

use engine_lua::{Heap, TableRef, Value, number};
use engine_resp::Reply;

use super::error_table::read_error;
use crate::command::shown;

/// The most values that stand on a stack of Lua for one C function (`LUAI_MAXCSTACK`).
const STACK_MAX: usize = 8000;
/// What stands there when the conversion begins: the error handler and the result.
const STACK_BEGIN: usize = 2;
/// What one level needs at most.
const STACK_NEEDED: usize = 4;

/// What is still to be written.
enum Todo {
    /// This value, when so many stand on Lua's stack.
    Value(Value, usize),
    /// Item `next` of an array, if there is one.
    Items { table: TableRef, next: i64, height: usize },
    /// The pair, or the member of a set, behind this key.
    Entries { table: TableRef, key: Value, set: bool, height: usize },
}

/// What the statistics are told of errors in the reply.
#[derive(Debug, Default)]
pub(super) struct Errors {
    /// To be counted.
    pub(super) fresh: Vec<Vec<u8>>,
    /// Counted already: they make the command a failed one all the same.
    pub(super) counted: usize,
}

/// Writes a value. `resp3` is what the script has chosen by `redis.setresp`.
pub(super) fn write_reply(heap: &mut Heap, out: &mut Reply, value: Value, resp3: bool) -> Errors {
    let mut writer = Writer { heap, out, resp3, errors: Errors::default() };
    let mut todo = vec![Todo::Value(value, STACK_BEGIN)];
    while let Some(next) = todo.pop() {
        match next {
            Todo::Value(value, height) => writer.value(value, height, &mut todo),
            Todo::Items { table, next, height } => {
                let item = writer.heap.raw_get_int(table, next);
                if !item.is_nil() {
                    todo.push(Todo::Items { table, next: next + 1, height });
                    todo.push(Todo::Value(item, height + 1));
                }
            }
            Todo::Entries { table, key, set, height } => {
                if let Ok(Some((key, value))) = writer.heap.next(table, key) {
                    todo.push(Todo::Entries { table, key, set, height });
                    if !set {
                        todo.push(Todo::Value(value, height + 3));
                    }
                    todo.push(Todo::Value(key, if set { height + 3 } else { height + 4 }));
                }
            }
        }
    }
    writer.errors
}

struct Writer<'a> {
    heap: &'a mut Heap,
    out: &'a mut Reply,
    resp3: bool,
    errors: Errors,
}

impl Writer<'_> {
    fn value(&mut self, value: Value, height: usize, todo: &mut Vec<Todo>) {
        if height + STACK_NEEDED > STACK_MAX {
            let text = b"ERR reached lua stack limit";
            self.out.error_bytes(text);
            return self.errors.fresh.push(text.to_vec());
        }
        match value {
            Value::Str(text) => self.out.bulk(self.heap.bytes(text)),
            Value::Bool(flag) if self.resp3 => self.out.bool(flag),
            Value::Bool(true) => self.out.int(1),
            Value::Number(n) => self.out.int(number::to_integer(n)),
            Value::Table(table) => self.table(table, height, todo),
            _ => self.out.null(),
        }
    }

    fn string(&self, table: TableRef, name: &str) -> Option<Vec<u8>> {
        match self.heap.raw_get_field(table, name) {
            Value::Str(text) => Some(self.heap.bytes(text).to_vec()),
            _ => None,
        }
    }

    /// A line of a text without line breaks.
    fn line(&mut self, kind: u8, text: &[u8]) {
        let blanked = text.iter().map(|b| if matches!(b, b'\r' | b'\n') { b' ' } else { *b });
        let buffer = self.out.buffer_mut();
        buffer.push(kind);
        buffer.extend(blanked);
        buffer.extend_from_slice(b"\r\n");
    }

    fn table(&mut self, table: TableRef, height: usize, todo: &mut Vec<Todo>) {
        // Most are arrays: one without fields is known at once.
        if self.heap.raw_get_field(table, "err").is_nil() && self.is_plain(table) {
            return self.array(table, height, todo);
        }
        if self.string(table, "err").is_some() {
            let error = read_error(self.heap, table);
            self.out.error_bytes(&error.text);
            if error.counted {
                self.errors.counted += 1;
            } else {
                self.errors.fresh.push(error.text);
            }
        } else if let Some(text) = self.string(table, "ok") {
            self.line(b'+', shown(&text, usize::MAX));
        } else if let Value::Number(n) = self.heap.raw_get_field(table, "double") {
            self.out.double(n);
        } else if let Some(digits) = self.string(table, "big_number") {
            if self.out.is_resp3() {
                self.line(b'(', &digits);
            } else {
                let digits: Vec<u8> = digits
                    .iter()
                    .map(|b| if matches!(b, b'\r' | b'\n') { b' ' } else { *b })
                    .collect();
                self.out.bulk(&digits);
            }
        } else if let Some((format, text)) = self.verbatim(table) {
            self.out.verbatim(&String::from_utf8_lossy(&format), &text);
        } else if let Value::Table(map) = self.heap.raw_get_field(table, "map") {
            self.entries(map, false, height, todo);
        } else if let Value::Table(set) = self.heap.raw_get_field(table, "set") {
            self.entries(set, true, height, todo);
        } else {
            self.array(table, height, todo);
        }
    }

    /// Whether none of the fields is there that make a table something else than an array.
    fn is_plain(&self, table: TableRef) -> bool {
        ["ok", "double", "big_number", "verbatim_string", "map", "set"]
            .iter()
            .all(|name| self.heap.raw_get_field(table, name).is_nil())
    }

    fn verbatim(&self, table: TableRef) -> Option<(Vec<u8>, Vec<u8>)> {
        let Value::Table(inner) = self.heap.raw_get_field(table, "verbatim_string") else {
            return None;
        };
        Some((self.string(inner, "format")?, self.string(inner, "string")?))
    }

    fn array(&mut self, table: TableRef, height: usize, todo: &mut Vec<Todo>) {
        let items = (1..).take_while(|i| !self.heap.raw_get_int(table, *i).is_nil()).count();
        self.out.array(items);
        todo.push(Todo::Items { table, next: 1, height });
    }

    fn entries(&mut self, table: TableRef, set: bool, height: usize, todo: &mut Vec<Todo>) {
        let (mut count, mut key) = (0, Value::Nil);
        while let Ok(Some((next, _))) = self.heap.next(table, key) {
            (count, key) = (count + 1, next);
        }
        if set {
            self.out.set(count);
        } else {
            self.out.map(count);
        }
        todo.push(Todo::Entries { table, key: Value::Nil, set, height });
    }
}
