//! `cjson.decode`: tables that are open stand on a list, so depth costs no stack of Rust's.

use super::config::{self, Setting};
use super::token::{Token, Tokens};
use crate::libs::MAX_STACK;
use crate::{Call, Error, Heap, Outcome, TableRef, Value};

pub(super) fn decode(call: &mut Call<'_>) -> Result<Outcome, Error> {
    if call.args() != 1 {
        return Err(Error::argument(1, "expected 1 argument"));
    }
    let text = call.string(1)?;
    let text = call.heap.bytes(text).to_vec();
    if text.len() >= 2 && text[..2].contains(&0) {
        return Err(Error::message("JSON parser does not support UTF-16 or UTF-32"));
    }
    let lenient = config::get(call, Setting::DecodeInvalid) != 0;
    let max_depth = config::get(call, Setting::DecodeMaxDepth);
    let tokens = Tokens::new(&text, lenient);
    let mut decoder = Decoder { tokens, max_depth, open: Vec::new(), height: 1, steps: 0 };
    let value = decoder.all(call.heap)?;
    call.spend(text.len() as u64 / 4);
    call.ret(value)
}

/// A table whose end is not yet read.
enum Open {
    /// The index of the next element.
    Array(TableRef, i64),
    /// The key whose value comes next.
    Object(TableRef, Value),
}

struct Decoder<'a> {
    tokens: Tokens<'a>,
    max_depth: i32,
    open: Vec<Open>,
    /// How many values C's stack would hold.
    height: usize,
    steps: u32,
}

impl Decoder<'_> {
    fn all(&mut self, heap: &mut Heap) -> Result<Value, Error> {
        loop {
            let token = self.tokens.next();
            let Some(mut value) = self.value(heap, token)? else { continue };
            // The value may be the last of its table, that one of its own, and so on.
            loop {
                let Some(open) = self.open.pop() else {
                    let token = self.tokens.next();
                    return if token == Token::End {
                        Ok(value)
                    } else {
                        Err(self.wrong("the end", &token))
                    };
                };
                match self.put(heap, open, value)? {
                    Some(table) => value = table,
                    None => break,
                }
            }
        }
    }

    fn wrong(&self, expected: &str, found: &Token) -> Error {
        let (found, place) = (found.name(), self.tokens.place + 1);
        Error::message(format!("Expected {expected} but found {found} at character {place}"))
    }

    /// A value that is complete; `None` when a table was opened.
    fn value(&mut self, heap: &mut Heap, token: Token) -> Result<Option<Value>, Error> {
        self.steps = self.steps.wrapping_add(1);
        if self.steps & 0xfff == 0 {
            heap.room(1)?;
        }
        Ok(Some(match token {
            Token::Str(bytes) => heap.string_from(bytes),
            Token::Number(number) => Value::Number(number),
            Token::Bool(flag) => Value::Bool(flag),
            Token::Null => Value::Light(0),
            Token::ObjectBegin => {
                self.descend(3)?;
                let table = heap.table(0, 0);
                let token = self.tokens.next();
                if token == Token::ObjectEnd {
                    return Ok(Some(Value::Table(table)));
                }
                self.key(heap, table, token)?;
                return Ok(None);
            }
            Token::ArrayBegin => {
                self.descend(2)?;
                let table = heap.table(0, 0);
                let before = (self.tokens.at, self.tokens.place);
                if self.tokens.next() == Token::ArrayEnd {
                    return Ok(Some(Value::Table(table)));
                }
                (self.tokens.at, self.tokens.place) = before;
                self.height += 1;
                self.open.push(Open::Array(table, 1));
                return Ok(None);
            }
            other => return Err(self.wrong("value", &other)),
        }))
    }

    fn descend(&self, slots: usize) -> Result<(), Error> {
        let depth = self.open.len() + 1;
        if depth as i64 > i64::from(self.max_depth) || self.height + slots > MAX_STACK {
            let at = self.tokens.at;
            let text = format!("Found too many nested data structures ({depth}) at character {at}");
            return Err(Error::message(text));
        }
        Ok(())
    }

    /// A key and its colon: the value comes next.
    fn key(&mut self, heap: &mut Heap, table: TableRef, token: Token) -> Result<(), Error> {
        let Token::Str(bytes) = token else { return Err(self.wrong("object key string", &token)) };
        let key = heap.string_from(bytes);
        let token = self.tokens.next();
        if token != Token::Colon {
            return Err(self.wrong("colon", &token));
        }
        self.height += 2;
        self.open.push(Open::Object(table, key));
        Ok(())
    }

    /// Puts a value into its table; gives the table when that is complete.
    fn put(&mut self, heap: &mut Heap, open: Open, value: Value) -> Result<Option<Value>, Error> {
        match open {
            Open::Array(table, index) => {
                heap.raw_set_int(table, index, value)?;
                match self.tokens.next() {
                    Token::ArrayEnd => {
                        self.height -= 1;
                        Ok(Some(Value::Table(table)))
                    }
                    Token::Comma => {
                        self.open.push(Open::Array(table, index + 1));
                        Ok(None)
                    }
                    other => Err(self.wrong("comma or array end", &other)),
                }
            }
            Open::Object(table, key) => {
                heap.raw_set(table, key, value)?;
                self.height -= 2;
                match self.tokens.next() {
                    Token::ObjectEnd => Ok(Some(Value::Table(table))),
                    Token::Comma => {
                        let token = self.tokens.next();
                        self.key(heap, table, token)?;
                        Ok(None)
                    }
                    other => Err(self.wrong("comma or object end", &other)),
                }
            }
        }
    }
}
