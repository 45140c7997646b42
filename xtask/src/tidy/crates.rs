//! Which crate must not know which: the arrows of ARCHITECTURE.md point one way.

use super::{Complaint, Tree};

/// A crate's folder and the crates that its `[dependencies]` must never name.
struct MustNot {
    folder: &'static str,
    know: &'static [&'static str],
    why: &'static str,
}

/// What no part of the engine may depend on.
const OUTSIDE: &[&str] =
    &["tokio", "yew", "web-sys", "js-sys", "wasm-bindgen", "getrandom", "rand"];
const ABOVE_NODE: &[&str] =
    &["engine", "engine-node", "engine-client", "engine-sim", "engine-shell", "lessons", "web"];
const LUA: &[&str] = &["engine-store", "engine-bus", "engine-resp", "engine-node", "engine", "web"];
const ABOVE_SIM: &[&str] = &["engine", "engine-shell", "lessons", "web", "native-node"];

const RULES: [MustNot; 12] = [
    MustNot { folder: "engine/base", know: ABOVE_NODE, why: "everything stands on it" },
    MustNot { folder: "engine/resp", know: ABOVE_NODE, why: "a codec knows bytes only" },
    MustNot { folder: "engine/bus", know: ABOVE_NODE, why: "a codec knows bytes only" },
    MustNot { folder: "engine/lua", know: LUA, why: "a language knows no server" },
    MustNot { folder: "engine/store", know: ABOVE_NODE, why: "keys know no cluster" },
    MustNot {
        folder: "engine/node",
        know: &["engine", "engine-client", "engine-sim", "engine-shell", "lessons", "web"],
        why: "a node cannot tell a simulated world from a real one",
    },
    MustNot {
        folder: "engine/client",
        know: &["engine", "engine-node", "engine-sim", "engine-shell", "lessons", "web"],
        why: "redis-cli knows servers by their replies alone",
    },
    MustNot {
        folder: "engine/sim",
        know: ABOVE_SIM,
        why: "the world knows nobody who looks at it",
    },
    MustNot {
        folder: "engine/shell",
        know: &["engine", "lessons", "web", "native-node"],
        why: "the shell runs in the world, for whoever looks at it",
    },
    MustNot {
        folder: "lessons",
        know: &["web", "web-sys", "js-sys", "yew", "native-node"],
        why: "lessons run without a page",
    },
    MustNot {
        folder: "native-node",
        know: &["engine-sim", "engine-shell", "lessons", "web"],
        why: "a real node drives the engine, not the sandbox",
    },
    MustNot { folder: "web", know: &["native-node", "tokio"], why: "a page has no sockets" },
];

pub(super) fn check(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for rule in &RULES {
        let path = format!("{}/Cargo.toml", rule.folder);
        let Some(manifest) = tree.get(&path) else {
            complaints.push(Complaint::new(&path, 0, "this crate is gone: mend the rule"));
            continue;
        };
        let outside = if rule.folder.starts_with("engine/") { OUTSIDE } else { &[] };
        for (line, name) in dependencies(manifest) {
            if rule.know.contains(&name) || outside.contains(&name) {
                let text = format!("must not know {name}: {}", rule.why);
                complaints.push(Complaint::new(&path, line, text));
            }
        }
    }
    for (path, manifest) in tree.ending("Cargo.toml") {
        if manifest.contains("\n[package]") || manifest.starts_with("[package]") {
            let linted = manifest.contains("[lints]\nworkspace = true");
            // What is a workspace of its own has no table to take them from.
            let own = manifest.contains("\n[workspace]\n");
            if !linted && !own {
                complaints.push(Complaint::new(path, 0, "lacks [lints] workspace = true"));
            }
        }
    }
    complaints
}

/// Line and name of every entry of `[dependencies]` (not of `[dev-dependencies]`).
fn dependencies(manifest: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut inside = false;
    manifest.lines().enumerate().filter_map(move |(at, line)| {
        let line = line.trim();
        if let Some(header) = line.strip_prefix('[') {
            inside = header.ends_with("dependencies]") && !header.contains("dev-dependencies");
            return None;
        }
        let name = line.split(['.', '=', ' ']).next().unwrap_or("");
        (inside && !name.is_empty() && !name.starts_with('#')).then_some((at + 1, name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forbidden_arrow_is_found_and_a_test_may_look_further() {
        let manifest = "[package]\nname = \"engine-node\"\n[lints]\nworkspace = true\n\
                        [dependencies]\nengine-sim.workspace = true\ntokio = \"1\"\n\
                        [dev-dependencies]\nengine-shell.workspace = true\n";
        let tree = Tree::of(&[("engine/node/Cargo.toml", manifest)]);
        let found: Vec<(usize, String)> = check(&tree)
            .into_iter()
            .filter(|complaint| complaint.path == "engine/node/Cargo.toml")
            .map(|complaint| (complaint.line, complaint.text))
            .collect();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].0 == 6 && found[0].1.contains("engine-sim"));
        assert!(found[1].0 == 7 && found[1].1.contains("tokio"));
    }
}
