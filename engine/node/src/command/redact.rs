//! Secrets in commands, which the slow log and MONITOR do not show
//! (`redactClientCommandArgument` in networking.c).

use super::args::is;
use crate::config::is_sensitive;

const REDACTED: &[u8] = b"(redacted)";

/// The words with the secrets among them covered; `None` when there is none.
pub(crate) fn redacted(words: &[&[u8]]) -> Option<Vec<Vec<u8>>> {
    let (name, rest) = words.split_first()?;
    let mut secret = Vec::new();
    if is(name, "auth") {
        secret.extend(1..words.len());
    } else if is(name, "config") && rest.first().is_some_and(|word| is(word, "set")) {
        secret.extend((3..words.len()).step_by(2).filter(|i| is_sensitive(words[i - 1])));
    } else if is(name, "acl") && rest.first().is_some_and(|word| is(word, "setuser")) {
        secret.extend(2..words.len());
    } else if is(name, "migrate") || is(name, "hello") {
        for (i, word) in words.iter().enumerate().skip(1) {
            if is(word, "auth2") || (is(name, "hello") && is(word, "auth")) {
                secret.extend([i + 1, i + 2]);
            } else if is(word, "auth") {
                secret.push(i + 1);
            }
        }
    }
    if secret.is_empty() {
        return None;
    }
    let covered = |i: usize, word: &&[u8]| {
        if secret.contains(&i) { REDACTED.to_vec() } else { word.to_vec() }
    };
    Some(words.iter().enumerate().map(|(i, word)| covered(i, word)).collect())
}

#[cfg(test)]
mod tests {
    use super::redacted;

    #[test]
    fn secrets_are_covered_and_the_rest_is_shown() {
        for (line, shown) in [
            ("CONFIG SET masterauth x dir y", "CONFIG SET masterauth (redacted) dir y"),
            ("migrate h 1 k 0 9 AUTH p", "migrate h 1 k 0 9 AUTH (redacted)"),
            ("migrate h 1 k 0 9 AUTH2 u p", "migrate h 1 k 0 9 AUTH2 (redacted) (redacted)"),
            ("hello 3 auth u p", "hello 3 auth (redacted) (redacted)"),
            ("auth u p", "auth (redacted) (redacted)"),
            ("acl setuser a on", "acl setuser (redacted) (redacted)"),
        ] {
            let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
            let text = redacted(&words).expect("a secret").join(&b' ');
            assert_eq!(String::from_utf8_lossy(&text), shown);
        }
        assert_eq!(redacted(&[b"CONFIG", b"SET", b"dir", b"/"]), None);
    }
}
