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
    // Where the plain words begin that are not in a piece yet, and up to where all is looked through.
    let (mut plain, mut looked) = (0, 0);
    for (at, _) in text.char_indices() {
        let found = (at >= looked).then(|| longest(terms, text, at)).flatten();
        let Some((length, meaning)) = found else { continue };
        looked = at + length;
        // One that was told hides the shorter ones in it all the same.
        if told.contains(&meaning) {
            continue;
        }
        if plain < at {
            out.push(Piece::Plain(&text[plain..at]));
        }
        out.push(Piece::Term(&text[at..looked], meaning));
        told.push(meaning);
        plain = looked;
    }
    if plain < text.len() {
        out.push(Piece::Plain(&text[plain..]));
    }
    out
}

/// The longest term that begins at a place: how long, its meaning.
fn longest(terms: &[Term], text: &str, at: usize) -> Option<(usize, &'static str)> {
    let rest = text.get(at..)?;
    let words = terms.iter().flat_map(|term| term.words.iter().map(move |word| (word, term)));
    words
        .filter(|(word, _)| rest.starts_with(**word) && stands_alone(text, at, word))
        .map(|(word, term)| (word.len(), term.meaning))
        .max_by_key(|(length, _)| *length)
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
        // A term in a longer one that was explained is no term there.
        let text = "主节点是节点，主节点有槽";
        let found = pieces(&terms("zh-CN"), text, &mut Vec::new());
        let words = found.iter().filter_map(|p| match p {
            Piece::Term(word, _) => Some((*word, word.as_ptr() as usize - text.as_ptr() as usize)),
            Piece::Plain(_) => None,
        });
        assert_eq!(words.collect::<Vec<_>>(), [("主节点", 0), ("节点", 12), ("槽", 33)]);
        assert!(terms("en").len() > 15 && terms("zh-CN").len() > 15);
    }
}
