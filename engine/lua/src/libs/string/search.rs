//! `string.find`, `string.match` and `string.gmatch`.

use std::ops::Range;

use super::pattern::{Capture, Matcher, PatternError, Progress};
use super::position;
use crate::libs::check_stack;
use crate::{Call, Error, Outcome, StrRef, Then, Value};

/// Steps of the matcher between two looks at the fuel.
const SLICE: u64 = 10_000;

impl From<PatternError> for Error {
    fn from(error: PatternError) -> Error {
        Error::message(error.text())
    }
}

pub(super) fn find(call: &mut Call<'_>) -> Result<Outcome, Error> {
    begin(call, true)
}

pub(super) fn match_(call: &mut Call<'_>) -> Result<Outcome, Error> {
    begin(call, false)
}

fn begin(call: &mut Call<'_>, find: bool) -> Result<Outcome, Error> {
    let (text, pattern) = (call.string(1)?, call.string(2)?);
    let length = call.heap.bytes(text).len();
    let start = position(call.opt_integer(3, 1)?, length).max(1) as usize - 1;
    let start = start.min(length);
    if find && (call.arg(4).truthy() || is_plain(call.heap.bytes(pattern))) {
        let (text, wanted) = (call.heap.bytes(text), call.heap.bytes(pattern));
        let Some(at) = position_of(&text[start..], wanted) else { return call.ret(Value::Nil) };
        let (first, last) = (start + at + 1, start + at + wanted.len());
        call.push(Value::Number(first as f64));
        call.push(Value::Number(last as f64));
        return Ok(Outcome::Return(2));
    }
    let anchored = call.heap.bytes(pattern).first() == Some(&b'^');
    let matcher = Matcher::new(start, usize::from(anchored));
    // Numbers that were given for strings stay as strings, where the collector finds them.
    call.set_arg(1, Value::Str(text));
    call.set_arg(2, Value::Str(pattern));
    Box::new(Search { text, pattern, find, anchored, start, matcher }).go_on(call)
}

/// Whether no byte before the first zero means anything in a pattern.
fn is_plain(pattern: &[u8]) -> bool {
    !pattern.iter().take_while(|b| **b != 0).any(|b| b"^$*+?.([%-".contains(b))
}

/// Where `wanted` begins.
fn position_of(text: &[u8], wanted: &[u8]) -> Option<usize> {
    let Some((first, rest)) = wanted.split_first() else { return Some(0) };
    let mut from = 0;
    loop {
        let at = from + text.get(from..)?.iter().position(|b| b == first)?;
        if text[at + 1..].starts_with(rest) {
            return Some(at);
        }
        from = at + 1;
    }
}

/// A search under way; text and pattern are arguments 1 and 2, or upvalues, so they live.
#[derive(Clone, Debug)]
struct Search {
    text: StrRef,
    pattern: StrRef,
    find: bool,
    anchored: bool,
    start: usize,
    matcher: Matcher,
}

impl Search {
    fn go_on(mut self: Box<Self>, call: &mut Call<'_>) -> Result<Outcome, Error> {
        loop {
            let mut steps = SLICE;
            let (text, pattern) = (call.heap.bytes(self.text), call.heap.bytes(self.pattern));
            let progress =
                seek(&mut self.matcher, text, pattern, &mut self.start, self.anchored, &mut steps)?;
            let fuel = call.spend(SLICE - steps);
            match progress {
                Progress::Matched(end) => return self.found(call, end),
                Progress::Failed => return call.ret(Value::Nil),
                Progress::Spent if fuel => {}
                Progress::Spent => return Ok(Outcome::Pause(self)),
            }
        }
    }

    fn found(&self, call: &mut Call<'_>, end: usize) -> Result<Outcome, Error> {
        let mut count = 0;
        if self.find {
            call.push(Value::Number((self.start + 1) as f64));
            call.push(Value::Number(end as f64));
            count = 2;
        }
        let captures = if self.find { self.matcher.level() } else { self.matcher.level().max(1) };
        push_captures(call, &self.matcher, self.text, captures, self.start, end)?;
        Ok(Outcome::Return(count + captures))
    }
}

impl Then for Search {
    fn resume(self: Box<Self>, call: &mut Call<'_>, _results: usize) -> Result<Outcome, Error> {
        self.go_on(call)
    }

    fn copy(&self) -> Box<dyn Then> {
        Box::new(self.clone())
    }
}

/// A part of a string, short ones without an allocation on the way.
pub(super) fn part(call: &mut Call<'_>, text: StrRef, range: Range<usize>) -> Value {
    let bytes = &call.heap.bytes(text)[range];
    let mut short = [0; 64];
    match short.get_mut(..bytes.len()) {
        Some(copy) => {
            copy.copy_from_slice(bytes);
            call.heap.string(copy)
        }
        None => {
            let bytes = bytes.to_vec();
            call.heap.string_from(bytes)
        }
    }
}

/// The byte that every match begins with, if the pattern says so plainly.
fn first_byte(pattern: &[u8]) -> Option<u8> {
    let first = *pattern.first()?;
    let plain = !b"^$*+?.([%-)\0".contains(&first);
    let needed = !matches!(pattern.get(1), Some(b'*' | b'?' | b'-'));
    (plain && needed).then_some(first)
}

/// Tries one start after another, from where the matcher stands.
fn seek(
    matcher: &mut Matcher,
    text: &[u8],
    pattern: &[u8],
    start: &mut usize,
    anchored: bool,
    steps: &mut u64,
) -> Result<Progress, PatternError> {
    let first = first_byte(pattern);
    loop {
        match matcher.run(text, pattern, steps)? {
            Progress::Failed if !anchored && *start < text.len() => {
                *start += 1;
                if let Some(first) = first {
                    let Some(skip) = text[*start..].iter().position(|b| *b == first) else {
                        return Ok(Progress::Failed);
                    };
                    *steps = steps.saturating_sub(skip as u64 / 16);
                    *start += skip;
                }
                matcher.restart(*start, 0);
            }
            progress => return Ok(progress),
        }
    }
}

/// Pushes so many captures of a match; without any, number 0 is the whole match.
pub(super) fn push_captures(
    call: &mut Call<'_>,
    matcher: &Matcher,
    text: StrRef,
    count: usize,
    start: usize,
    end: usize,
) -> Result<(), Error> {
    check_stack(call, count, "too many captures")?;
    for index in 0..count {
        let value = capture(call, matcher, text, index, start, end)?;
        call.push(value);
    }
    Ok(())
}

/// One capture as a value.
pub(super) fn capture(
    call: &mut Call<'_>,
    matcher: &Matcher,
    text: StrRef,
    index: usize,
    start: usize,
    end: usize,
) -> Result<Value, Error> {
    Ok(match matcher.capture(index, start, end)? {
        Capture::Position(at) => Value::Number(at as f64),
        Capture::Bytes(from, to) => part(call, text, from..to),
    })
}

pub(super) fn gmatch(call: &mut Call<'_>) -> Result<Outcome, Error> {
    let (text, pattern) = (call.string(1)?, call.string(2)?);
    let state = [Value::Str(text), Value::Str(pattern), Value::Number(0.0)];
    let iterator = call.heap.native_closure("gmatch", gmatch_next, &state);
    call.ret(iterator)
}

/// The iterator: text, pattern and the next start are its upvalues.
fn gmatch_next(call: &mut Call<'_>) -> Result<Outcome, Error> {
    let (Value::Str(text), Value::Str(pattern), Value::Number(start)) =
        (call.upvalue(1), call.upvalue(2), call.upvalue(3))
    else {
        return Ok(Outcome::Return(0));
    };
    let start = start as usize;
    if start > call.heap.bytes(text).len() {
        return Ok(Outcome::Return(0));
    }
    Box::new(Gmatch { text, pattern, start, matcher: Matcher::new(start, 0) }).go_on(call)
}

#[derive(Clone, Debug)]
struct Gmatch {
    text: StrRef,
    pattern: StrRef,
    start: usize,
    matcher: Matcher,
}

impl Gmatch {
    fn go_on(mut self: Box<Self>, call: &mut Call<'_>) -> Result<Outcome, Error> {
        loop {
            let mut steps = SLICE;
            let (text, pattern) = (call.heap.bytes(self.text), call.heap.bytes(self.pattern));
            let progress =
                seek(&mut self.matcher, text, pattern, &mut self.start, false, &mut steps)?;
            let fuel = call.spend(SLICE - steps);
            match progress {
                Progress::Matched(end) => {
                    // An empty match goes on one byte further.
                    let next = if end == self.start { end + 1 } else { end };
                    call.set_upvalue(3, Value::Number(next as f64));
                    let count = self.matcher.level().max(1);
                    push_captures(call, &self.matcher, self.text, count, self.start, end)?;
                    return Ok(Outcome::Return(count));
                }
                Progress::Failed => return Ok(Outcome::Return(0)),
                Progress::Spent if fuel => {}
                Progress::Spent => return Ok(Outcome::Pause(self)),
            }
        }
    }
}

impl Then for Gmatch {
    fn resume(self: Box<Self>, call: &mut Call<'_>, _results: usize) -> Result<Outcome, Error> {
        self.go_on(call)
    }

    fn copy(&self) -> Box<dyn Then> {
        Box::new(self.clone())
    }
}
