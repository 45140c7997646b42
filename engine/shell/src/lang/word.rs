//! Words: quotes, escapes, and where expansions stand in them.

use super::ast::{Atom, Word};

/// A quote or a bracket is still open at the end of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WordError;

/// Characters that end a word outside quotes.
const ENDS: &str = " \t\r\n;&|<>()";

/// The word that begins at `at`, and where it ends; empty when none does.
pub(crate) fn take_word(text: &[char], mut at: usize) -> Result<(Word, usize), WordError> {
    let mut word = Word::new();
    while let Some(&c) = text.get(at) {
        match c {
            '\'' => {
                let end = find(text, at + 1, '\'').ok_or(WordError)?;
                if end == at + 1 {
                    word.push(Atom::Empty);
                }
                word.extend(text[at + 1..end].iter().map(|c| Atom::Quoted(*c)));
                at = end + 1;
            }
            '"' => at = double_quoted(text, at + 1, &mut word)?,
            '\\' => {
                match text.get(at + 1) {
                    Some('\n') => {}
                    Some(&next) => word.push(Atom::Quoted(next)),
                    None => return Err(WordError),
                }
                at += 2;
            }
            '$' => at = dollar(text, at, false, &mut word)?,
            '`' => {
                let end = find(text, at + 1, '`').ok_or(WordError)?;
                let script = text[at + 1..end].iter().collect();
                word.push(Atom::Sub { script, quoted: false });
                at = end + 1;
            }
            // Outside a word `#` begins a remark; inside it means itself.
            '#' if word.is_empty() => break,
            c if ENDS.contains(c) => break,
            c => {
                word.push(Atom::Plain(c));
                at += 1;
            }
        }
    }
    Ok((word, at))
}

fn find(text: &[char], from: usize, what: char) -> Option<usize> {
    text.get(from..)?.iter().position(|c| *c == what).map(|i| from + i)
}

fn double_quoted(text: &[char], mut at: usize, word: &mut Word) -> Result<usize, WordError> {
    if text.get(at) == Some(&'"') {
        word.push(Atom::Empty);
    }
    loop {
        match *text.get(at).ok_or(WordError)? {
            '"' => return Ok(at + 1),
            '\\' => match *text.get(at + 1).ok_or(WordError)? {
                c @ ('"' | '\\' | '$' | '`') => {
                    word.push(Atom::Quoted(c));
                    at += 2;
                }
                '\n' => at += 2,
                _ => {
                    word.push(Atom::Quoted('\\'));
                    at += 1;
                }
            },
            '$' => at = dollar(text, at, true, word)?,
            '`' => {
                let end = find(text, at + 1, '`').ok_or(WordError)?;
                let script = text[at + 1..end].iter().collect();
                word.push(Atom::Sub { script, quoted: true });
                at = end + 1;
            }
            c => {
                word.push(Atom::Quoted(c));
                at += 1;
            }
        }
    }
}

/// What a `$` begins.
fn dollar(text: &[char], at: usize, quoted: bool, word: &mut Word) -> Result<usize, WordError> {
    match text.get(at + 1) {
        Some('(') if text.get(at + 2) == Some(&'(') => {
            let end = closing(text, at + 3)?;
            if text.get(end + 1) != Some(&')') {
                return Err(WordError);
            }
            word.push(Atom::Arith { text: text[at + 3..end].iter().collect(), quoted });
            Ok(end + 2)
        }
        Some('(') => {
            let end = closing(text, at + 2)?;
            word.push(Atom::Sub { script: text[at + 2..end].iter().collect(), quoted });
            Ok(end + 1)
        }
        Some('{') => {
            let end = find(text, at + 2, '}').ok_or(WordError)?;
            let inside: String = text[at + 2..end].iter().collect();
            let (name, default) = match inside.split_once(":-").or_else(|| inside.split_once('-')) {
                Some((name, default)) => (name.to_owned(), Some(here_body(default, true)?)),
                None => (inside, None),
            };
            word.push(Atom::Var { name, default, quoted });
            Ok(end + 1)
        }
        Some(&c) if c.is_ascii_alphabetic() || c == '_' => {
            let name: String = text[at + 1..]
                .iter()
                .take_while(|c| c.is_ascii_alphanumeric() || **c == '_')
                .collect();
            let end = at + 1 + name.len();
            word.push(Atom::Var { name, default: None, quoted });
            Ok(end)
        }
        Some(&c) if c.is_ascii_digit() || "?$!#@*".contains(c) => {
            word.push(Atom::Var { name: c.to_string(), default: None, quoted });
            Ok(at + 2)
        }
        _ => {
            word.push(if quoted { Atom::Quoted('$') } else { Atom::Plain('$') });
            Ok(at + 1)
        }
    }
}

/// Where the bracket that was opened before `at` closes.
fn closing(text: &[char], mut at: usize) -> Result<usize, WordError> {
    let mut depth = 1;
    while let Some(c) = text.get(at) {
        match c {
            '\'' => at = find(text, at + 1, '\'').ok_or(WordError)?,
            '"' => {
                at += 1;
                while *text.get(at).ok_or(WordError)? != '"' {
                    at += if text[at] == '\\' { 2 } else { 1 };
                }
            }
            '\\' => at += 1,
            '(' => depth += 1,
            ')' => {
                depth -= 1;
                if depth == 0 {
                    return Ok(at);
                }
            }
            _ => {}
        }
        at += 1;
    }
    Err(WordError)
}

/// The body of a here-document as a word: `$` and backquotes still mean something unless its end
/// word was quoted.
pub(crate) fn here_body(body: &str, expand: bool) -> Result<Word, WordError> {
    let mut word = Word::new();
    if !expand {
        word.extend(body.chars().map(Atom::Quoted));
        return Ok(word);
    }
    let text: Vec<char> = body.chars().collect();
    let mut at = 0;
    while let Some(&c) = text.get(at) {
        match c {
            '\\' => match text.get(at + 1) {
                Some(&c @ ('\\' | '$' | '`')) => {
                    word.push(Atom::Quoted(c));
                    at += 2;
                }
                Some('\n') => at += 2,
                _ => {
                    word.push(Atom::Quoted('\\'));
                    at += 1;
                }
            },
            '$' => at = dollar(&text, at, true, &mut word)?,
            '`' => {
                let end = find(&text, at + 1, '`').ok_or(WordError)?;
                let script = text[at + 1..end].iter().collect();
                word.push(Atom::Sub { script, quoted: true });
                at = end + 1;
            }
            c => {
                word.push(Atom::Quoted(c));
                at += 1;
            }
        }
    }
    Ok(word)
}

/// The character of an atom outside quotes.
pub(crate) fn plain_char(atom: &Atom) -> Option<char> {
    if let Atom::Plain(c) = atom { Some(*c) } else { None }
}

/// The character of an atom.
pub(crate) fn any_char(atom: &Atom) -> Option<char> {
    if let Atom::Plain(c) | Atom::Quoted(c) = atom { Some(*c) } else { None }
}

/// `NAME=value`, when the word is one.
pub(crate) fn assignment(word: &Word) -> Option<(String, Word)> {
    let at = word.iter().position(|a| *a == Atom::Plain('='))?;
    let name: String = word[..at].iter().map(plain_char).collect::<Option<_>>()?;
    let first = name.chars().next()?;
    let fits = (first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    fits.then(|| (name, word[at + 1..].to_vec()))
}
