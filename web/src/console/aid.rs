//! Help with the line being typed: completion, and grey hints as redis-cli gives them.

use yew::Callback;

/// What the world knows about a line: asked with the tab and the line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Aid {
    /// Whole lines that it may become.
    pub complete: Callback<(usize, String), Vec<String>>,
    /// What redis-cli shows behind it.
    pub hint: Callback<(usize, String), Option<String>>,
}

/// A hint and the line that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hint {
    /// What is typed.
    pub line: String,
    /// What is shown behind it.
    pub words: String,
}

impl Aid {
    /// The line made as long as all of its completions agree; `None` when that adds nothing.
    pub(crate) fn widen(&self, tab: usize, line: &str) -> Option<String> {
        let wider = common(&self.complete.emit((tab, line.to_owned())));
        (wider.len() > line.len()).then_some(wider)
    }

    /// The hint for a line.
    pub(crate) fn hint(&self, tab: usize, line: &str) -> Option<Hint> {
        if line.is_empty() {
            return None;
        }
        let words = self.hint.emit((tab, line.to_owned())).filter(|w| !w.is_empty())?;
        Some(Hint { line: line.to_owned(), words })
    }
}

/// What all of these begin with, letter case aside.
fn common(lines: &[String]) -> String {
    let Some((first, rest)) = lines.split_first() else { return String::new() };
    let mut common: Vec<char> = first.chars().collect();
    for line in rest {
        let same = common.iter().zip(line.chars()).take_while(|(a, b)| a.eq_ignore_ascii_case(b));
        let same = same.count();
        common.truncate(same);
    }
    common.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_grows_as_far_as_all_agree() {
        let lines = |l: &[&str]| l.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        assert_eq!(common(&lines(&["cluster nodes", "CLUSTER NODE"])), "cluster node");
        assert_eq!(common(&lines(&["ls "])), "ls ");
        assert_eq!(common(&[]), "");
    }
}
