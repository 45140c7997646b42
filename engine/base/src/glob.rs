//! Glob patterns, to the byte as `stringmatchlen` in util.c: `KEYS`, `SCAN … MATCH`, `PSUBSCRIBE`,
//! `CONFIG GET`, ACL rules.
//!
//! Redis recurses at every `*`. Only the last `*` ever needs a second try (what stood before it
//! has matched already as short as it can), so one saved position replaces the recursion, and no
//! pattern costs more than its length times the string's.

/// Whether `text` matches `pattern` as a whole. With `nocase`, ASCII letters match in either case.
///
/// `*` any bytes, `?` one byte, `[abc]`, `[a-z]`, `[^a]` sets, `\x` the byte `x` itself. As in
/// Redis an empty text matches only an empty pattern (not even `*`), and a set that is not closed
/// ends with the pattern.
#[must_use]
pub fn glob_match(pattern: &[u8], text: &[u8], nocase: bool) -> bool {
    let mut pat = 0;
    let mut at = 0;
    let mut retry: Option<(usize, usize)> = None;
    loop {
        if at == text.len() {
            return tail_is_empty(pattern, pat, text.is_empty());
        }
        let matched = match pattern.get(pat) {
            None => None,
            Some(b'*') => {
                while pattern.get(pat) == Some(&b'*') {
                    pat += 1;
                }
                if pat == pattern.len() {
                    return true;
                }
                retry = Some((pat, at));
                continue;
            }
            Some(_) => one_byte(pattern, pat, text[at], nocase),
        };
        match (matched, retry) {
            (Some(next), _) => {
                pat = next;
                at += 1;
            }
            (None, Some((star, start))) => {
                pat = star;
                at = start + 1;
                retry = Some((star, at));
                // The rest after a `*` is never tried on nothing: it would need a byte.
                if at == text.len() {
                    return false;
                }
            }
            (None, None) => return false,
        }
    }
}

/// The text is used up: only stars may be left, and not even those when there was no text at all.
fn tail_is_empty(pattern: &[u8], pat: usize, no_text: bool) -> bool {
    let rest = &pattern[pat.min(pattern.len())..];
    if no_text { rest.is_empty() } else { rest.iter().all(|&b| b == b'*') }
}

/// Matches one byte against the pattern element at `pat`; the position after the element.
fn one_byte(pattern: &[u8], pat: usize, byte: u8, nocase: bool) -> Option<usize> {
    match pattern[pat] {
        b'?' => Some(pat + 1),
        b'[' => set(pattern, pat + 1, byte, nocase),
        b'\\' if pat + 1 < pattern.len() => same(pattern[pat + 1], byte, nocase).then_some(pat + 2),
        plain => same(plain, byte, nocase).then_some(pat + 1),
    }
}

/// Matches one byte against the set whose inside begins at `pat`.
fn set(pattern: &[u8], mut pat: usize, byte: u8, nocase: bool) -> Option<usize> {
    let not = pattern.get(pat) == Some(&b'^');
    if not {
        pat += 1;
    }
    let mut found = false;
    loop {
        let rest = pattern.get(pat..).unwrap_or_default();
        match *rest {
            [] => break,
            [b'\\', plain, ..] => {
                // An escaped byte in a set is compared with its case even when the rest is not.
                found |= plain == byte;
                pat += 2;
            }
            [b']', ..] => {
                pat += 1;
                break;
            }
            [from, b'-', to, ..] => {
                found |= in_range(from, to, byte, nocase);
                pat += 3;
            }
            [plain, ..] => {
                found |= same(plain, byte, nocase);
                pat += 1;
            }
        }
    }
    (found != not).then_some(pat)
}

/// Bytes are compared as C's signed `char`, and a range that runs backwards is turned round.
fn in_range(from: u8, to: u8, byte: u8, nocase: bool) -> bool {
    let signed = |b: u8| b as i8;
    let (mut low, mut high) = (signed(from).min(signed(to)), signed(from).max(signed(to)));
    let mut byte = signed(byte);
    if nocase {
        for b in [&mut low, &mut high, &mut byte] {
            *b = (*b as u8).to_ascii_lowercase() as i8;
        }
    }
    (low..=high).contains(&byte)
}

fn same(a: u8, b: u8, nocase: bool) -> bool {
    if nocase { a.eq_ignore_ascii_case(&b) } else { a == b }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_documentation_of_keys() {
        for (pattern, yes, no) in [
            ("h?llo", "hallo", "hllo"),
            ("h*llo", "heeeello", "hell"),
            ("h[ae]llo", "hello", "hillo"),
            ("h[^e]llo", "hallo", "hello"),
            ("h[a-b]llo", "hbllo", "hcllo"),
            ("h\\*llo", "h*llo", "hallo"),
            ("a*b*c", "axxbyyc", "axxcyyb"),
            ("[", "", "["),
            ("[^", "x", "xy"),
            ("[a-", "a", "b"),
            ("a[", "", "a["),
            ("x**", "x", ""),
            ("*a", "ba", "ab"),
        ] {
            assert!(
                yes.is_empty() || glob_match(pattern.as_bytes(), yes.as_bytes(), false),
                "{pattern} {yes}"
            );
            assert!(!glob_match(pattern.as_bytes(), no.as_bytes(), false), "{pattern} {no}");
        }
    }

    #[test]
    fn an_empty_text_matches_an_empty_pattern_only() {
        assert!(glob_match(b"", b"", false));
        assert!(!glob_match(b"*", b"", false));
        assert!(!glob_match(b"", b"a", false));
    }

    #[test]
    fn case_can_be_ignored() {
        assert!(glob_match(b"MAX*[A-Z]", b"maxmemory", true));
        assert!(!glob_match(b"MAX*", b"maxmemory", false));
    }

    #[test]
    fn many_stars_do_not_explode() {
        let pattern = b"a*".repeat(200);
        let text = vec![b'a'; 20_000];
        assert!(!glob_match(&[&pattern[..], b"b"].concat(), &text, false));
    }
}
