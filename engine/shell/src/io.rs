//! Standard input, output and error of a program: terminal, pipe, file, or a buffer.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use engine_sim::FsOp;
use engine_sim::fs::FsError;

use crate::sys::{Sys, until_true};
use crate::tty::{Line, Style, Tty};

/// Bytes between two programs.
#[derive(Default)]
pub(crate) struct PipeState {
    bytes: VecDeque<u8>,
    writer_gone: bool,
    reader_gone: bool,
}

pub(crate) type Pipe = Rc<RefCell<PipeState>>;

/// Where a program reads from.
#[derive(Clone)]
pub(crate) enum Input {
    Tty,
    Pipe(Pipe),
    Bytes(Rc<RefCell<VecDeque<u8>>>),
}

/// Where a program writes to.
#[derive(Clone)]
pub(crate) enum Output {
    Tty(Style),
    Pipe(Pipe),
    /// An absolute path; the file is there already.
    File(String),
    Buffer(Rc<RefCell<Vec<u8>>>),
    Null,
}

/// The three streams.
#[derive(Clone)]
pub(crate) struct Io {
    pub(crate) sys: Sys,
    pub(crate) tty: Tty,
    pub(crate) input: Input,
    pub(crate) output: Output,
    pub(crate) error: Output,
}

impl Input {
    pub(crate) fn bytes(bytes: Vec<u8>) -> Self {
        Self::Bytes(Rc::new(RefCell::new(bytes.into())))
    }
}

impl Io {
    pub(crate) fn terminal(sys: &Sys, tty: &Tty) -> Self {
        Self {
            sys: sys.clone(),
            tty: tty.clone(),
            input: Input::Tty,
            output: Output::Tty(Style::Stdout),
            error: Output::Tty(Style::Stderr),
        }
    }

    fn write(&self, to: &Output, bytes: &[u8]) -> Result<(), FsError> {
        if !self.tty.may_write(bytes.len(), self) {
            return Ok(());
        }
        match to {
            Output::Tty(style) => self.tty.show(*style, bytes),
            Output::Pipe(pipe) => {
                let mut pipe = pipe.borrow_mut();
                if !pipe.reader_gone {
                    pipe.bytes.extend(bytes);
                    self.sys.bump();
                }
            }
            Output::File(path) => return self.sys.fs(FsOp::Append(path.clone(), bytes.to_vec())),
            Output::Buffer(buffer) => buffer.borrow_mut().extend_from_slice(bytes),
            Output::Null => {}
        }
        Ok(())
    }

    /// Writes to standard output.
    pub(crate) fn out(&self, text: impl AsRef<[u8]>) {
        if let Err(why) = self.write(&self.output, text.as_ref()) {
            self.err(format!("write error: {why}\n"));
        }
    }

    /// Writes to standard error.
    pub(crate) fn err(&self, text: impl AsRef<[u8]>) {
        let _ = self.write(&self.error, text.as_ref());
    }

    /// Whether nobody reads what is written any more.
    pub(crate) fn is_broken(&self) -> bool {
        matches!(&self.output, Output::Pipe(pipe) if pipe.borrow().reader_gone)
    }

    pub(crate) fn stdin_is_tty(&self) -> bool {
        matches!(self.input, Input::Tty)
    }

    pub(crate) fn stdout_is_tty(&self) -> bool {
        matches!(self.output, Output::Tty(_))
    }

    /// The next line with its line break, if it has one; `None` at the end.
    pub(crate) async fn read_line(&self) -> Option<Vec<u8>> {
        match &self.input {
            Input::Tty => match self.tty.read_line(&self.sys, "", None).await {
                Line::Text(text) => Some(format!("{text}\n").into_bytes()),
                Line::End | Line::Interrupted => None,
            },
            Input::Bytes(bytes) => take_line(&mut bytes.borrow_mut(), true),
            Input::Pipe(pipe) => {
                until_true(|| {
                    let pipe = pipe.borrow();
                    pipe.writer_gone || pipe.bytes.contains(&b'\n')
                })
                .await;
                self.sys.bump();
                take_line(&mut pipe.borrow_mut().bytes, true)
            }
        }
    }

    /// All until the end.
    pub(crate) async fn read_all(&self) -> Vec<u8> {
        match &self.input {
            Input::Bytes(bytes) => bytes.borrow_mut().drain(..).collect(),
            Input::Pipe(pipe) => {
                until_true(|| pipe.borrow().writer_gone).await;
                pipe.borrow_mut().bytes.drain(..).collect()
            }
            Input::Tty => {
                let mut all = Vec::new();
                while let Some(line) = self.read_line().await {
                    all.extend(line);
                }
                all
            }
        }
    }

    /// What a stage that ends leaves behind: its neighbours in the pipeline, before and behind it, learn of it.
    pub(crate) fn hang_up(&self, before: bool, behind: bool) {
        if let Output::Pipe(pipe) = &self.output
            && behind
        {
            pipe.borrow_mut().writer_gone = true;
        }
        if let Input::Pipe(pipe) = &self.input
            && before
        {
            pipe.borrow_mut().reader_gone = true;
        }
        self.sys.bump();
    }
}

fn take_line(bytes: &mut VecDeque<u8>, at_end: bool) -> Option<Vec<u8>> {
    let end = match bytes.iter().position(|b| *b == b'\n') {
        Some(at) => at + 1,
        None if at_end && !bytes.is_empty() => bytes.len(),
        None => return None,
    };
    Some(bytes.drain(..end).collect())
}
