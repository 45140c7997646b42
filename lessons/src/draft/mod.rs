//! A lesson made of what somebody did: how it began, what was typed, what became of it, written down in the
//! format that authors write by hand.

mod suggest;

use std::fmt::Write as _;

pub use suggest::{Suggestion, suggest};

use crate::format::Bundle;

/// A pause between two lines is kept, up to so many seconds.
const PAUSE_MOST: u64 = 120;
/// Every language in which a draft has words.
pub const LANGUAGES: [&str; 2] = ["en", "zh-CN"];

/// A line that was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed {
    /// When, in virtual milliseconds.
    pub at_ms: u64,
    /// On which host.
    pub host: String,
    /// What; `None` for Ctrl-C.
    pub line: Option<String>,
}

/// What a draft says in one language. What is empty gets words that ask to be replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// The title.
    pub title: String,
    /// What is to be done.
    pub task: String,
    /// Where to look.
    pub hint: String,
    /// What to take home.
    pub debrief: String,
}

/// A lesson of one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Its id.
    pub id: String,
    /// Its world: `formed` or `bare`.
    pub scenario: &'static str,
    /// The seed of that world.
    pub seed: u64,
    /// When the world was ready, in virtual milliseconds.
    pub ready_ms: u64,
    /// What was typed before the lesson begins: its setup.
    pub start: Vec<Typed>,
    /// When the lesson begins.
    pub begin_ms: u64,
    /// What was typed then: the solution.
    pub solution: Vec<Typed>,
    /// When it was over.
    pub end_ms: u64,
    /// What must become so.
    pub checks: Vec<Suggestion>,
    /// Its words, in the order of [`LANGUAGES`].
    pub words: [Words; 2],
}

impl Draft {
    /// Its files.
    #[must_use]
    pub fn bundle(&self) -> Bundle {
        let mut files = vec![("lesson.toml".to_owned(), self.skeleton())];
        for (language, words) in LANGUAGES.iter().zip(&self.words) {
            files.push((format!("{language}.md"), self.text(language, words)));
        }
        Bundle { files }
    }

    fn skeleton(&self) -> String {
        let mut out = format!(
            "format = 1\nid = \"{}\"\nminutes = 5\nlevel = \"intermediate\"\nobjectives = [\"can\"]\n\
             misconceptions = []\nsources = []\n\n[start]\nscenario = \"{}\"\nseed = {}\n",
            self.id, self.scenario, self.seed
        );
        if !self.start.is_empty() {
            let script = script(&self.start, self.ready_ms, self.begin_ms);
            let _ = writeln!(out, "script = {}", quoted(&script));
        }
        out.push_str("\n[[step]]\nid = \"task\"\nkind = \"do\"\nhints = 1\n");
        for check in &self.checks {
            let (id, time, fact) = (&check.id, check.time, &check.fact);
            let _ = writeln!(out, "\n[[step.check]]\nid = \"{id}\"\n{time} = {fact}");
        }
        let script = script(&self.solution, self.begin_ms, self.end_ms);
        let _ =
            writeln!(out, "\n[[solution]]\nid = \"as-it-was-done\"\nscript = {}", quoted(&script));
        out
    }

    fn text(&self, language: &str, words: &Words) -> String {
        let say = |key: &str, own: &str| {
            let own = own.trim();
            if own.is_empty() {
                suggest::words(language, &format!("words.{key}"))
            } else {
                own.to_owned()
            }
        };
        let title = say("title", &words.title).replace(['"', '\\', '\n'], " ");
        let mut out = format!("+++\nlanguage = \"{language}\"\ntitle = \"{title}\"\n+++\n");
        let mut message = |id: &str, text: &str| {
            let _ = write!(out, "\n# {id}\n\n{text}\n");
        };
        message("summary", &title);
        message("can", &say("can", ""));
        message("task.title", &say("task-title", ""));
        message("task", &say("task", &words.task));
        message("task.hint1", &say("hint", &words.hint));
        for check in &self.checks {
            for state in ["pending", "met"] {
                message(&format!("task.{}.{state}", check.id), &check.words(language, state));
            }
        }
        message("debrief", &say("debrief", &words.debrief));
        out
    }
}

/// Typed lines for the headless door, with the pauses between them.
fn script(typed: &[Typed], from_ms: u64, to_ms: u64) -> String {
    let (mut out, mut host, mut now) = (String::new(), "db01", from_ms);
    let mut pause = |out: &mut String, until: u64| {
        let seconds = (until.saturating_sub(now) / 1000).min(PAUSE_MOST);
        now = until.max(now);
        if seconds > 0 {
            let _ = writeln!(out, "@wait {seconds}s");
        }
    };
    for one in typed {
        pause(&mut out, one.at_ms);
        if one.host != host {
            let _ = writeln!(out, "@host {}", one.host);
            host = &one.host;
        }
        let _ = writeln!(out, "{}", one.line.as_deref().unwrap_or("@interrupt"));
    }
    pause(&mut out, to_ms.saturating_add(999));
    out
}

/// A text of several lines as TOML writes it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"\"\"\n");
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' | '\t' => out.push(c),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out.push_str("\"\"\"");
    out
}
