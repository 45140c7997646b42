//! Quoted words: `sdssplitargs` and `sdscatrepr` in sds.c. One rule for inline commands,
//! redis.conf and what is typed at redis-cli.

use crate::hex;

/// Splits a line into words. Words are separated by white space; `"…"` knows `\n \r \t \b \a`,
/// `\xHH` and `\` before any other byte; `'…'` knows only `\'`.
///
/// `None` when a quote is not closed, or is followed by something other than white space.
#[must_use]
pub fn split_args(line: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut words = Vec::new();
    let mut rest = line;
    loop {
        while let [first, tail @ ..] = rest
            && is_space(*first)
        {
            rest = tail;
        }
        // A NUL ends the line: in C it is the end of the string.
        if matches!(rest, [] | [0, ..]) {
            return Some(words);
        }
        let (word, tail) = one_word(rest)?;
        words.push(word);
        rest = tail;
    }
}

/// C's `isspace`.
const fn is_space(b: u8) -> bool {
    matches!(b, b' ' | b'\t'..=b'\r')
}

fn one_word(mut rest: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut word = Vec::new();
    loop {
        match rest {
            [] | [0, ..] => return Some((word, rest)),
            [b, ..] if is_space(*b) => return Some((word, rest)),
            [b'"', tail @ ..] => return ends_word(word, double_quoted(&tail)),
            [b'\'', tail @ ..] => return ends_word(word, single_quoted(&tail)),
            [b, tail @ ..] => {
                word.push(*b);
                rest = tail;
            }
        }
    }
}

/// A closed quote ends its word: white space or the end must follow.
fn ends_word(mut word: Vec<u8>, quoted: Option<(Vec<u8>, &[u8])>) -> Option<(Vec<u8>, &[u8])> {
    let (inside, tail) = quoted?;
    if matches!(tail, [b, ..] if *b != 0 && !is_space(*b)) {
        return None;
    }
    word.extend_from_slice(&inside);
    Some((word, tail))
}

fn double_quoted<'a>(rest: &&'a [u8]) -> Option<(Vec<u8>, &'a [u8])> {
    let mut rest: &'a [u8] = rest;
    let mut word = Vec::new();
    loop {
        match rest {
            [] | [0, ..] => return None,
            [b'"', tail @ ..] => return Some((word, tail)),
            [b'\\', b'x', high, low, tail @ ..] if let Some(byte) = hex_pair(*high, *low) => {
                word.push(byte);
                rest = tail;
            }
            [b'\\', escaped, tail @ ..] => {
                word.push(match escaped {
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    b'b' => 8,
                    b'a' => 7,
                    other => *other,
                });
                rest = tail;
            }
            [b, tail @ ..] => {
                word.push(*b);
                rest = tail;
            }
        }
    }
}

fn single_quoted<'a>(rest: &&'a [u8]) -> Option<(Vec<u8>, &'a [u8])> {
    let mut rest: &'a [u8] = rest;
    let mut word = Vec::new();
    loop {
        match rest {
            [] | [0, ..] => return None,
            [b'\\', b'\'', tail @ ..] => {
                word.push(b'\'');
                rest = tail;
            }
            [b'\'', tail @ ..] => return Some((word, tail)),
            [b, tail @ ..] => {
                word.push(*b);
                rest = tail;
            }
        }
    }
}

fn hex_pair(high: u8, low: u8) -> Option<u8> {
    let digit = |b: u8| char::from(b).to_digit(16);
    Some((digit(high)? * 16 + digit(low)?) as u8)
}

/// Appends `bytes` in double quotes, with everything that is not printable ASCII escaped: what
/// redis-cli prints for a bulk string, and `DEBUG`, `MONITOR` and CONFIG REWRITE too.
pub fn write_quoted(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    for &b in bytes {
        match b {
            b'\\' | b'"' => out.extend_from_slice(&[b'\\', b]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            7 => out.extend_from_slice(b"\\a"),
            8 => out.extend_from_slice(b"\\b"),
            b' '..=b'~' => out.push(b),
            _ => {
                out.extend_from_slice(b"\\x");
                out.extend_from_slice(&hex::pair(b));
            }
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Option<Vec<String>> {
        let words = split_args(line.as_bytes())?;
        Some(words.into_iter().map(|w| String::from_utf8(w).unwrap()).collect())
    }

    #[test]
    fn quotes_and_escapes() {
        assert_eq!(words("  set  k  v ").unwrap(), ["set", "k", "v"]);
        assert_eq!(words(r#"set k "a b\n\x41\q""#).unwrap(), ["set", "k", "a b\nAq"]);
        assert_eq!(words(r"set k 'it\'s \n'").unwrap(), ["set", "k", r"it's \n"]);
        assert_eq!(words(r#"a"b c""#).unwrap(), ["ab c"]);
        assert_eq!(words("").unwrap(), Vec::<String>::new());
        assert_eq!(words(r#""""#).unwrap(), [""]);
    }

    #[test]
    fn unbalanced_quotes_are_refused() {
        assert_eq!(words("set k \"abc"), None);
        assert_eq!(words("set k 'abc"), None);
        assert_eq!(words(r#"set "k"v"#), None);
    }

    #[test]
    fn what_is_quoted_reads_back() {
        let all: Vec<u8> = (0..=255).collect();
        let mut line = Vec::new();
        write_quoted(&mut line, &all);
        assert_eq!(split_args(&line).unwrap(), [all]);
    }
}
