//! Brace lists and ranges: `a/{b,c}` and `{0..5461}`, before anything else is expanded.

use super::ast::{Atom, Word};
use super::word::plain_char;

/// More words than this are not made of one.
const WORDS_MAX: usize = 100_000;

/// A word with more braces than this is left as it is.
const GROUPS_MAX: usize = 64;

/// All words that one word stands for; the word itself when it holds no brace list.
pub(crate) fn expand(word: Word) -> Vec<Word> {
    let opens = word.iter().filter(|a| plain_char(a) == Some('{')).count();
    if opens > GROUPS_MAX {
        return vec![word];
    }
    let Some((open, close)) = first_list(&word) else { return vec![word] };
    let inside = &word[open + 1..close];
    let parts = match range(inside) {
        Some(parts) => parts,
        None => split(inside),
    };
    let heads = &word[..open];
    let tails = expand(word[close + 1..].to_vec());
    let mut all = Vec::new();
    for part in parts {
        for middle in expand(part) {
            for tail in &tails {
                if all.len() >= WORDS_MAX {
                    return all;
                }
                all.push([heads, &middle, tail].concat());
            }
        }
    }
    all
}

/// The first pair of braces that holds a comma or a range.
fn first_list(word: &[Atom]) -> Option<(usize, usize)> {
    let opens = word.iter().enumerate().filter(|(_, a)| plain_char(a) == Some('{'));
    for (open, _) in opens {
        let mut depth = 0;
        let mut comma = false;
        for (i, atom) in word.iter().enumerate().skip(open) {
            match plain_char(atom) {
                Some('{') => depth += 1,
                Some(',') if depth == 1 => comma = true,
                Some('}') => {
                    depth -= 1;
                    if depth == 0 {
                        if comma || range(&word[open + 1..i]).is_some() {
                            return Some((open, i));
                        }
                        break;
                    }
                }
                _ => {}
            }
        }
    }
    None
}

fn split(inside: &[Atom]) -> Vec<Word> {
    let mut parts = vec![Word::new()];
    let mut depth = 0;
    for atom in inside {
        match plain_char(atom) {
            Some(',') if depth == 0 => {
                parts.push(Word::new());
                continue;
            }
            Some('{') => depth += 1,
            Some('}') => depth -= 1,
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(atom.clone());
        }
    }
    parts
}

/// `0..5461`, `a..e`, `0..10..2`, `01..10`.
fn range(inside: &[Atom]) -> Option<Vec<Word>> {
    let text: String = inside.iter().map(plain_char).collect::<Option<_>>()?;
    let parts: Vec<&str> = text.split("..").collect();
    let (from, to, step) = match parts.as_slice() {
        [from, to] => (*from, *to, 1),
        [from, to, step] => (*from, *to, step.parse::<i64>().ok()?.unsigned_abs().max(1)),
        _ => return None,
    };
    let step = i64::try_from(step).ok()?;
    let word = |text: String| text.chars().map(Atom::Quoted).collect::<Word>();
    if let (Ok(a), Ok(b)) = (from.parse::<i64>(), to.parse::<i64>()) {
        let padded = |t: &str| {
            t.trim_start_matches('-').len() > 1 && t.trim_start_matches('-').starts_with('0')
        };
        let width = if padded(from) || padded(to) { from.len().max(to.len()) } else { 0 };
        return Some(count(a, b, step).map(|n| word(format!("{n:0width$}"))).collect());
    }
    let one = |t: &str| {
        let mut chars = t.chars();
        chars.next().filter(|c| c.is_ascii_alphabetic() && chars.next().is_none())
    };
    let (a, b) = (i64::from(u32::from(one(from)?)), i64::from(u32::from(one(to)?)));
    let letter = |n: i64| u32::try_from(n).ok().and_then(char::from_u32).unwrap_or('?');
    Some(count(a, b, step).map(|n| word(letter(n).to_string())).collect())
}

fn count(a: i64, b: i64, step: i64) -> impl Iterator<Item = i64> {
    let steps = (a.abs_diff(b) / step.unsigned_abs()).min(WORDS_MAX as u64) as i64;
    let sign = if b < a { -1 } else { 1 };
    (0..=steps).map(move |i| a + sign * step * i)
}

#[cfg(test)]
mod tests {
    use super::super::word::{any_char, take_word};
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let text: Vec<char> = text.chars().collect();
        expand(take_word(&text, 0).unwrap().0)
            .iter()
            .map(|w| w.iter().filter_map(any_char).collect())
            .collect()
    }

    #[test]
    fn lists_ranges_and_what_is_neither() {
        assert_eq!(words("a/{b,c}/d"), ["a/b/d", "a/c/d"]);
        assert_eq!(words("{1..3}"), ["1", "2", "3"]);
        assert_eq!(words("{3..1}"), ["3", "2", "1"]);
        assert_eq!(words("{08..10}"), ["08", "09", "10"]);
        assert_eq!(words("{a..c}{1,2}"), ["a1", "a2", "b1", "b2", "c1", "c2"]);
        assert_eq!(words("{a,{b,c}}"), ["a", "b", "c"]);
        assert_eq!(words("{0..6..3}"), ["0", "3", "6"]);
        assert_eq!(words("{user1000}.following"), ["{user1000}.following"]);
        assert_eq!(words("foo{}{bar}"), ["foo{}{bar}"]);
        assert_eq!(words("'{a,b}'"), ["{a,b}"]);
        assert_eq!(words("{0..16383}").len(), 16384);
        assert_eq!(words("{,x}a"), ["a", "xa"]);
    }
}
