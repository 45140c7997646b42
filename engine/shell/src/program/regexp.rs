//! POSIX regular expressions, basic and extended, as the `regex-lite` crate wants them.

use std::borrow::Cow;

use regex_lite::{Captures, Regex, RegexBuilder};

/// An expression that searches lines of any bytes. What is not UTF-8 in a line counts as U+FFFD.
#[derive(Clone, Debug)]
pub(crate) struct Pattern(Regex);

impl Pattern {
    /// Whether it is found in a line.
    pub(crate) fn is_match(&self, line: &[u8]) -> bool {
        self.0.is_match(&text(line))
    }

    /// The pieces of a line that match and are not empty.
    pub(crate) fn found(&self, line: &[u8]) -> Vec<String> {
        let line = text(line);
        let found = self.0.find_iter(&line).filter(|m| !m.is_empty());
        found.map(|m| m.as_str().to_owned()).collect()
    }

    /// The pieces of a line between the matches.
    pub(crate) fn split(&self, line: &str) -> Vec<String> {
        self.0.split(line).map(str::to_owned).collect()
    }

    /// The line with what `with` makes of the first match, or of all; `None` without a match.
    pub(crate) fn replace(
        &self,
        line: &[u8],
        all: bool,
        with: impl Fn(&Captures<'_>) -> String,
    ) -> Option<Vec<u8>> {
        let line = text(line);
        if !self.0.is_match(&line) {
            return None;
        }
        let limit = usize::from(!all);
        Some(self.0.replacen(&line, limit, with).into_owned().into_bytes())
    }

    /// The same expression, which must fill a whole line, or begin and end at words.
    pub(crate) fn framed(&self, frame: (&str, &str), ignore_case: bool) -> Option<Self> {
        let text = format!("{}(?:{}){}", frame.0, self.0.as_str(), frame.1);
        build(&text, ignore_case)
    }
}

fn text(line: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(line)
}

fn build(text: &str, ignore_case: bool) -> Option<Pattern> {
    let built = RegexBuilder::new(text).case_insensitive(ignore_case).size_limit(1 << 20).build();
    built.ok().map(Pattern)
}

/// A basic regular expression in Rust's syntax: there `\(` groups and `(` means itself.
fn basic(pattern: &str) -> String {
    let mut out = String::new();
    let mut chars = pattern.chars().peekable();
    let mut first = true;
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(c @ ('(' | ')' | '{' | '}' | '|' | '+' | '?')) => out.push(c),
                Some('<' | '>') => out.push_str("\\b"),
                Some(c) => {
                    out.push('\\');
                    out.push(c);
                }
                None => out.push_str("\\\\"),
            },
            '(' | ')' | '{' | '}' | '|' | '+' | '?' => {
                out.push('\\');
                out.push(c);
            }
            '*' if first => out.push_str("\\*"),
            '[' => {
                out.push('[');
                bracket(&mut chars, &mut out);
            }
            c => out.push(c),
        }
        first = c == '^' && first;
    }
    out
}

fn extended(pattern: &str) -> String {
    let mut out = String::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('<' | '>') => out.push_str("\\b"),
                Some(c) => {
                    out.push('\\');
                    out.push(c);
                }
                None => out.push_str("\\\\"),
            },
            '[' => {
                out.push('[');
                bracket(&mut chars, &mut out);
            }
            // A brace that begins no repetition means itself.
            '{' if !chars.peek().is_some_and(char::is_ascii_digit) => out.push_str("\\{"),
            c => out.push(c),
        }
    }
    out
}

/// The rest of a bracket expression: backslash and `[` mean themselves in it.
fn bracket(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String) {
    if let Some(c @ '^') = chars.peek().copied() {
        out.push(c);
        chars.next();
    }
    let mut first = true;
    while let Some(c) = chars.next() {
        match c {
            ']' if !first => {
                out.push(']');
                return;
            }
            '[' if chars.peek() == Some(&':') => {
                out.push('[');
                for c in chars.by_ref() {
                    out.push(c);
                    if c == ']' {
                        break;
                    }
                }
            }
            '[' | ']' | '\\' | '&' | '~' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
        first = false;
    }
}

/// What syntax a pattern is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Syntax {
    Basic,
    Extended,
    Fixed,
}

/// The expression, ready to search; `None` when it is none.
pub(crate) fn compile(pattern: &str, syntax: Syntax, ignore_case: bool) -> Option<Pattern> {
    let text = match syntax {
        Syntax::Basic => basic(pattern),
        Syntax::Extended => extended(pattern),
        Syntax::Fixed => regex_lite::escape(pattern),
    };
    build(&text, ignore_case)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_and_extended_differ_as_grep_does() {
        let is = |p, s, text: &str| compile(p, s, false).unwrap().is_match(text.as_bytes());
        assert!(is("a\\|b", Syntax::Basic, "b") && !is("a|b", Syntax::Basic, "b"));
        assert!(is("a|b", Syntax::Extended, "b"));
        assert!(is("a+", Syntax::Basic, "a+") && !is("a+", Syntax::Basic, "aa"));
        assert!(is("[cluster]", Syntax::Fixed, "x [cluster]"));
        assert!(is("[^]]x", Syntax::Basic, "ax"));
        assert!(is("*a", Syntax::Basic, "*a"));
        assert!(is("[[:digit:]]$", Syntax::Basic, "x1"));
        assert!(is("{user}", Syntax::Extended, "{user}"));
    }
}
