//! POSIX regular expressions, basic and extended, as the `regex` crate wants them.

use regex::bytes::{Regex, RegexBuilder};

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
pub(crate) fn compile(pattern: &str, syntax: Syntax, ignore_case: bool) -> Option<Regex> {
    let text = match syntax {
        Syntax::Basic => basic(pattern),
        Syntax::Extended => extended(pattern),
        Syntax::Fixed => regex::escape(pattern),
    };
    RegexBuilder::new(&text).case_insensitive(ignore_case).size_limit(1 << 20).build().ok()
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
