//! The line that is being typed: keys in, what the terminal shall show out. The keys and the bytes
//! are those of the editor in redis-cli 7.0.15.

use engine_client::Help;

/// What a key did.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The line is not finished.
    More,
    /// Enter.
    Line(Vec<u8>),
    /// Ctrl-C, or Ctrl-D on an empty line.
    GaveUp,
}

/// A line that is being typed.
pub(super) struct Editor<'a> {
    prompt: &'a [u8],
    columns: usize,
    help: Option<&'a Help>,
    /// A password: stars are shown, and nothing is offered.
    hidden: bool,
    text: Vec<u8>,
    at: usize,
    /// Earlier lines and, as the last one, this; which of them is shown, counted from the last.
    lines: Vec<Vec<u8>>,
    back: usize,
    /// Bytes of an unfinished escape sequence.
    escape: Vec<u8>,
    /// What Tab offers, and which of it is shown; the number of offers: the line as it was typed.
    offers: Option<(Vec<String>, usize)>,
    drawn_rows: usize,
    drawn_at: usize,
    out: Vec<u8>,
}

const ESCAPE: u8 = 27;

impl<'a> Editor<'a> {
    /// An empty line behind a prompt, on a terminal of so many columns.
    pub(super) fn new(
        prompt: &'a str,
        columns: usize,
        help: Option<&'a Help>,
        history: &[Vec<u8>],
    ) -> Self {
        let mut lines = history.to_vec();
        lines.push(Vec::new());
        Self {
            prompt: prompt.as_bytes(),
            columns: columns.max(1),
            help,
            hidden: false,
            text: Vec::new(),
            at: 0,
            lines,
            back: 0,
            escape: Vec::new(),
            offers: None,
            drawn_rows: 0,
            drawn_at: 0,
            out: prompt.as_bytes().to_vec(),
        }
    }

    /// A password.
    pub(super) fn hidden(prompt: &'a str, columns: usize) -> Self {
        Self { hidden: true, ..Self::new(prompt, columns, None, &[]) }
    }

    /// What the terminal has not been shown yet.
    pub(super) fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    /// A byte was typed.
    pub(super) fn key(&mut self, key: u8) -> Outcome {
        if let Some((offers, shown)) = self.offers.take() {
            let count = offers.len();
            if key == b'\t' {
                let next = (shown + 1) % (count + 1);
                if next == count {
                    self.out.push(7);
                }
                self.offer(offers, next);
                return Outcome::More;
            }
            if let Some(offer) = offers.get(shown) {
                if key == ESCAPE {
                    self.draw(true);
                } else {
                    self.replace(offer.clone().into_bytes());
                }
            }
        }
        if !self.escape.is_empty() {
            self.escape.push(key);
            self.escaped();
            return Outcome::More;
        }
        match key {
            b'\r' => return self.enter(),
            3 => return Outcome::GaveUp,
            4 if self.text.is_empty() => return Outcome::GaveUp,
            ESCAPE => self.escape.push(key),
            b'\t' if !self.hidden => self.tab(),
            key => self.edit(key),
        }
        Outcome::More
    }

    fn enter(&mut self) -> Outcome {
        if !self.hidden {
            self.go_to(self.text.len());
            // Once more without the hint: the line stays as it was typed.
            self.draw(false);
        }
        Outcome::Line(std::mem::take(&mut self.text))
    }

    /// The keys that change the line or move in it.
    fn edit(&mut self, key: u8) {
        match key {
            8 | 127 if self.at > 0 => {
                self.at -= 1;
                self.text.remove(self.at);
            }
            8 | 127 => return,
            4 => return self.delete(),
            1 => return self.go_to(0),
            2 => return self.go_to(self.at.saturating_sub(1)),
            5 => return self.go_to(self.text.len()),
            6 => return self.go_to((self.at + 1).min(self.text.len())),
            11 => self.text.truncate(self.at),
            12 => self.out.extend(b"\x1b[H\x1b[2J"),
            14 => return self.other_line(false),
            16 => return self.other_line(true),
            20 if self.at > 0 && self.at < self.text.len() => {
                self.text.swap(self.at - 1, self.at);
                self.at = (self.at + 1).min(self.text.len() - 1);
            }
            20 => return,
            21 => {
                self.text.clear();
                self.at = 0;
            }
            23 => self.delete_word(),
            key => {
                self.text.insert(self.at, key);
                self.at += 1;
                if self.hidden && self.at == self.text.len() {
                    self.out.push(b'*');
                    return;
                }
            }
        }
        self.draw(true);
    }

    fn delete(&mut self) {
        if self.at < self.text.len() {
            self.text.remove(self.at);
            self.draw(true);
        }
    }

    fn delete_word(&mut self) {
        let head = &self.text[..self.at];
        let blanks = head.iter().rev().take_while(|b| **b == b' ').count();
        let word = head.iter().rev().skip(blanks).take_while(|b| **b != b' ').count();
        let start = self.at - blanks - word;
        self.text.drain(start..self.at);
        self.at = start;
    }

    fn go_to(&mut self, at: usize) {
        if at != self.at {
            self.at = at;
            self.draw(true);
        }
    }

    fn replace(&mut self, text: Vec<u8>) {
        self.at = text.len();
        self.text = text;
    }

    fn other_line(&mut self, older: bool) {
        let last = self.lines.len() - 1;
        if last == 0 {
            return;
        }
        self.lines[last - self.back] = self.text.clone();
        let back = if older { self.back.checked_add(1) } else { self.back.checked_sub(1) };
        if let Some(back) = back.filter(|back| *back <= last) {
            self.back = back;
            self.replace(self.lines[last - back].clone());
            self.draw(true);
        }
    }

    /// Looks whether the escape sequence is whole.
    fn escaped(&mut self) {
        let end = self.text.len();
        match self.escape[..] {
            [_, _] | [_, b'[', b'0'..=b'9'] => return,
            [_, b'[', b'A'] => self.other_line(true),
            [_, b'[', b'B'] => self.other_line(false),
            [_, b'[', b'C'] => self.go_to((self.at + 1).min(end)),
            [_, b'[', b'D'] => self.go_to(self.at.saturating_sub(1)),
            [_, b'[' | b'O', b'H'] => self.go_to(0),
            [_, b'[' | b'O', b'F'] => self.go_to(end),
            [_, b'[', b'3', b'~'] => self.delete(),
            _ => {}
        }
        self.escape.clear();
    }

    fn tab(&mut self) {
        let line = String::from_utf8_lossy(&self.text).into_owned();
        let offers = self.help.map(|help| help.complete(&line)).unwrap_or_default();
        if offers.is_empty() {
            self.out.push(7);
        } else {
            self.offer(offers, 0);
        }
    }

    /// Shows an offer, or the line itself behind the last one.
    fn offer(&mut self, offers: Vec<String>, which: usize) {
        match offers.get(which) {
            Some(offer) => {
                let (text, at) = (std::mem::take(&mut self.text), self.at);
                self.replace(offer.clone().into_bytes());
                self.draw(true);
                (self.text, self.at) = (text, at);
            }
            None => self.draw(true),
        }
        self.offers = Some((offers, which));
    }

    /// Shows the line anew; it may take several rows of the terminal.
    fn draw(&mut self, with_hint: bool) {
        let (width, before) = (self.columns, self.prompt.len());
        let mut rows = (before + self.text.len()).div_ceil(width);
        let from = (before + self.drawn_at + width) / width;
        let old = self.drawn_rows;
        if old > from {
            self.out.extend(format!("\x1b[{}B", old - from).bytes());
        }
        for _ in 1..old {
            self.out.extend(b"\r\x1b[0K\x1b[1A");
        }
        self.out.extend(b"\r\x1b[0K");
        self.out.extend(self.prompt);
        let stars = vec![b'*'; if self.hidden { self.text.len() } else { 0 }];
        self.out.extend(if self.hidden { &stars } else { &self.text });
        if with_hint {
            self.draw_hint();
        }
        if self.at > 0 && self.at == self.text.len() && (self.at + before).is_multiple_of(width) {
            self.out.extend(b"\n\r");
            rows += 1;
        }
        self.drawn_rows = old.max(rows);
        let to = (before + self.at + width) / width;
        if rows > to {
            self.out.extend(format!("\x1b[{}A", rows - to).bytes());
        }
        match (before + self.at) % width {
            0 => self.out.push(b'\r'),
            column => self.out.extend(format!("\r\x1b[{column}C").bytes()),
        }
        self.drawn_at = self.at;
    }

    /// The arguments that are still to come, in grey, as far as the row has room.
    fn draw_hint(&mut self) {
        let used = self.prompt.len() + self.text.len();
        let room = self.columns.saturating_sub(used);
        let Some(help) = self.help.filter(|_| room > 0) else { return };
        let Some(hint) = help.hint(&String::from_utf8_lossy(&self.text)) else { return };
        self.out.extend(b"\x1b[0;90;49m");
        self.out.extend(hint.bytes().take(room));
        self.out.extend(b"\x1b[0m");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &[u8], history: &[&str]) -> Outcome {
        let history: Vec<Vec<u8>> = history.iter().map(|line| line.as_bytes().to_vec()).collect();
        let mut editor = Editor::new("> ", 20, None, &history);
        keys.iter().map(|key| editor.key(*key)).find(|o| *o != Outcome::More).expect("an end")
    }

    fn line(text: &str) -> Outcome {
        Outcome::Line(text.as_bytes().to_vec())
    }

    #[test]
    fn keys_edit_the_line() {
        assert_eq!(typed(b"get foo\r", &[]), line("get foo"));
        assert_eq!(typed(b"gex\x7ft foo\r", &[]), line("get foo"));
        assert_eq!(typed(b"et foo\x01g\r", &[]), line("get foo"));
        assert_eq!(typed(b"set foo\x17bar\r", &[]), line("set bar"));
        assert_eq!(typed(b"get foox\x1b[D\x04\r", &[]), line("get foo"));
        assert_eq!(typed(b"get fxoo\x1b[D\x1b[D\x1b[D\x1b[3~\r", &[]), line("get foo"));
        assert_eq!(typed(b"egt\x02\x02\x14\r", &[]), line("get"));
        assert_eq!(typed(b"nonsense\x15ping\r", &[]), line("ping"));
        assert_eq!(typed(b"ping nonsense\x01\x06\x06\x06\x06\x0b\r", &[]), line("ping"));
    }

    #[test]
    fn earlier_lines_come_back() {
        assert_eq!(typed(b"\x1b[A\r", &["one", "two"]), line("two"));
        assert_eq!(typed(b"\x10\x10\x10\x0e\r", &["one", "two"]), line("two"));
        assert_eq!(typed(b"new\x1b[A\x1b[B\r", &["one"]), line("new"));
    }

    #[test]
    fn giving_up() {
        assert_eq!(typed(b"get\x03", &[]), Outcome::GaveUp);
        assert_eq!(typed(b"\x04", &[]), Outcome::GaveUp);
    }

    #[test]
    fn a_password_is_stars() {
        let mut editor = Editor::hidden("Please input password: ", 80);
        b"abc".iter().for_each(|key| assert_eq!(editor.key(*key), Outcome::More));
        assert_eq!(editor.take_output(), b"Please input password: ***");
        assert_eq!(editor.key(b'\r'), line("abc"));
    }

    /// Any keys at all, on terminals of any width.
    #[test]
    fn no_key_breaks_it() {
        let mut keys = 1_u32;
        for width in [0, 1, 7, 80] {
            let mut editor = Editor::new("a> ", width, None, &[b"old".to_vec()]);
            for _ in 0..20_000 {
                keys = keys.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                if editor.key((keys >> 24) as u8) != Outcome::More {
                    editor = Editor::new("a> ", width, None, &[b"old".to_vec()]);
                }
            }
        }
    }
}
