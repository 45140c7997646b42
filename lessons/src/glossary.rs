//! The course's terms and what they mean, for whoever meets one in a text.

/// A term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The words for it, the longest first.
    pub words: Vec<&'static str>,
    /// What it means, in a sentence or two.
    pub meaning: &'static str,
}

/// A piece of a text: plain, or a term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Words that stand as they are.
    Plain(&'a str),
    /// A term as it stands in the text, and what it means.
    Term(&'a str, &'static str),
}

const ENGLISH: &str = include_str!("../content/glossary.en.txt");
const CHINESE: &str = include_str!("../content/glossary.zh-CN.txt");

/// The terms of a language.
#[must_use]
pub fn terms(language: &str) -> Vec<Term> {
    let text = if language == "zh-CN" { CHINESE } else { ENGLISH };
    let term = |line: &'static str| {
        let (words, meaning) = line.split_once(": ")?;
        let mut words: Vec<&str> = words.split(", ").collect();
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        Some(Term { words, meaning })
    };
    text.lines().filter(|line| !line.starts_with('#')).filter_map(term).collect()
}

/// Finds the first place of each term in a text; `told` are the meanings that were given before,
/// and is added to.
#[must_use]
pub fn pieces<'a>(terms: &[Term], text: &'a str, told: &mut Vec<&'static str>) -> Vec<Piece<'a>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((at, word, meaning)) = first(terms, rest, text.len() - rest.len(), text, told) {
        let (before, from) = rest.split_at(at);
        let (found, after) = from.split_at(word);
        if !before.is_empty() {
            out.push(Piece::Plain(before));
        }
        out.push(Piece::Term(found, meaning));
        told.push(meaning);
        rest = after;
    }
    if !rest.is_empty() {
        out.push(Piece::Plain(rest));
    }
    out
}

/// The first term in `rest`, which begins at `offset` of `text`: where, how long, its meaning.
fn first(
    terms: &[Term],
    rest: &str,
    offset: usize,
    text: &str,
    told: &[&'static str],
) -> Option<(usize, usize, &'static str)> {
    let mut best: Option<(usize, usize, &'static str)> = None;
    for term in terms.iter().filter(|t| !told.contains(&t.meaning)) {
        for word in &term.words {
            let mut from = 0;
            while let Some(at) = rest.get(from..).and_then(|r| r.find(word)).map(|at| at + from) {
                let better = best.is_none_or(|(b, len, _)| at < b || (at == b && word.len() > len));
                if better && stands_alone(text, offset + at, word) {
                    best = Some((at, word.len(), term.meaning));
                }
                from = at + word.len();
            }
        }
    }
    best
}

/// A word of letters must not be a part of a longer one; Chinese has no such borders.
fn stands_alone(text: &str, at: usize, word: &str) -> bool {
    if !word.is_ascii() {
        return true;
    }
    let part =
        |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    let before = text.get(..at).and_then(|t| t.chars().next_back());
    let after = text.get(at + word.len()..).and_then(|t| t.chars().next());
    !part(before) && !part(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_term_is_explained_once_and_whole_words_only() {
        let terms = terms("en");
        let mut told = Vec::new();
        let found = pieces(&terms, "Nodeslots: a master has slots, a master is a node.", &mut told);
        let words: Vec<&str> = found
            .iter()
            .filter_map(|p| if let Piece::Term(word, _) = p { Some(*word) } else { None })
            .collect();
        assert_eq!(words, ["master", "slots", "node"]);
        let whole: String = found
            .iter()
            .map(|p| match p {
                Piece::Plain(text) | Piece::Term(text, _) => *text,
            })
            .collect();
        assert_eq!(whole, "Nodeslots: a master has slots, a master is a node.");
        assert!(
            pieces(&terms, "slots again", &mut told).iter().all(|p| matches!(p, Piece::Plain(_)))
        );
    }

    #[test]
    fn the_longest_term_is_meant() {
        let found = pieces(&terms("zh-CN"), "主节点的配置纪元变大了", &mut Vec::new());
        assert!(matches!(found[0], Piece::Term("主节点", _)), "{found:?}");
        assert!(matches!(found[2], Piece::Term("配置纪元", _)), "{found:?}");
        assert!(terms("en").len() > 15 && terms("zh-CN").len() > 15);
    }
}
