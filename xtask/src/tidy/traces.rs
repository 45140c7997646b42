//! No traces of anybody's machine, no notes to oneself, no sleeping tests.

use super::{Complaint, Tree, has_word};

/// Pieces of paths and hosts that only one machine has. Written in halves, or this file would
/// complain about itself.
const MACHINE: [&str; 7] = [
    concat!("/wo", "rk/"),
    concat!("/root/.", "cargo"),
    concat!("/root/.", "rustup"),
    concat!("arti", "factory"),
    concat!("/ho", "me/"),
    concat!("/tmp/", "bash"),
    concat!("C:\\Us", "ers"),
];
const NOTES: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
const SLEEPS: [&str; 2] = [concat!("waitFor", "Timeout"), concat!("setTime", "out(")];

pub(super) fn check(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (path, text) in tree.texts() {
        let sources = [".rs", ".mjs", ".css", ".html"].iter().any(|ending| path.ends_with(ending));
        for (at, line) in text.lines().enumerate() {
            let mut complain = |text: String| complaints.push(Complaint::new(path, at + 1, text));
            if let Some(trace) = MACHINE.iter().find(|trace| line.contains(**trace)) {
                complain(format!("{trace} exists on one machine only"));
            }
            if sources && let Some(note) = NOTES.iter().find(|note| has_word(line, note)) {
                complain(format!("{note}: do it, or open an issue"));
            }
            if path.starts_with("web/e2e/")
                && let Some(sleep) = SLEEPS.iter().find(|sleep| line.contains(**sleep))
            {
                complain(format!("{sleep}: wait on a state, not on a clock"));
            }
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_trace_is_found() {
        let path = format!("let p = \"{}me\";", MACHINE[4]);
        let note = format!("// {} later", NOTES[0]);
        let sleep = format!("await page.{}(5)", SLEEPS[0]);
        let tree = Tree::of(&[("a.toml", &path), ("b.rs", &note), ("web/e2e/c.mjs", &sleep)]);
        assert_eq!(check(&tree).len(), 3);
        assert_eq!(check(&Tree::of(&[("a.rs", "[root@db01 ~]# ls /root")])), []);
    }
}
