//! A terminal: what was typed, what is shown.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use engine_client::Help;

use crate::effort::Effort;
use crate::sys::{Sys, until_true};

/// What a piece of shown text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A prompt, shown together with the line typed behind it.
    Prompt,
    /// What was typed.
    Input,
    /// What a program printed.
    Stdout,
    /// What a program complained of.
    Stderr,
}

/// A piece of shown text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// What it is.
    pub style: Style,
    /// The text; line breaks are `\n`.
    pub text: String,
}

/// Who waits for a line.
#[derive(Clone)]
pub(crate) struct Reader {
    pub(crate) prompt: String,
    pub(crate) help: Option<Rc<Help>>,
}

#[derive(Default)]
pub(crate) struct TtyState {
    /// Lines that were typed and not read yet; `None` is Ctrl-D.
    pub(crate) typed: VecDeque<Option<String>>,
    pub(crate) reader: Option<Reader>,
    pub(crate) shown: Vec<Chunk>,
    /// Ctrl-C was pressed and nobody took notice yet.
    pub(crate) interrupted: bool,
    /// Bytes of a character that is not complete yet.
    partial: Vec<u8>,
    /// The last thing shown is the mark of Ctrl-C: the prompt begins a new line.
    pub(crate) broken_off: bool,
    pub(crate) clear: bool,
    /// What the line that runs has cost so far.
    pub(crate) effort: Effort,
}

/// A terminal, shared by the programs on it.
#[derive(Clone, Default)]
pub(crate) struct Tty(pub(crate) Rc<RefCell<TtyState>>);

/// What reading a line came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    Text(String),
    /// Ctrl-D.
    End,
    /// Ctrl-C.
    Interrupted,
}

/// What a typed line costs, in virtual microseconds.
pub(crate) const LINE_COST_US: u64 = 10_000;

impl Tty {
    pub(crate) fn show(&self, style: Style, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let mut state = self.0.borrow_mut();
        let mut all = std::mem::take(&mut state.partial);
        all.extend_from_slice(bytes);
        let whole = match std::str::from_utf8(&all) {
            Err(e) if e.error_len().is_none() => e.valid_up_to(),
            _ => all.len(),
        };
        state.partial = all.split_off(whole);
        if all.is_empty() {
            return;
        }
        let text = String::from_utf8_lossy(&all).into_owned();
        state.broken_off = text.ends_with("^C");
        match state.shown.last_mut() {
            Some(last) if last.style == style && style != Style::Prompt => {
                last.text.push_str(&text);
            }
            _ => state.shown.push(Chunk { style, text }),
        }
    }

    /// What a terminal shows for Ctrl-C, once for all programs of a line.
    pub(crate) fn mark_interrupt(&self) {
        if !self.0.borrow().broken_off {
            self.show(Style::Input, b"^C");
        }
    }

    /// Whether the line that would be read next was pasted from elsewhere; waits until there is
    /// one. The program at this `prompt` leaves then, as if `exit` had been typed.
    pub(crate) async fn must_leave(
        &self,
        sys: &Sys,
        prompt: &str,
        help: Option<&Rc<Help>>,
    ) -> bool {
        self.0.borrow_mut().reader =
            Some(Reader { prompt: prompt.to_owned(), help: help.cloned() });
        sys.bump();
        let _waiting = Waiting(self);
        until_true(|| {
            let state = self.0.borrow();
            !state.typed.is_empty() || state.interrupted
        })
        .await;
        let leaves = match self.0.borrow().typed.front() {
            Some(Some(line)) => crate::paste::leaves_redis_cli(prompt, line),
            _ => false,
        };
        if leaves {
            self.show(Style::Prompt, prompt.as_bytes());
            self.show(Style::Input, b"exit\n");
        }
        leaves
    }

    /// Reads a line; prompt and line are shown when the line is there, as they would stand on a
    /// screen.
    pub(crate) async fn read_line(&self, sys: &Sys, prompt: &str, help: Option<&Rc<Help>>) -> Line {
        self.0.borrow_mut().reader =
            Some(Reader { prompt: prompt.to_owned(), help: help.cloned() });
        sys.bump();
        let _waiting = Waiting(self);
        until_true(|| {
            let state = self.0.borrow();
            !state.typed.is_empty() || state.interrupted
        })
        .await;
        let line = {
            let mut state = self.0.borrow_mut();
            if std::mem::take(&mut state.interrupted) {
                Line::Interrupted
            } else {
                match state.typed.pop_front().flatten() {
                    Some(text) => {
                        // A program that asks for line after line is none that runs away.
                        state.effort.go_on();
                        Line::Text(text)
                    }
                    None => Line::End,
                }
            }
        };
        self.0.borrow_mut().reader = None;
        self.show(Style::Prompt, prompt.as_bytes());
        match &line {
            Line::Text(text) => self.show(Style::Input, format!("{text}\n").as_bytes()),
            Line::End => self.show(Style::Input, b"\n"),
            Line::Interrupted => self.show(Style::Input, b"^C\n"),
        }
        sys.sleep_us(LINE_COST_US).await;
        line
    }
}

/// Nobody waits for a line any more when the reader is gone, however it went.
struct Waiting<'a>(&'a Tty);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Ok(mut state) = self.0.0.try_borrow_mut() {
            state.reader = None;
        }
    }
}
