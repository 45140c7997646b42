//! From words as typed to arguments: braces, variables, substitutions, splitting, patterns.

use crate::io::Io;
use crate::lang::ast::{Atom, Word};
use crate::lang::glob::{PatternChar, expand, is_pattern};
use crate::lang::{arith, brace};
use crate::shell::Shell;

/// A value has so many characters at most.
const TEXT_MAX: usize = 1 << 20;
/// The arguments of one command together have so many, as on Linux.
const ARGS_MAX: usize = 2 << 20;

/// What a word has become: characters with their quoting, and where fields are split.
#[derive(Default)]
struct Fields {
    /// Characters so far.
    size: usize,
    done: Vec<Vec<PatternChar>>,
    open: Option<Vec<PatternChar>>,
}

impl Fields {
    fn push(&mut self, c: char, quoted: bool) {
        self.size += 1;
        if self.size <= ARGS_MAX {
            self.open.get_or_insert_default().push((c, quoted));
        }
    }

    fn split(&mut self) {
        self.done.extend(self.open.take());
    }

    /// The value of an expansion: outside quotes, blanks split it.
    fn value(&mut self, value: &str, quoted: bool) {
        if quoted {
            self.open.get_or_insert_default();
        }
        for c in value.chars() {
            if !quoted && matches!(c, ' ' | '\t' | '\n') {
                self.split();
            } else {
                self.push(c, quoted);
            }
        }
    }
}

impl Shell {
    /// All arguments that these words stand for.
    pub(crate) async fn expand_words(&mut self, words: &[Word], io: &Io) -> Vec<String> {
        let mut args = Vec::new();
        let mut size = 0;
        for word in words {
            let braces = word.contains(&Atom::Plain('{'));
            let words = if braces { brace::expand(word.clone()) } else { vec![word.clone()] };
            for word in words {
                let mut fields = self.expand_word(&word, io).await;
                fields.split();
                size += fields.size;
                if size > ARGS_MAX {
                    self.tty.give_up(io, "Argument list too long");
                    return args;
                }
                for field in fields.done {
                    self.expand_pattern(&field, &mut args);
                }
            }
        }
        args
    }

    /// The one text that a word stands for: no splitting, no patterns.
    pub(crate) async fn expand_text(&mut self, word: &Word, io: &Io) -> String {
        let quoted: Word = word.iter().cloned().map(quote).collect();
        let mut fields = self.expand_word(&self.home(&quoted), io).await;
        if fields.size > TEXT_MAX {
            let words = format!("xmalloc: cannot allocate {} bytes", fields.size);
            self.tty.give_up(io, &words);
            return String::new();
        }
        fields.split();
        fields.done.iter().flatten().map(|(c, _)| *c).collect()
    }

    fn expand_pattern(&self, field: &[PatternChar], args: &mut Vec<String>) {
        if is_pattern(field) {
            let list = |folder: &str| self.sys.list(&self.state.cwd, folder).ok();
            let found: Vec<String> = expand(field, &list)
                .into_iter()
                .filter(|path| self.sys.stat(&self.state.cwd, path).is_some())
                .collect();
            if !found.is_empty() {
                args.extend(found);
                return;
            }
        }
        args.push(field.iter().map(|(c, _)| *c).collect());
    }

    /// `~` at the beginning is the home folder.
    fn home(&self, word: &Word) -> Word {
        let tilde = matches!(word.first(), Some(Atom::Plain('~')));
        let alone = matches!(word.get(1), None | Some(Atom::Plain('/') | Atom::Quoted('/')));
        if tilde && alone {
            let home = self.variable("HOME");
            home.chars().map(Atom::Quoted).chain(word[1..].iter().cloned()).collect()
        } else {
            word.clone()
        }
    }

    async fn expand_word(&mut self, word: &Word, io: &Io) -> Fields {
        let mut fields = Fields::default();
        for atom in &self.home(word) {
            match atom {
                Atom::Plain(c) => fields.push(*c, false),
                Atom::Quoted(c) => fields.push(*c, true),
                Atom::Empty => {
                    fields.open.get_or_insert_default();
                }
                Atom::Var { name, default, quoted } => {
                    let mut value = self.variable(name);
                    if let Some(default) = default
                        && value.is_empty()
                    {
                        value = Box::pin(self.expand_text(default, io)).await;
                    }
                    fields.value(&value, *quoted);
                }
                Atom::Sub { script, quoted } => {
                    let value = self.substitute(script, io).await;
                    fields.value(&value, *quoted);
                }
                Atom::Arith { text, quoted } => {
                    let value = arith::eval(text, &|name| self.variable(name));
                    match value {
                        Some(value) => fields.value(&value.to_string(), *quoted),
                        None => io.err(format!("-bash: {text}: syntax error in expression\n")),
                    }
                }
            }
        }
        fields
    }

    /// The value of a variable; empty when it is not set.
    pub(crate) fn variable(&self, name: &str) -> String {
        match name {
            "?" => self.state.status.to_string(),
            "$" => self.state.pid.to_string(),
            "!" => self.state.last_background.map(|p| p.to_string()).unwrap_or_default(),
            "#" => "0".to_owned(),
            "0" => "-bash".to_owned(),
            "PWD" => self.state.cwd.clone(),
            "HOSTNAME" => self.sys.with(|h| h.name.clone()).unwrap_or_default(),
            "RANDOM" => (self.sys.now().as_micros() % 32_768).to_string(),
            "SECONDS" => (self.sys.now().as_millis() / 1000).to_string(),
            name => self.state.vars.get(name).cloned().unwrap_or_default(),
        }
    }
}

/// The same atom inside quotes, except a `~` which may stand for the home folder.
fn quote(atom: Atom) -> Atom {
    match atom {
        Atom::Plain('~') => Atom::Plain('~'),
        Atom::Plain(c) => Atom::Quoted(c),
        Atom::Var { name, default, .. } => Atom::Var { name, default, quoted: true },
        Atom::Sub { script, .. } => Atom::Sub { script, quoted: true },
        Atom::Arith { text, .. } => Atom::Arith { text, quoted: true },
        other => other,
    }
}
