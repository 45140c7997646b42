//! From text to commands: quotes, operators, compound commands, here-documents.

mod here;

use super::ast::{Command, Join, List, Pipeline, Redirect, Target, Word};
use super::word::{WordError, take_word};
use here::{Pending, read_here};

/// Why a text is not a list of commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ParseError {
    /// More lines are needed: an open quote, a here-document, `for` without `done`.
    Incomplete,
    /// This token cannot stand here.
    Unexpected(String),
}

impl From<WordError> for ParseError {
    fn from(_: WordError) -> Self {
        Self::Incomplete
    }
}

type Parsed<T> = Result<T, ParseError>;

/// How deep compound commands may nest.
const DEPTH_MAX: usize = 50;
/// Words that end a list of commands inside a compound command.
const CLOSERS: [&str; 7] = ["do", "done", "then", "elif", "else", "fi", "}"];

/// Reads a whole text.
pub(crate) fn parse(text: &str) -> Parsed<List> {
    let mut parser = Parser { text: text.chars().collect(), at: 0, here: Vec::new(), depth: 0 };
    let mut list = parser.list()?;
    match parser.peek() {
        None => {}
        Some(')') => return Err(ParseError::Unexpected(")".to_owned())),
        Some(_) => return Err(ParseError::Unexpected(parser.bare_word())),
    }
    parser.finish_here(&mut list)?;
    Ok(list)
}

struct Parser {
    text: Vec<char>,
    at: usize,
    /// Bodies in the order of their redirections; `Err` until the line has ended.
    here: Vec<Result<Word, Pending>>,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn looking_at(&self, what: &str) -> bool {
        what.chars().enumerate().all(|(i, c)| self.text.get(self.at + i) == Some(&c))
    }

    fn take(&mut self, what: &str) -> bool {
        let there = self.looking_at(what);
        if there {
            self.at += what.chars().count();
        }
        there
    }

    /// Blanks, joined lines and remarks.
    fn blanks(&mut self) {
        loop {
            match self.peek() {
                Some(' ' | '\t' | '\r') => self.at += 1,
                Some('\\') if self.text.get(self.at + 1) == Some(&'\n') => self.at += 2,
                Some('#') => {
                    while self.peek().is_some_and(|c| c != '\n') {
                        self.at += 1;
                    }
                }
                _ => return,
            }
        }
    }

    fn newline(&mut self) -> Parsed<()> {
        self.at += 1;
        for i in 0..self.here.len() {
            if let Err(pending) = &self.here[i] {
                let (word, at) = read_here(&self.text, self.at, pending)?;
                self.at = at;
                self.here[i] = Ok(word);
            }
        }
        Ok(())
    }

    fn lines(&mut self) -> Parsed<()> {
        loop {
            self.blanks();
            match self.peek() {
                Some('\n') => self.newline()?,
                _ => return Ok(()),
            }
        }
    }

    /// The word at this place, if it is bare: letters and braces only.
    fn bare_word(&self) -> String {
        let rest = &self.text[self.at.min(self.text.len())..];
        if let Some(&c) = rest.first()
            && "{}!".contains(c)
            && rest.get(1).is_none_or(|n| n.is_whitespace() || ";&|)".contains(*n))
        {
            return c.to_string();
        }
        let word: String = rest.iter().take_while(|c| c.is_ascii_alphabetic()).collect();
        let after = rest.get(word.len());
        if word.is_empty() {
            let op: String = rest.iter().take_while(|c| "|&;()<>".contains(**c)).take(2).collect();
            return op;
        }
        if after.is_none_or(|c| c.is_whitespace() || ";&|()<>".contains(*c)) {
            word
        } else {
            String::new()
        }
    }

    fn keyword(&mut self, word: &str) -> bool {
        let there = self.bare_word() == word;
        if there {
            self.at += word.len();
        }
        there
    }

    fn expect(&mut self, word: &str) -> Parsed<()> {
        self.lines()?;
        if self.keyword(word) {
            return Ok(());
        }
        match self.peek() {
            None => Err(ParseError::Incomplete),
            Some(_) => Err(self.unexpected()),
        }
    }

    fn unexpected(&self) -> ParseError {
        let mut token = self.bare_word();
        if token.is_empty() {
            let rest = &self.text[self.at.min(self.text.len())..];
            token = rest.iter().take_while(|c| !c.is_whitespace()).collect();
        }
        ParseError::Unexpected(if token.is_empty() { "newline".to_owned() } else { token })
    }

    fn list(&mut self) -> Parsed<List> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.unexpected());
        }
        let mut list = List::default();
        let mut join = Join::Then;
        loop {
            self.lines()?;
            let at_end = self.peek().is_none_or(|c| c == ')')
                || CLOSERS.contains(&self.bare_word().as_str());
            if at_end {
                if join != Join::Then {
                    return Err(if self.peek().is_none() {
                        ParseError::Incomplete
                    } else {
                        self.unexpected()
                    });
                }
                break;
            }
            let pipeline = self.pipeline()?;
            self.blanks();
            let mut background = false;
            let next = if self.take("&&") {
                Join::And
            } else if self.take("||") {
                Join::Or
            } else if self.take(";") {
                if self.peek() == Some(';') {
                    return Err(ParseError::Unexpected(";;".to_owned()));
                }
                Join::Then
            } else if self.take("&") {
                background = true;
                Join::Then
            } else if self.peek().is_none_or(|c| c == '\n' || c == ')') {
                Join::Then
            } else {
                return Err(self.unexpected());
            };
            list.0.push((join, pipeline, background));
            join = next;
        }
        self.depth -= 1;
        Ok(list)
    }

    fn pipeline(&mut self) -> Parsed<Pipeline> {
        let mut not = false;
        while self.keyword("!") {
            not = !not;
            self.blanks();
        }
        let mut commands = vec![self.command()?];
        loop {
            self.blanks();
            if self.looking_at("||") || !self.take("|") {
                break;
            }
            self.lines()?;
            if self.peek().is_none() {
                return Err(ParseError::Incomplete);
            }
            commands.push(self.command()?);
        }
        Ok(Pipeline { not, commands })
    }

    fn command(&mut self) -> Parsed<Command> {
        let command = match self.bare_word().as_str() {
            "for" => self.for_loop()?,
            "while" => self.while_loop(false)?,
            "until" => self.while_loop(true)?,
            "if" => self.condition()?,
            "{" => {
                self.at += 1;
                let body = self.list()?;
                self.expect("}")?;
                Command::Group { body, subshell: false }
            }
            _ if self.peek() == Some('(') => {
                self.at += 1;
                let body = self.list()?;
                self.lines()?;
                if !self.take(")") {
                    return Err(ParseError::Incomplete);
                }
                Command::Group { body, subshell: true }
            }
            _ => return self.simple(),
        };
        let redirects = self.redirects()?;
        Ok(if redirects.is_empty() {
            command
        } else {
            Command::Redirected { command: Box::new(command), redirects }
        })
    }

    fn for_loop(&mut self) -> Parsed<Command> {
        self.at += 3;
        self.blanks();
        let mut name = String::new();
        while let Some(c) = self.peek().filter(|c| c.is_ascii_alphanumeric() || *c == '_') {
            name.push(c);
            self.at += 1;
        }
        if name.is_empty() {
            return Err(self.unexpected());
        }
        self.lines()?;
        let mut words = Vec::new();
        if self.keyword("in") {
            loop {
                self.blanks();
                match self.word()? {
                    Some(word) => words.push(word),
                    None => break,
                }
            }
        }
        self.blanks();
        self.take(";");
        self.expect("do")?;
        let body = self.list()?;
        self.expect("done")?;
        Ok(Command::For { name, words, body })
    }

    fn while_loop(&mut self, until: bool) -> Parsed<Command> {
        self.at += 5;
        let condition = self.list()?;
        self.expect("do")?;
        let body = self.list()?;
        self.expect("done")?;
        Ok(Command::While { until, condition, body })
    }

    fn condition(&mut self) -> Parsed<Command> {
        self.at += 2;
        let mut branches = Vec::new();
        let mut otherwise = None;
        loop {
            let condition = self.list()?;
            self.expect("then")?;
            branches.push((condition, self.list()?));
            self.lines()?;
            if self.keyword("elif") {
                continue;
            }
            if self.keyword("else") {
                otherwise = Some(self.list()?);
            }
            self.expect("fi")?;
            return Ok(Command::If { branches, otherwise });
        }
    }

    fn word(&mut self) -> Parsed<Option<Word>> {
        let (word, at) = take_word(&self.text, self.at)?;
        self.at = at;
        Ok((!word.is_empty()).then_some(word))
    }

    fn redirects(&mut self) -> Parsed<Vec<Redirect>> {
        let mut all = Vec::new();
        loop {
            self.blanks();
            match self.redirect()? {
                Some(one) => all.push(one),
                None => return Ok(all),
            }
        }
    }

    fn redirect(&mut self) -> Parsed<Option<Redirect>> {
        let start = self.at;
        let mut digits = String::new();
        while let Some(c) = self.peek().filter(char::is_ascii_digit) {
            digits.push(c);
            self.at += 1;
        }
        let fd = |default| digits.parse::<u32>().unwrap_or(default);
        let done = if self.looking_at("<<<") {
            self.at += 3;
            let mut word = self.target()?;
            word.push(super::ast::Atom::Quoted('\n'));
            Redirect { fd: fd(0), target: Target::Here(word) }
        } else if self.take("<<") {
            let strip_tabs = self.take("-");
            self.here_doc(fd(0), strip_tabs)?
        } else if self.take("&>") {
            Redirect { fd: 1, target: Target::Both(self.target()?) }
        } else if self.looking_at(">&") || self.looking_at("<&") {
            self.at += 2;
            let to: String = self.target()?.iter().filter_map(super::word::plain_char).collect();
            let to = to.parse().map_err(|_| self.unexpected())?;
            Redirect { fd: fd(1), target: Target::Dup(to) }
        } else if self.take(">>") {
            Redirect { fd: fd(1), target: Target::Append(self.target()?) }
        } else if self.take(">|") || self.take(">") {
            Redirect { fd: fd(1), target: Target::Write(self.target()?) }
        } else if self.take("<") {
            Redirect { fd: fd(0), target: Target::Read(self.target()?) }
        } else {
            self.at = start;
            return Ok(None);
        };
        Ok(Some(done))
    }

    fn target(&mut self) -> Parsed<Word> {
        self.blanks();
        self.word()?.ok_or_else(|| self.unexpected())
    }

    fn simple(&mut self) -> Parsed<Command> {
        let mut assigns = Vec::new();
        let mut words: Vec<Word> = Vec::new();
        let mut redirects = Vec::new();
        loop {
            self.blanks();
            if let Some(redirect) = self.redirect()? {
                redirects.push(redirect);
                continue;
            }
            let Some(word) = self.word()? else { break };
            match super::word::assignment(&word) {
                Some(assign) if words.is_empty() => assigns.push(assign),
                _ => words.push(word),
            }
        }
        if assigns.is_empty() && words.is_empty() && redirects.is_empty() {
            return Err(self.unexpected());
        }
        Ok(Command::Simple { assigns, words, redirects })
    }
}

#[cfg(test)]
mod tests;
