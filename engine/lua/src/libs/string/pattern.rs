//! Lua's patterns: a matcher that keeps what it may still try on a list of its own, never on Rust's stack, and that can
//! be stopped after any step and go on later.
//!
//! The order of attempts, and with it which error comes first, is that of Lua 5.1.

use super::class::{class_end, in_set, single};

/// The most captures that one pattern may have (`LUA_MAXCAPTURES`).
const MAX_CAPTURES: usize = 32;
/// Attempts that may be open at once; a C stack holds fewer.
const MAX_OPEN: usize = 1 << 20;

/// What is wrong with a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PatternError {
    EndsWithPercent,
    MissingBracket,
    MissingSet,
    Unbalanced,
    CaptureIndex,
    PatternCapture,
    TooManyCaptures,
    UnfinishedCapture,
    TooComplex,
}

impl PatternError {
    /// In Lua's words.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::EndsWithPercent => "malformed pattern (ends with '%')",
            Self::MissingBracket => "malformed pattern (missing ']')",
            Self::MissingSet => "missing '[' after '%f' in pattern",
            Self::Unbalanced => "unbalanced pattern",
            Self::CaptureIndex => "invalid capture index",
            Self::PatternCapture => "invalid pattern capture",
            Self::TooManyCaptures => "too many captures",
            Self::UnfinishedCapture => "unfinished capture",
            Self::TooComplex => "pattern too complex",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Length {
    Unfinished,
    Position,
    Bytes(usize),
}

/// What a capture holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Capture {
    /// These bytes of the subject.
    Bytes(usize, usize),
    /// A position, from 1.
    Position(usize),
}

/// What is left to try, or to undo, when an attempt fails.
#[derive(Clone, Copy, Debug)]
enum Open {
    /// A repetition took `count` bytes from `start`: try one less, then the pattern from `next`.
    Longest { start: usize, count: usize, next: usize },
    /// A repetition that ends at `at`: try one byte more of the item `item..end`.
    Shortest { at: usize, item: usize, end: usize },
    /// An optional item was taken: try without it.
    Optional { at: usize, next: usize },
    /// A capture was opened.
    Opened,
    /// This capture was closed.
    Closed(usize),
}

/// How a run of the matcher ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// The pattern matches up to here (exclusive).
    Matched(usize),
    /// It does not match.
    Failed,
    /// The steps are used up: run again.
    Spent,
}

/// An attempt to match a pattern at one place of a subject.
#[derive(Clone, Debug)]
pub(crate) struct Matcher {
    at: usize,
    pattern_at: usize,
    failing: bool,
    open: Vec<Open>,
    captures: Vec<(usize, Length)>,
}

impl Matcher {
    /// An attempt at byte `at` of the subject with the pattern from `pattern_at`.
    pub(crate) fn new(at: usize, pattern_at: usize) -> Matcher {
        let (open, captures) = (Vec::new(), Vec::new());
        Matcher { at, pattern_at, failing: false, open, captures }
    }

    /// Begins anew at another place.
    pub(crate) fn restart(&mut self, at: usize, pattern_at: usize) {
        (self.at, self.pattern_at, self.failing) = (at, pattern_at, false);
        self.open.clear();
        self.captures.clear();
    }

    /// How many captures there are.
    pub(crate) fn level(&self) -> usize {
        self.captures.len()
    }

    /// Capture number `index` (from 0) of a match of `start..end`; without captures, 0 is the whole match.
    pub(crate) fn capture(
        &self,
        index: usize,
        start: usize,
        end: usize,
    ) -> Result<Capture, PatternError> {
        if index >= self.captures.len() {
            let whole = index == 0;
            return if whole {
                Ok(Capture::Bytes(start, end))
            } else {
                Err(PatternError::CaptureIndex)
            };
        }
        match self.captures[index] {
            (_, Length::Unfinished) => Err(PatternError::UnfinishedCapture),
            (at, Length::Position) => Ok(Capture::Position(at + 1)),
            (at, Length::Bytes(length)) => Ok(Capture::Bytes(at, at + length)),
        }
    }

    /// Goes on, for about `steps` steps at most.
    pub(crate) fn run(
        &mut self,
        text: &[u8],
        pattern: &[u8],
        steps: &mut u64,
    ) -> Result<Progress, PatternError> {
        loop {
            if *steps == 0 {
                return Ok(Progress::Spent);
            }
            *steps -= 1;
            if self.failing {
                if !self.retry(text, pattern) {
                    return Ok(Progress::Failed);
                }
                continue;
            }
            if let Some(end) = self.advance(text, pattern, steps)? {
                return Ok(Progress::Matched(end));
            }
        }
    }

    /// Takes up the latest open attempt; false when there is none.
    fn retry(&mut self, text: &[u8], pattern: &[u8]) -> bool {
        let Some(open) = self.open.last_mut() else { return false };
        match open {
            Open::Longest { start, count, next } => {
                *count -= 1;
                (self.at, self.pattern_at, self.failing) = (*start + *count, *next, false);
                if *count == 0 {
                    self.open.pop();
                }
            }
            Open::Shortest { at, item, end } => {
                if text.get(*at).is_some_and(|c| single(*c, pattern, *item, *end)) {
                    *at += 1;
                    (self.at, self.pattern_at, self.failing) = (*at, *end + 1, false);
                } else {
                    self.open.pop();
                }
            }
            Open::Optional { at, next } => {
                (self.at, self.pattern_at, self.failing) = (*at, *next, false);
                self.open.pop();
            }
            Open::Opened => {
                self.captures.pop();
                self.open.pop();
            }
            Open::Closed(index) => {
                self.captures[*index].1 = Length::Unfinished;
                self.open.pop();
            }
        }
        true
    }

    fn remember(&mut self, open: Open) -> Result<(), PatternError> {
        if self.open.len() >= MAX_OPEN {
            return Err(PatternError::TooComplex);
        }
        self.open.push(open);
        Ok(())
    }

    /// One item of the pattern; gives the end when the pattern is through.
    fn advance(
        &mut self,
        text: &[u8],
        pattern: &[u8],
        steps: &mut u64,
    ) -> Result<Option<usize>, PatternError> {
        let p = self.pattern_at;
        let next = byte(pattern, p + 1);
        match byte(pattern, p) {
            0 => return Ok(Some(self.at)),
            b'(' if next == b')' => self.open_capture(Length::Position, p + 2)?,
            b'(' => self.open_capture(Length::Unfinished, p + 1)?,
            b')' => self.close_capture(p + 1)?,
            b'$' if next == 0 => {
                if self.at == text.len() {
                    return Ok(Some(self.at));
                }
                self.failing = true;
            }
            b'%' if next == b'b' => self.balanced(text, pattern, steps)?,
            b'%' if next == b'f' => self.frontier(text, pattern)?,
            b'%' if next.is_ascii_digit() => self.back_reference(text, next, steps)?,
            _ => self.item(text, pattern, steps)?,
        }
        Ok(None)
    }

    fn open_capture(&mut self, length: Length, next: usize) -> Result<(), PatternError> {
        if self.captures.len() >= MAX_CAPTURES {
            return Err(PatternError::TooManyCaptures);
        }
        self.captures.push((self.at, length));
        self.pattern_at = next;
        self.remember(Open::Opened)
    }

    fn close_capture(&mut self, next: usize) -> Result<(), PatternError> {
        let unfinished = |capture: &(usize, Length)| capture.1 == Length::Unfinished;
        let Some(index) = self.captures.iter().rposition(unfinished) else {
            return Err(PatternError::PatternCapture);
        };
        self.captures[index].1 = Length::Bytes(self.at - self.captures[index].0);
        self.pattern_at = next;
        self.remember(Open::Closed(index))
    }

    /// `%bxy`: from `x` to the `y` that closes it.
    fn balanced(
        &mut self,
        text: &[u8],
        pattern: &[u8],
        steps: &mut u64,
    ) -> Result<(), PatternError> {
        let (open, close) =
            (byte(pattern, self.pattern_at + 2), byte(pattern, self.pattern_at + 3));
        if open == 0 || close == 0 {
            return Err(PatternError::Unbalanced);
        }
        self.failing = true;
        if byte(text, self.at) != open {
            return Ok(());
        }
        let mut depth = 1_usize;
        for (at, c) in text.iter().enumerate().skip(self.at + 1) {
            if *c == close {
                depth -= 1;
                if depth == 0 {
                    *steps = steps.saturating_sub((at - self.at) as u64);
                    (self.at, self.pattern_at, self.failing) = (at + 1, self.pattern_at + 4, false);
                    return Ok(());
                }
            } else if *c == open {
                depth += 1;
            }
        }
        *steps = steps.saturating_sub((text.len() - self.at) as u64);
        Ok(())
    }

    /// `%f[set]`: the byte before is not in the set, the byte here is; the ends count as zero bytes.
    fn frontier(&mut self, text: &[u8], pattern: &[u8]) -> Result<(), PatternError> {
        let set = self.pattern_at + 2;
        if byte(pattern, set) != b'[' {
            return Err(PatternError::MissingSet);
        }
        let end = class_end(pattern, set)?;
        let before = if self.at == 0 { 0 } else { byte(text, self.at - 1) };
        let here = byte(text, self.at);
        self.failing =
            in_set(before, pattern, set, end - 1) || !in_set(here, pattern, set, end - 1);
        self.pattern_at = end;
        Ok(())
    }

    /// `%1`: the same bytes as a capture before.
    fn back_reference(
        &mut self,
        text: &[u8],
        digit: u8,
        steps: &mut u64,
    ) -> Result<(), PatternError> {
        let index = usize::from(digit).wrapping_sub(usize::from(b'1'));
        let (from, length) = match self.captures.get(index) {
            None | Some((_, Length::Unfinished)) => return Err(PatternError::CaptureIndex),
            // A position is no text: its length reads as an enormous one.
            Some((_, Length::Position)) => {
                self.failing = true;
                return Ok(());
            }
            Some((from, Length::Bytes(length))) => (*from, *length),
        };
        *steps = steps.saturating_sub(length as u64 / 16);
        let same = text
            .get(self.at..self.at + length)
            .is_some_and(|here| *here == text[from..from + length]);
        self.failing = !same;
        self.at += length;
        self.pattern_at += 2;
        Ok(())
    }

    /// A single character or class, perhaps with a repetition behind it.
    fn item(&mut self, text: &[u8], pattern: &[u8], steps: &mut u64) -> Result<(), PatternError> {
        let (at, item) = (self.at, self.pattern_at);
        let end = class_end(pattern, item)?;
        let here = text.get(at).is_some_and(|c| single(*c, pattern, item, end));
        match byte(pattern, end) {
            b'?' => {
                self.pattern_at = end + 1;
                if here {
                    self.at += 1;
                    self.remember(Open::Optional { at, next: end + 1 })?;
                }
            }
            b'*' => self.longest(text, pattern, item, end, steps)?,
            b'+' if here => {
                self.at += 1;
                self.longest(text, pattern, item, end, steps)?;
            }
            b'-' => {
                self.pattern_at = end + 1;
                self.remember(Open::Shortest { at, item, end })?;
            }
            b'+' => self.failing = true,
            _ if here => (self.at, self.pattern_at) = (at + 1, end),
            _ => self.failing = true,
        }
        Ok(())
    }

    fn longest(
        &mut self,
        text: &[u8],
        pattern: &[u8],
        item: usize,
        end: usize,
        steps: &mut u64,
    ) -> Result<(), PatternError> {
        let start = self.at;
        let count = text[start..].iter().take_while(|c| single(**c, pattern, item, end)).count();
        *steps = steps.saturating_sub(count as u64);
        (self.at, self.pattern_at) = (start + count, end + 1);
        if count > 0 {
            self.remember(Open::Longest { start, count, next: end + 1 })?;
        }
        Ok(())
    }
}

/// The byte at `at`; behind the end stands a zero, as in C.
pub(crate) fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or(0)
}

#[cfg(test)]
#[path = "pattern_tests.rs"]
mod tests;
