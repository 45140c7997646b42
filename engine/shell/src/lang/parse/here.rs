//! Here-documents: the body comes lines after the redirection that asks for it.

use super::super::ast::{Atom, Command, List, Redirect, Target, Word};
use super::super::word::{any_char, here_body};
use super::{ParseError, Parsed, Parser};

/// A here-document whose body has not come yet.
pub(super) struct Pending {
    end: String,
    expand: bool,
    strip_tabs: bool,
}

impl Parser {
    /// The body comes after the end of the line; until then its place is marked by its number.
    pub(super) fn here_doc(&mut self, fd: u32, strip_tabs: bool) -> Parsed<Redirect> {
        let word = self.target()?;
        let end: String = word.iter().filter_map(any_char).collect();
        let expand = !word.iter().any(|a| matches!(a, Atom::Quoted(_) | Atom::Empty));
        let number = self.here.len();
        self.here.push(Err(Pending { end, expand, strip_tabs }));
        Ok(Redirect { fd, target: Target::Here(vec![marker(number)]) })
    }

    /// Puts the bodies of the here-documents in their places.
    pub(super) fn finish_here(&mut self, list: &mut List) -> Parsed<()> {
        let mut bodies = Vec::new();
        for here in self.here.drain(..) {
            bodies.push(here.map_err(|_| ParseError::Incomplete)?);
        }
        if !bodies.is_empty() {
            fill_list(list, &bodies);
        }
        Ok(())
    }
}

/// Stands for the body of here-document `number` until that is read: no typed text makes it.
fn marker(number: usize) -> Atom {
    Atom::Var { name: format!("<<{number}"), default: None, quoted: true }
}

fn fill_list(list: &mut List, bodies: &[Word]) {
    for (_, pipeline, _) in &mut list.0 {
        for command in &mut pipeline.commands {
            fill_command(command, bodies);
        }
    }
}

fn fill_command(command: &mut Command, bodies: &[Word]) {
    match command {
        Command::Simple { redirects, .. } => fill(redirects, bodies),
        Command::For { body, .. } | Command::Group { body, .. } => fill_list(body, bodies),
        Command::While { condition, body, .. } => {
            fill_list(condition, bodies);
            fill_list(body, bodies);
        }
        Command::If { branches, otherwise } => {
            for (condition, body) in branches {
                fill_list(condition, bodies);
                fill_list(body, bodies);
            }
            if let Some(body) = otherwise {
                fill_list(body, bodies);
            }
        }
        Command::Redirected { command, redirects } => {
            fill_command(command, bodies);
            fill(redirects, bodies);
        }
    }
}

fn fill(redirects: &mut [Redirect], bodies: &[Word]) {
    for redirect in redirects {
        if let Target::Here(word) = &mut redirect.target
            && let [Atom::Var { name, .. }] = word.as_slice()
            && let Some(body) = name
                .strip_prefix("<<")
                .and_then(|n| n.parse().ok())
                .and_then(|n: usize| bodies.get(n))
        {
            *word = body.clone();
        }
    }
}

pub(super) fn read_here(text: &[char], mut at: usize, pending: &Pending) -> Parsed<(Word, usize)> {
    let mut body = String::new();
    loop {
        if at >= text.len() {
            return Err(ParseError::Incomplete);
        }
        let line: String = text[at..].iter().take_while(|c| **c != '\n').collect();
        let length = line.chars().count();
        let line = if pending.strip_tabs { line.trim_start_matches('\t') } else { &line };
        let next = at + length + 1;
        if line == pending.end {
            let word = here_body(&body, pending.expand)?;
            return Ok((word, next.min(text.len())));
        }
        body.push_str(line);
        body.push('\n');
        at = next;
    }
}
