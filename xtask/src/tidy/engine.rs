//! The engine has no clock, no randomness, no threads and no I/O of its own. clippy's disallowed types
//! (engine/clippy.toml) see through imports; this sees what stands behind a `cfg` or in a macro too.

use super::{Complaint, Tree, has_word};

const BANNED: [(&str, &str); 12] = [
    ("std::time::Instant", "time is handed in: engine_base::Mono"),
    ("SystemTime", "time is handed in: engine_base::UnixMs"),
    ("HashMap", "its order differs between platforms: BTreeMap or IndexMap"),
    ("HashSet", "its order differs between platforms: BTreeSet or IndexSet"),
    ("RandomState", "randomness is handed in: engine_base::Rng"),
    ("std::thread", "one state machine, one order"),
    ("std::fs", "a driver does I/O"),
    ("std::env", "configuration is handed in"),
    ("std::process", "a driver does I/O"),
    ("TcpStream", "a driver does I/O"),
    ("TcpListener", "a driver does I/O"),
    ("getrandom", "randomness is handed in: engine_base::Rng"),
];

pub(super) fn check(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (path, text) in tree.ending(".rs") {
        if !path.starts_with("engine/") || !path.contains("/src/") {
            continue;
        }
        for (at, line) in text.lines().enumerate() {
            // Tests stand last in a file and run natively.
            if line.trim() == "#[cfg(test)]" {
                break;
            }
            let code = line.split("//").next().unwrap_or("");
            for (word, instead) in BANNED {
                if has_word(code, word) {
                    complaints.push(Complaint::new(path, at + 1, format!("{word}: {instead}")));
                }
            }
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn banned_words_are_found_in_code_but_not_in_remarks_longer_names_or_tests() {
        let text = "// no HashMap here\nuse std::collections::HashMap;\nstruct MyHashMap;\n\
                    #[cfg(test)]\nmod tests { use std::fs; }\n";
        let tree = Tree::of(&[("engine/node/src/a.rs", text), ("web/src/b.rs", text)]);
        let found: Vec<(String, usize)> =
            check(&tree).into_iter().map(|complaint| (complaint.path, complaint.line)).collect();
        assert_eq!(found, [("engine/node/src/a.rs".to_owned(), 2)]);
    }
}
