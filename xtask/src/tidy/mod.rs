//! The house rules that no compiler checks, each in its own file: `fn(&Tree) -> Vec<Complaint>`.

mod crates;
mod engine;
mod length;
mod links;
mod rules;
mod styles;
mod traces;
mod tree;

use anyhow::{Result, bail};

pub(crate) use tree::Tree;

/// A broken rule: where, and what to do about it.
#[derive(Debug, PartialEq)]
pub(crate) struct Complaint {
    /// Path from the root of the workspace.
    path: String,
    /// From 1; 0 speaks of the file as a whole.
    line: usize,
    text: String,
}

impl Complaint {
    fn new(path: &str, line: usize, text: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, text: text.into() }
    }
}

/// A house rule.
type Rule = fn(&Tree) -> Vec<Complaint>;

const RULES: [(&str, Rule); 7] = [
    ("length", length::check),
    ("crates", crates::check),
    ("engine", engine::check),
    ("links", links::check),
    ("rules", rules::check),
    ("styles", styles::check),
    ("traces", traces::check),
];

/// Does `word` stand in `code`, not as a part of a longer name?
pub(crate) fn has_word(code: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word)
        .any(|(at, _)| !code[..at].ends_with(part) && !code[at + word.len()..].starts_with(part))
}

/// Prints every complaint.
///
/// # Errors
/// There are some.
pub(crate) fn report() -> Result<()> {
    let tree = Tree::read()?;
    let mut count = 0;
    for (rule, check) in RULES {
        for Complaint { path, line, text } in check(&tree) {
            eprintln!("{path}:{line}: {text} [{rule}]");
            count += 1;
        }
    }
    if count > 0 {
        bail!("{count} house rules broken");
    }
    println!("tidy: {} files, {} rules, nothing to complain about", tree.len(), RULES.len());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_tidy() {
        let tree = Tree::read().expect("the workspace");
        for (rule, check) in RULES {
            assert_eq!(check(&tree), [], "{rule}");
        }
    }
}
