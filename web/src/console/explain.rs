//! What a line of output means: whose rule spoke and what to try, or what each word of a
//! `CLUSTER NODES` line stands for.

/// A piece of a line and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    /// The piece, as it stands in the line.
    pub piece: String,
    /// A key of the catalogue.
    pub key: &'static str,
}

/// Errors by how they begin; of two that fit the first one counts.
const ERRORS: [(&str, &str); 14] = [
    ("MOVED ", "explain-moved"),
    ("ASK ", "explain-ask"),
    ("TRYAGAIN", "explain-tryagain"),
    ("CROSSSLOT", "explain-crossslot"),
    ("CLUSTERDOWN Hash slot not served", "explain-unserved"),
    ("CLUSTERDOWN The cluster is down and only accepts read", "explain-readonly-down"),
    ("CLUSTERDOWN", "explain-down"),
    ("READONLY", "explain-readonly"),
    ("MASTERDOWN", "explain-masterdown"),
    ("LOADING", "explain-loading"),
    ("NOREPLICAS", "explain-noreplicas"),
    ("DENIED", "explain-denied"),
    ("NOAUTH", "explain-noauth"),
    ("WRONGTYPE", "explain-wrongtype"),
];

/// The words of a `CLUSTER NODES` line, in order.
const WORDS: [&str; 8] = [
    "explain-id",
    "explain-address",
    "explain-flags",
    "explain-master",
    "explain-ping",
    "explain-pong",
    "explain-epoch",
    "explain-link",
];

/// What there is to say of a line; nothing of most.
pub(crate) fn explain(line: &str) -> Vec<Note> {
    let one = |piece: &str, key| vec![Note { piece: piece.trim().to_owned(), key }];
    if let Some(redirected) = line.strip_prefix("-> Redirected to slot") {
        return one(&format!("-> {}", redirected.trim()), "explain-redirected");
    }
    // An interactive redis-cli, another program, or a raw reply.
    let error = line.strip_prefix("(error) ").or_else(|| line.strip_prefix("-"));
    let error = error.unwrap_or(line);
    if let Some((_, key)) = ERRORS.iter().find(|(begins, _)| error.starts_with(begins)) {
        return one(error, key);
    }
    nodes(line).unwrap_or_default()
}

fn nodes(line: &str) -> Option<Vec<Note>> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let id = words.first()?;
    if words.len() < WORDS.len() || id.len() != 40 || !id.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let note = |(piece, key): (&&str, &&'static str)| Note { piece: (*piece).to_owned(), key };
    let mut notes: Vec<Note> = words.iter().zip(&WORDS).map(note).collect();
    let slots = &words[WORDS.len()..];
    if !slots.is_empty() {
        let moving = slots.iter().any(|s| s.starts_with('['));
        let key = if moving { "explain-slots-moving" } else { "explain-slots" };
        notes.push(Note { piece: slots.join(" "), key });
    }
    Some(notes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::{Lang, Text};

    fn keys(line: &str) -> Vec<&'static str> {
        explain(line).into_iter().map(|n| n.key).collect()
    }

    #[test]
    fn each_error_is_told_from_the_others() {
        assert_eq!(keys("(error) MOVED 12182 192.168.40.2:6380"), ["explain-moved"]);
        assert_eq!(keys("(error) CLUSTERDOWN The cluster is down"), ["explain-down"]);
        assert_eq!(keys("(error) CLUSTERDOWN Hash slot not served"), ["explain-unserved"]);
        let only = "(error) CLUSTERDOWN The cluster is down and only accepts read commands";
        assert_eq!(keys(only), ["explain-readonly-down"]);
        let went = "-> Redirected to slot [12182] located at 192.168.40.2:6380";
        assert_eq!(keys(went), ["explain-redirected"]);
        for plain in ["OK", "(nil)", "ASKING", "(error) ERR syntax error", ""] {
            assert_eq!(keys(plain), Vec::<&str>::new(), "{plain}");
        }
    }

    #[test]
    fn each_word_of_cluster_nodes_has_its_meaning() {
        let id = "a5a381d1196111a5a381d1196111a5a381d11961";
        let line =
            format!("{id} 192.168.40.5:6380@16380 master - 0 1655 5 connected 0-5461 [9->-{id}]");
        let notes = explain(&line);
        assert_eq!(notes.len(), 9);
        assert_eq!((notes[2].piece.as_str(), notes[2].key), ("master", "explain-flags"));
        assert_eq!(notes[8].key, "explain-slots-moving");
        assert_eq!(keys(&format!("{id} and some words")), Vec::<&str>::new());
    }

    #[test]
    fn all_that_is_said_is_in_the_catalogue() {
        let text = Text::new(Lang::En);
        let more = ["explain-redirected", "explain-slots", "explain-slots-moving"];
        for key in ERRORS.iter().map(|e| e.1).chain(WORDS).chain(more) {
            assert_ne!(text.get(key), key);
        }
    }
}
