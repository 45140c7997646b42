//! Single characters of a pattern: classes (`%a`), sets (`[a-z%d]`), a dot, or themselves.

use super::pattern::{PatternError, byte};

/// Where the item that begins at `p` ends.
pub(crate) fn class_end(pattern: &[u8], p: usize) -> Result<usize, PatternError> {
    match byte(pattern, p) {
        b'%' if byte(pattern, p + 1) == 0 => Err(PatternError::EndsWithPercent),
        b'%' => Ok(p + 2),
        b'[' => set_end(pattern, p + 1),
        _ => Ok(p + 1),
    }
}

fn set_end(pattern: &[u8], mut p: usize) -> Result<usize, PatternError> {
    if byte(pattern, p) == b'^' {
        p += 1;
    }
    // What stands first is in the set, be it `]`.
    loop {
        let c = byte(pattern, p);
        if c == 0 {
            return Err(PatternError::MissingBracket);
        }
        p += 1;
        if c == b'%' && byte(pattern, p) != 0 {
            p += 1;
        }
        if byte(pattern, p) == b']' {
            return Ok(p + 1);
        }
    }
}

/// Whether `c` is the item `p..end`.
#[inline]
pub(crate) fn single(c: u8, pattern: &[u8], p: usize, end: usize) -> bool {
    match byte(pattern, p) {
        b'.' => true,
        b'%' => in_class(c, byte(pattern, p + 1)),
        b'[' => in_set(c, pattern, p, end - 1),
        literal => literal == c,
    }
}

/// Whether `c` is in the set between `[` at `p` and `]` at `last`.
pub(crate) fn in_set(c: u8, pattern: &[u8], mut p: usize, last: usize) -> bool {
    let mut found = true;
    if byte(pattern, p + 1) == b'^' {
        found = false;
        p += 1;
    }
    p += 1;
    while p < last {
        let here = byte(pattern, p);
        if here == b'%' {
            p += 1;
            if in_class(c, byte(pattern, p)) {
                return found;
            }
        } else if byte(pattern, p + 1) == b'-' && p + 2 < last {
            p += 2;
            if (here..=byte(pattern, p)).contains(&c) {
                return found;
            }
        } else if here == c {
            return found;
        }
        p += 1;
    }
    !found
}

/// Whether `c` is in the class of the letter; a capital letter is the opposite, any other character itself.
fn in_class(c: u8, letter: u8) -> bool {
    let is = match letter.to_ascii_lowercase() {
        b'a' => c.is_ascii_alphabetic(),
        b'c' => c.is_ascii_control(),
        b'd' => c.is_ascii_digit(),
        b'l' => c.is_ascii_lowercase(),
        b'p' => c.is_ascii_punctuation(),
        b's' => matches!(c, b' ' | b'\t'..=b'\r'),
        b'u' => c.is_ascii_uppercase(),
        b'w' => c.is_ascii_alphanumeric(),
        b'x' => c.is_ascii_hexdigit(),
        b'z' => c == 0,
        _ => return letter == c,
    };
    is == letter.is_ascii_lowercase()
}
