//! What is wrong with a lesson, in the reader's language.
//!
//! The code says a mistake in English; the catalogue has each of these sentences with blanks, and beside it
//! the Chinese one. A test holds every sentence of the reader against it.

use super::error::ContentError;

/// `English => 中文` a line. `{}` is filled with what stands there, `{*}` with its own translation.
const CHINESE: &str = include_str!("../../content/mistakes.zh-CN.txt");
/// Sentences in sentences.
const DEPTH_MAX: usize = 3;

/// A sentence of the reader or the checker in a language; in English, when the catalogue has none.
#[must_use]
pub fn told(language: &str, english: &str) -> String {
    if language == "zh-CN" {
        chinese(english, DEPTH_MAX).unwrap_or_else(|| english.to_owned())
    } else {
        english.to_owned()
    }
}

impl ContentError {
    /// Place, problem and remedy in a language.
    #[must_use]
    pub fn told(&self, language: &str) -> String {
        if language != "zh-CN" {
            return self.to_string();
        }
        // What is in no catalogue is a sentence of the TOML parser.
        let problem = chinese(&self.problem, DEPTH_MAX)
            .unwrap_or_else(|| format!("TOML 写得不对（{}）", self.problem));
        let remedy = told(language, &self.remedy);
        format!("{}:{}: {problem}；{remedy}", self.file, self.line)
    }
}

fn chinese(english: &str, depth: usize) -> Option<String> {
    if depth == 0 {
        return None;
    }
    // What was printed stands below the sentence, as it is.
    if let Some((sentence, printed)) = english.split_once('\n') {
        return Some(format!("{}\n{printed}", chinese(sentence, depth)?));
    }
    let entries = CHINESE.lines().filter_map(|line| line.split_once(" => "));
    // The sentence that leaves the least to its blanks is the one.
    let best = entries
        .filter_map(|(template, words)| Some((template, words, blanks(template, english)?)))
        .min_by_key(|(_, _, found)| found.iter().map(|(text, _)| text.len()).sum::<usize>());
    let Some((_, words, found)) = best else {
        // `WHOSE: what is wrong there`
        let (owner, rest) = english.split_once(": ")?;
        return Some(format!("{owner}：{}", chinese(rest, depth - 1)?));
    };
    let mut out = String::new();
    let mut rest = words;
    for (text, is_sentence) in found {
        let mark = if is_sentence { "{*}" } else { "{}" };
        let (before, after) = rest.split_once(mark)?;
        out.push_str(before);
        let own = if is_sentence { chinese(text, depth - 1) } else { None };
        out.push_str(own.as_deref().unwrap_or(text));
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

/// What stands in the blanks, and whether it is a sentence of its own; `None` when the text is another one.
fn blanks<'a>(template: &str, text: &'a str) -> Option<Vec<(&'a str, bool)>> {
    let (first, mut template) = next_blank(template);
    let mut rest = text.strip_prefix(first)?;
    let mut found = Vec::new();
    while let Some((is_sentence, after)) = template {
        let (literal, more) = next_blank(after);
        let end = match more {
            None => rest.len().checked_sub(literal.len()).filter(|_| rest.ends_with(literal))?,
            Some(_) => rest.find(literal)?,
        };
        found.push((&rest[..end], is_sentence));
        rest = &rest[end + literal.len()..];
        template = more;
    }
    rest.is_empty().then_some(found)
}

/// The words before the next blank; the blank, and what follows it.
fn next_blank(template: &str) -> (&str, Option<(bool, &str)>) {
    let plain = template.find("{}").map(|at| (at, false, 2));
    let sentence = template.find("{*}").map(|at| (at, true, 3));
    match plain.into_iter().chain(sentence).min() {
        None => (template, None),
        Some((at, is_sentence, len)) => {
            (&template[..at], Some((is_sentence, &template[at + len..])))
        }
    }
}
