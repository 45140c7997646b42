//! `string.gsub`: a replacement that is a function, or a table with metamethods, is called by the machine.

use super::pattern::{Matcher, Progress, byte};
use super::search::{capture, push_captures};
use crate::libs::convert;
use crate::libs::meta::{self, Found};
use crate::{Call, Error, Outcome, StrRef, Then, Value};

/// Steps of the matcher between two looks at the fuel.
const SLICE: u64 = 10_000;

pub(super) fn gsub(call: &mut Call<'_>) -> Result<Outcome, Error> {
    let (text, pattern) = (call.string(1)?, call.string(2)?);
    let length = call.heap.bytes(text).len();
    let most = call.opt_number(4, (length + 1) as f64).map(convert::to_int)?;
    if !matches!(
        call.arg(3),
        Value::Number(_) | Value::Str(_) | Value::Function(_) | Value::Table(_)
    ) {
        return Err(Error::argument(3, "string/function/table expected"));
    }
    if !matches!(call.arg(3), Value::Function(_) | Value::Table(_)) {
        let replacement = call.string(3)?;
        call.set_arg(3, Value::Str(replacement));
    }
    // Numbers that were given for strings stay as strings, where the collector finds them.
    call.set_arg(1, Value::Str(text));
    call.set_arg(2, Value::Str(pattern));
    let anchored = call.heap.bytes(pattern).first() == Some(&b'^');
    let matcher = Matcher::new(0, usize::from(anchored));
    Box::new(Gsub {
        text,
        pattern,
        anchored,
        at: 0,
        end: 0,
        asked: false,
        count: 0,
        most,
        out: Vec::new(),
        matcher,
    })
    .go_on(call)
}

#[derive(Clone, Debug)]
struct Gsub {
    text: StrRef,
    pattern: StrRef,
    anchored: bool,
    /// Where the next attempt begins.
    at: usize,
    /// Where the match ends.
    end: usize,
    /// Whether a function was asked for the replacement of `at..end`.
    asked: bool,
    count: i32,
    most: i32,
    out: Vec<u8>,
    matcher: Matcher,
}

impl Gsub {
    fn go_on(mut self: Box<Self>, call: &mut Call<'_>) -> Result<Outcome, Error> {
        while self.count < self.most {
            let mut steps = SLICE;
            let (text, pattern) = (call.heap.bytes(self.text), call.heap.bytes(self.pattern));
            let progress = self.matcher.run(text, pattern, &mut steps)?;
            let fuel = call.spend(SLICE - steps + 1);
            match progress {
                Progress::Matched(end) => {
                    self.count += 1;
                    self.end = end;
                    if let Some(args) = self.replace(call)? {
                        self.asked = true;
                        return Ok(Outcome::Call { args, then: self });
                    }
                    if !self.advance(call, true) {
                        break;
                    }
                }
                Progress::Failed => {
                    if !self.advance(call, false) {
                        break;
                    }
                }
                Progress::Spent if fuel => continue,
                Progress::Spent => {}
            }
            if !fuel {
                return Ok(Outcome::Pause(self));
            }
        }
        self.finish(call)
    }

    /// Goes on behind a match, or one byte further; false at the end.
    fn advance(&mut self, call: &Call<'_>, matched: bool) -> bool {
        let text = call.heap.bytes(self.text);
        if matched && self.end > self.at {
            self.at = self.end;
        } else if let Some(b) = text.get(self.at) {
            self.out.push(*b);
            self.at += 1;
        } else {
            return false;
        }
        self.matcher.restart(self.at, 0);
        !self.anchored
    }

    fn finish(mut self, call: &mut Call<'_>) -> Result<Outcome, Error> {
        self.out.extend_from_slice(&call.heap.bytes(self.text)[self.at..]);
        call.heap.room(self.out.len())?;
        let result = call.heap.string_from(self.out);
        call.push(result);
        call.push(Value::Number(f64::from(self.count)));
        Ok(Outcome::Return(2))
    }

    /// Appends the replacement of the match `at..end`, or pushes the function that knows it and its arguments: how many.
    fn replace(&mut self, call: &mut Call<'_>) -> Result<Option<usize>, Error> {
        match call.arg(3) {
            Value::Str(replacement) => self.expand(call, replacement)?,
            Value::Table(table) => {
                let key = capture(call, &self.matcher, self.text, 0, self.at, self.end)?;
                match meta::index(call, Value::Table(table), key)? {
                    Found::Value(value) => self.put(call, value)?,
                    Found::Call(function, object, key) => {
                        call.push(function);
                        call.push(object);
                        call.push(key);
                        return Ok(Some(2));
                    }
                }
            }
            function => {
                call.push(function);
                let count = self.matcher.level().max(1);
                push_captures(call, &self.matcher, self.text, count, self.at, self.end)?;
                return Ok(Some(count));
            }
        }
        Ok(None)
    }

    /// Appends what a function or a table answered; `nil` and `false` keep the text.
    fn put(&mut self, call: &mut Call<'_>, value: Value) -> Result<(), Error> {
        if !value.truthy() {
            self.out.extend_from_slice(&call.heap.bytes(self.text)[self.at..self.end]);
            return Ok(());
        }
        let Some(string) = call.heap.to_string(value) else {
            return Err(Error::message(format!(
                "invalid replacement value (a {})",
                value.type_name()
            )));
        };
        let bytes = call.heap.bytes(string);
        call.heap.room(self.out.len() + bytes.len())?;
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    /// Appends a replacement text: `%0` to `%9` are captures, `%` and another byte is that byte.
    fn expand(&mut self, call: &mut Call<'_>, replacement: StrRef) -> Result<(), Error> {
        let length = call.heap.bytes(replacement).len();
        let mut at = 0;
        while at < length {
            let bytes = call.heap.bytes(replacement);
            let b = bytes[at];
            at += 1;
            if b != b'%' {
                self.out.push(b);
                continue;
            }
            // Behind the end stands C's zero.
            let escaped = byte(bytes, at);
            at += 1;
            match escaped {
                b'0' => self.out.extend_from_slice(&call.heap.bytes(self.text)[self.at..self.end]),
                b'1'..=b'9' => {
                    let index = usize::from(escaped - b'1');
                    let value = capture(call, &self.matcher, self.text, index, self.at, self.end)?;
                    self.put(call, value)?;
                }
                other => self.out.push(other),
            }
        }
        call.heap.room(self.out.len())
    }
}

impl Then for Gsub {
    fn resume(mut self: Box<Self>, call: &mut Call<'_>, results: usize) -> Result<Outcome, Error> {
        if !std::mem::take(&mut self.asked) {
            return self.go_on(call);
        }
        let value = call.result(results, 1);
        self.put(call, value)?;
        call.cut(call.height() - results);
        if self.advance(call, true) { self.go_on(call) } else { self.finish(call) }
    }

    fn copy(&self) -> Box<dyn Then> {
        Box::new(self.clone())
    }
}
