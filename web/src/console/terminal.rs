//! What stands on a terminal: lines of output and what was typed, capped.

use std::rc::Rc;

/// No terminal keeps more lines: the oldest go.
const KEPT: usize = 2000;

/// One line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Line {
    /// Counts up over the terminal's life, as a stable key.
    pub seq: u64,
    /// When it began, in virtual microseconds.
    pub at_us: u64,
    /// The prompt, when this line was typed.
    pub prompt: Option<String>,
    /// What was typed or printed.
    pub text: String,
}

/// The lines of one terminal.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Terminal {
    lines: Vec<Rc<Line>>,
    next: u64,
    /// The virtual microseconds at which what comes is shown.
    now_us: u64,
    /// Whether the last line waits for the rest of itself.
    open: bool,
}

impl Terminal {
    /// All lines, oldest first.
    pub(crate) fn lines(&self) -> &[Rc<Line>] {
        &self.lines
    }

    /// It is that late, in virtual microseconds.
    pub(crate) fn tick(&mut self, now_us: u64) {
        self.now_us = now_us;
    }

    /// As it was at an earlier instant: what came later is not there.
    pub(crate) fn until(&self, us: u64) -> Self {
        let mut early = self.clone();
        early.lines.retain(|line| line.at_us <= us);
        early.open &= early.lines.len() == self.lines.len();
        early
    }

    /// A prompt with what stands before it on its line; what is typed follows.
    pub(crate) fn prompt(&mut self, prompt: &str) {
        let before = match self.lines.last() {
            Some(last) if self.open && last.prompt.is_none() => last.text.clone(),
            _ => String::new(),
        };
        if !before.is_empty() {
            self.lines.pop();
        }
        self.push(Some(format!("{before}{prompt}")), String::new());
        self.open = true;
    }

    /// A program printed something, or somebody typed: any piece of text, with or without line
    /// ends.
    pub(crate) fn print(&mut self, text: &str) {
        let mut rest = text;
        while !rest.is_empty() {
            let (piece, after, ended) = match rest.split_once('\n') {
                Some((piece, after)) => (piece, after, true),
                None => (rest, "", false),
            };
            let piece = plain(piece);
            match self.lines.last_mut() {
                Some(last) if self.open => Rc::make_mut(last).text.push_str(&piece),
                _ => self.push(None, piece),
            }
            self.open = !ended;
            rest = after;
        }
    }

    /// Ctrl-L.
    pub(crate) fn clear(&mut self) {
        self.lines.clear();
        self.open = false;
    }

    fn push(&mut self, prompt: Option<String>, text: String) {
        self.lines.push(Rc::new(Line { seq: self.next, at_us: self.now_us, prompt, text }));
        self.next += 1;
        if self.lines.len() > KEPT {
            self.lines.drain(..self.lines.len() - KEPT);
        }
    }
}

/// Text without carriage returns and terminal control sequences.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => {
                let mut rest = chars.by_ref().skip_while(|c| *c == '[');
                rest.find(char::is_ascii_alphabetic);
            }
            '\t' => out.push(c),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(terminal: &Terminal) -> Vec<String> {
        terminal.lines().iter().map(|l| l.text.clone()).collect()
    }

    #[test]
    fn pieces_join_into_lines() {
        let mut t = Terminal::default();
        t.print("a\nb");
        t.print("c\n\nd");
        assert_eq!(texts(&t), ["a", "bc", "", "d"]);
        t.prompt("# ");
        t.print("ls\nx\n");
        assert_eq!(texts(&t)[3..], ["ls", "x"]);
        assert_eq!(t.lines()[3].prompt.as_deref(), Some("d# "), "as on a screen");
        t.prompt("> ");
        t.print("\n");
        assert_eq!(t.lines()[5].text, "");
    }

    #[test]
    fn control_sequences_leave_no_dirt() {
        let mut t = Terminal::default();
        t.print("\u{1b}[31mred\u{1b}[0m\r\n\u{1b}");
        assert_eq!(texts(&t), ["red", ""]);
    }

    #[test]
    fn an_earlier_screen_lacks_what_came_later() {
        let mut t = Terminal::default();
        t.print("a\nb");
        t.tick(500);
        t.print("c\nd\n");
        assert_eq!(texts(&t.until(499)), ["a", "bc"], "a line counts from its beginning");
        assert_eq!(texts(&t.until(500)), ["a", "bc", "d"]);
    }

    #[test]
    fn a_flood_is_capped() {
        let mut t = Terminal::default();
        t.print(&"x\n".repeat(KEPT + 500));
        assert_eq!(t.lines().len(), KEPT);
        assert_eq!(t.lines()[0].seq, 500);
        t.clear();
        assert!(t.lines().is_empty());
    }
}
