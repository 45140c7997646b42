//! What a typed text says, before anything is expanded.

/// One part of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Atom {
    /// A character outside quotes: it may mean a brace list or a pattern.
    Plain(char),
    /// A character that means itself.
    Quoted(char),
    /// A pair of quotes with nothing in it: the word is there even when it is empty.
    Empty,
    /// `$NAME`, `${NAME}`, `${NAME:-default}`; inside double quotes or not.
    Var { name: String, default: Option<Vec<Atom>>, quoted: bool },
    /// `$(…)` or backquotes, as text.
    Sub { script: String, quoted: bool },
    /// `$((…))`, as text.
    Arith { text: String, quoted: bool },
}

/// A word as typed.
pub(crate) type Word = Vec<Atom>;

/// Where a stream goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// `< file`
    Read(Word),
    /// `> file`
    Write(Word),
    /// `>> file`
    Append(Word),
    /// `&> file`: both outputs.
    Both(Word),
    /// `2>&1`
    Dup(u32),
    /// `<<EOF` and `<<< word`
    Here(Word),
}

/// One redirection of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Redirect {
    pub(crate) fd: u32,
    pub(crate) target: Target,
}

/// One command of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// `NAME=value program argument > file`
    Simple { assigns: Vec<(String, Word)>, words: Vec<Word>, redirects: Vec<Redirect> },
    /// `for x in …; do …; done`; without `in` there is nothing to go through.
    For { name: String, words: Vec<Word>, body: List },
    /// `while …; do …; done`, or `until`.
    While { until: bool, condition: List, body: List },
    /// `if …; then …; elif …; else …; fi`
    If { branches: Vec<(List, List)>, otherwise: Option<List> },
    /// `{ …; }` or `( … )`
    Group { body: List, subshell: bool },
    /// A compound command with its own streams: `for …; done > file`, `{ …; } 2>&1`.
    Redirected { command: Box<Command>, redirects: Vec<Redirect> },
}

/// Commands joined by `|`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pipeline {
    pub(crate) not: bool,
    pub(crate) commands: Vec<Command>,
}

/// When the next pipeline of a list runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Join {
    /// `;` or a new line
    Then,
    /// `&&`
    And,
    /// `||`
    Or,
}

/// Pipelines in order: how each is joined to the one before, and whether it runs in the
/// background (`&`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct List(pub(crate) Vec<(Join, Pipeline, bool)>);
