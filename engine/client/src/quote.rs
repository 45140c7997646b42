//! Words as a user types them and strings as they are shown: the quoting rules of sds.c.

/// `bytes` in double quotes with C escapes (`sdscatrepr` in sds.c), appended to `out`.
pub fn push_quoted(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    for &byte in bytes {
        match byte {
            b'\\' | b'"' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            7 => out.extend_from_slice(b"\\a"),
            8 => out.extend_from_slice(b"\\b"),
            b' '..=b'~' => out.push(byte),
            _ => out.extend_from_slice(format!("\\x{byte:02x}").as_bytes()),
        }
    }
    out.push(b'"');
}

/// Splits a line into words; `None` when quotes are unbalanced or a closing quote is not followed
/// by a blank (`sdssplitargs` in sds.c).
#[must_use]
pub fn split_words(line: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut words = Vec::new();
    let mut rest = line;
    loop {
        rest = rest.trim_ascii_start_c();
        if rest.first().is_none_or(|&b| b == 0) {
            return Some(words);
        }
        let mut word = Vec::new();
        while let Some(&byte) = rest.first() {
            match byte {
                0 | b' ' | b'\n' | b'\r' | b'\t' => break,
                b'"' => {
                    rest = double_quoted(rest.get(1..)?, &mut word)?;
                    break;
                }
                b'\'' => {
                    rest = single_quoted(rest.get(1..)?, &mut word)?;
                    break;
                }
                _ => {
                    word.push(byte);
                    rest = rest.get(1..)?;
                }
            }
        }
        words.push(word);
    }
}

/// The one word of `text`, unquoted; `None` when there are none or several (`unquoteCString` in
/// cli_common.c).
#[must_use]
pub fn unquote(text: &[u8]) -> Option<Vec<u8>> {
    let mut words = split_words(text)?;
    if words.len() == 1 { words.pop() } else { None }
}

fn double_quoted<'a>(mut rest: &'a [u8], word: &mut Vec<u8>) -> Option<&'a [u8]> {
    loop {
        match rest {
            [b'\\', b'x', high, low, tail @ ..]
                if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                word.push(hex(*high) << 4 | hex(*low));
                rest = tail;
            }
            [b'\\', escaped, tail @ ..] if *escaped != 0 => {
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
            [b'"', tail @ ..] => return ends_word(tail),
            [] | [0, ..] => return None,
            [byte, tail @ ..] => {
                word.push(*byte);
                rest = tail;
            }
        }
    }
}

fn single_quoted<'a>(mut rest: &'a [u8], word: &mut Vec<u8>) -> Option<&'a [u8]> {
    loop {
        match rest {
            [b'\\', b'\'', tail @ ..] => {
                word.push(b'\'');
                rest = tail;
            }
            [b'\'', tail @ ..] => return ends_word(tail),
            [] | [0, ..] => return None,
            [byte, tail @ ..] => {
                word.push(*byte);
                rest = tail;
            }
        }
    }
}

fn ends_word(rest: &[u8]) -> Option<&[u8]> {
    rest.first().is_none_or(|&b| b == 0 || is_space(b)).then_some(rest)
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => digit.saturating_sub(b'A') + 10,
    }
}

/// C's `isspace` in the C locale.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | 11 | 12 | b'\r')
}

trait TrimC {
    fn trim_ascii_start_c(&self) -> &Self;
}

impl TrimC for [u8] {
    fn trim_ascii_start_c(&self) -> &Self {
        let blanks = self.iter().take_while(|&&b| is_space(b)).count();
        self.get(blanks..).unwrap_or_default()
    }
}

/// The number at the beginning of `text`, as C's `atoi` reads it: 0 when there is none.
#[must_use]
pub fn leading_int(text: &str) -> i64 {
    let text = text.trim_start();
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let mut value: i64 = 0;
    for digit in digits.bytes().take_while(u8::is_ascii_digit) {
        value = value.saturating_mul(10).saturating_add(i64::from(digit - b'0'));
    }
    if negative { -value } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Option<Vec<String>> {
        Some(
            split_words(line.as_bytes())?
                .iter()
                .map(|w| String::from_utf8_lossy(w).into_owned())
                .collect(),
        )
    }

    #[test]
    fn words_are_split_as_the_real_client_splits_them() {
        assert_eq!(words("  set  k 'a b' ").unwrap(), ["set", "k", "a b"]);
        assert_eq!(words(r#"set k "a\x41\n\"" "#).unwrap(), ["set", "k", "aA\n\""]);
        assert_eq!(words("foo\"bar\"").unwrap(), ["foobar"]);
        assert_eq!(words("").unwrap(), Vec::<String>::new());
        assert_eq!(words("\"a\"b"), None);
        assert_eq!(words("'open"), None);
    }

    #[test]
    fn strings_are_shown_with_c_escapes() {
        let mut out = Vec::new();
        push_quoted(&mut out, "\u{7}\n\0\"é~".as_bytes());
        assert_eq!(out, br#""\a\n\x00\"\xc3\xa9~""#);
    }

    #[test]
    fn numbers_are_read_as_c_reads_them() {
        assert_eq!(leading_int("12abc"), 12);
        assert_eq!(leading_int("-3"), -3);
        assert_eq!(leading_int("x"), 0);
        assert_eq!(leading_int("99999999999999999999"), i64::MAX);
    }
}
