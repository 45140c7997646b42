//! Pathname patterns: `*.conf`, `redis_63?0`, `[ab]*`.

/// One character of a pattern and whether it means itself.
pub(crate) type PatternChar = (char, bool);

/// Whether a pattern holds anything to expand.
pub(crate) fn is_pattern(word: &[PatternChar]) -> bool {
    word.iter().any(|(c, quoted)| !quoted && "*?[".contains(*c))
}

/// Whether a name fits one part of a pattern (no slashes in either). Only the last star is ever
/// tried again, so the time is bounded by the product of the lengths.
pub(crate) fn fits(pattern: &[PatternChar], name: &[char]) -> bool {
    let (mut rest, mut at) = (pattern, 0);
    let mut again: Option<(&[PatternChar], usize)> = None;
    loop {
        if let Some((('*', false), after)) = rest.split_first() {
            again = Some((after, at));
            rest = after;
            continue;
        }
        let matched = match (rest.is_empty(), name.get(at)) {
            (true, None) => return true,
            (false, Some(c)) => one(rest, *c),
            _ => None,
        };
        match (matched, again) {
            (Some(after), _) => {
                rest = after;
                at += 1;
            }
            (None, Some((after, from))) if from < name.len() => {
                again = Some((after, from + 1));
                rest = after;
                at = from + 1;
            }
            (None, _) => return false,
        }
    }
}

/// The pattern behind its first part, when that fits the character.
fn one(pattern: &[PatternChar], c: char) -> Option<&[PatternChar]> {
    let ((first, quoted), rest) = pattern.split_first()?;
    match (first, quoted) {
        ('?', false) => Some(rest),
        ('[', false) => match set(rest) {
            Some((not, members, after)) => {
                let inside = members.iter().any(|(a, b)| (*a..=*b).contains(&c));
                (inside != not).then_some(after)
            }
            None => (c == '[').then_some(rest),
        },
        (own, _) => (*own == c).then_some(rest),
    }
}

type Set<'a> = (bool, Vec<(char, char)>, &'a [PatternChar]);

/// `abc]`, `a-z]`, `!x]`: whether it is turned around, its ranges, and what follows.
fn set(rest: &[PatternChar]) -> Option<Set<'_>> {
    let not = matches!(rest.first(), Some(('!' | '^', false)));
    let body = &rest[usize::from(not)..];
    let end = 1 + body.iter().skip(1).position(|p| *p == (']', false))?;
    let mut members = Vec::new();
    let mut i = 0;
    while i < end {
        if i + 2 < end && body[i + 1].0 == '-' {
            members.push((body[i].0, body[i + 2].0));
            i += 3;
        } else {
            members.push((body[i].0, body[i].0));
            i += 1;
        }
    }
    Some((not, members, &body[end + 1..]))
}

/// The paths that fit, in order; `list` gives the names in a folder, `None` when it is none.
pub(crate) fn expand(
    pattern: &[PatternChar],
    list: &dyn Fn(&str) -> Option<Vec<String>>,
) -> Vec<String> {
    let absolute = pattern.first().is_some_and(|p| p.0 == '/');
    let parts: Vec<&[PatternChar]> =
        pattern.split(|p| p.0 == '/').filter(|part| !part.is_empty()).collect();
    let mut found = vec![if absolute { "/".to_owned() } else { String::new() }];
    for part in parts {
        let literal: String = part.iter().map(|p| p.0).collect();
        let mut next = Vec::new();
        for base in found {
            let join = |name: &str| match base.as_str() {
                "" => name.to_owned(),
                base if base.ends_with('/') => format!("{base}{name}"),
                base => format!("{base}/{name}"),
            };
            if !is_pattern(part) {
                next.push(join(&literal));
                continue;
            }
            let hidden = literal.starts_with('.');
            let folder = if base.is_empty() { "." } else { &base };
            for name in list(folder).unwrap_or_default() {
                let chars: Vec<char> = name.chars().collect();
                if (hidden || !name.starts_with('.')) && fits(part, &chars) {
                    next.push(join(&name));
                }
            }
        }
        found = next;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, name: &str) -> bool {
        let pattern: Vec<_> = pattern.chars().map(|c| (c, false)).collect();
        fits(&pattern, &name.chars().collect::<Vec<_>>())
    }

    #[test]
    fn patterns_fit_names() {
        assert!(matches("redis_63?0*", "redis_6380.conf"));
        assert!(matches("[a-c]x", "bx") && !matches("[!a-c]x", "bx"));
        assert!(matches("a[", "a["));
        assert!(!matches("*.conf", "nodes.conf.bak"));
        assert!(!matches(&"*a".repeat(30), &"a".repeat(29)));
    }
}
