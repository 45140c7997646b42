//! Errors as scripts see them: a table with the field `err`, and what is read from it again
//! (`luaPushErrorBuff`, `luaExtractErrorInformation`, the error handler of eval.c).

use engine_lua::{Error, Heap, Lua, Place, TableRef, Value};

use super::library::put;
use crate::command::shown;

/// `{err = "CODE text"}` of `-CODE text`, or of a text that gets the code `ERR`.
pub(super) fn error_table(heap: &mut Heap, text: &[u8]) -> Value {
    Value::Table(new_table(heap, text))
}

fn new_table(heap: &mut Heap, text: &[u8]) -> TableRef {
    let text = shown(text, usize::MAX);
    let (code, message): (&[u8], &[u8]) = match text.strip_prefix(b"-") {
        None => (b"ERR", text),
        Some(line) => match line.iter().position(|b| *b == b' ') {
            Some(at) => (&line[..at], &line[at + 1..]),
            None => (b"ERR", line),
        },
    };
    let blank = |b: &u8| matches!(b, b'\r' | b'\n');
    let from = message.iter().position(|b| !blank(b)).unwrap_or(message.len());
    let to = message.iter().rposition(|b| !blank(b)).map_or(from, |at| at + 1);
    let text = [code, b" ", &message[from..to]].concat();
    let (table, text) = (heap.table(0, 4), heap.string_from(text));
    put(heap, table, "err", text);
    table
}

/// The same of an error that the statistics have seen already.
pub(super) fn counted_error(heap: &mut Heap, text: &[u8]) -> Value {
    let table = new_table(heap, text);
    put(heap, table, "ignore_error_stats_update", Value::Bool(true));
    Value::Table(table)
}

/// An error that is thrown where the function was called.
pub(super) fn thrown(heap: &mut Heap, text: &[u8]) -> Error {
    Error::Thrown(error_table(heap, text))
}

/// What an error table says.
#[derive(Debug, Default)]
pub(super) struct ErrorInfo {
    pub(super) text: Vec<u8>,
    pub(super) source: Option<Vec<u8>>,
    pub(super) line: Option<Vec<u8>>,
    /// The statistics have seen it already.
    pub(super) counted: bool,
}

fn text_of(heap: &mut Heap, table: TableRef, field: &str) -> Option<Vec<u8>> {
    let value = heap.raw_get_field(table, field);
    let text = heap.to_string(value)?;
    Some(shown(heap.bytes(text), usize::MAX).to_vec())
}

/// Reads an error table.
pub(super) fn read_error(heap: &mut Heap, table: TableRef) -> ErrorInfo {
    ErrorInfo {
        // What C prints of no text at all.
        text: text_of(heap, table, "err").unwrap_or_else(|| b"(null)".to_vec()),
        source: text_of(heap, table, "source"),
        line: text_of(heap, table, "line"),
        counted: matches!(
            heap.raw_get_field(table, "ignore_error_stats_update"),
            Value::Bool(true)
        ),
    }
}

/// What an error that nobody caught becomes on its way out: a table that knows where it was thrown
/// (the handler that `scriptingInit` defines).
pub(super) fn handled(lua: &mut Lua, error: Value, places: &[Place]) -> TableRef {
    let heap = &mut lua.heap;
    let table = match error {
        Value::Table(table) => table,
        other => {
            let text = described(heap, other);
            let (table, text) = (heap.table(0, 4), heap.string_from([b"ERR ", &*text].concat()));
            put(heap, table, "err", text);
            table
        }
    };
    let place = match places {
        [first, rest @ ..] if first.is_native() => rest.first(),
        places => places.first(),
    };
    if let Some(place) = place
        && !heap.is_readonly(table)
    {
        let source = heap.string(&place.source);
        put(heap, table, "source", source);
        put(heap, table, "line", Value::Number(f64::from(place.line)));
    }
    table
}

/// `tostring` without metamethods.
pub(super) fn described(heap: &mut Heap, value: Value) -> Vec<u8> {
    match (heap.to_string(value), value) {
        (Some(text), _) => heap.bytes(text).to_vec(),
        (None, Value::Bool(flag)) => flag.to_string().into_bytes(),
        (None, other) => other.type_name().into(),
    }
}
