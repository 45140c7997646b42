//! The state of a shell and the running of what was typed.

mod job;

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Waker};

use engine_sim::fs::resolve;
use engine_sim::{FsOp, Pid, Spawn};

use crate::builtin;
use crate::io::{Input, Io, Output, Pipe};
use crate::kept::Kept;
use crate::lang::ast::{Command, Join, List, Pipeline, Redirect, Target, Word};
use crate::lang::parse::{ParseError, parse};
use crate::program;
use crate::sys::{Sys, step_aside};
use crate::tty::Tty;
use job::{Job, Stages};

/// What a shell remembers; a subshell works on a copy.
#[derive(Clone)]
pub(crate) struct State {
    pub(crate) vars: BTreeMap<String, String>,
    pub(crate) cwd: String,
    pub(crate) status: i32,
    pub(crate) history: Vec<String>,
    /// The shell's own process.
    pub(crate) pid: Pid,
    pub(crate) last_background: Option<Pid>,
    pub(crate) tty_name: String,
    /// `exit` was typed, with this code.
    pub(crate) exiting: Option<i32>,
    /// How deep command substitutions nest.
    pub(crate) depth: usize,
    /// Ctrl-C is not for it.
    pub(crate) background: bool,
}

impl State {
    /// Takes over the memory of an earlier shell, if it has any.
    pub(crate) fn remember(&mut self, kept: Kept) {
        if !kept.cwd.is_empty() {
            self.cwd = kept.cwd;
        }
        self.history = kept.history;
        self.vars.extend(kept.vars);
    }
}

/// A shell on a host.
#[derive(Clone)]
pub(crate) struct Shell {
    pub(crate) sys: Sys,
    pub(crate) tty: Tty,
    pub(crate) state: State,
}

/// A running thing.
pub(crate) type Task<'a> = Pin<Box<dyn Future<Output = i32> + 'a>>;

/// Command substitutions may nest so deep.
const DEPTH_MAX: usize = 16;
/// What a round of a `while` loop costs, in virtual microseconds.
const ROUND_COST_US: u64 = 100;

impl Shell {
    /// Runs a typed text. `Err` when more lines are needed.
    pub(crate) async fn run_text(&mut self, text: &str, io: &Io) -> Result<i32, ParseError> {
        let list = parse(text)?;
        let status = self.run_list(&list, io).await;
        self.state.status = status;
        Ok(status)
    }

    pub(crate) fn run_list<'a>(&'a mut self, list: &'a List, io: &'a Io) -> Task<'a> {
        Box::pin(async move {
            let mut status = self.state.status;
            for (join, pipeline, background) in &list.0 {
                let skip = match join {
                    Join::Then => false,
                    Join::And => status != 0,
                    Join::Or => status == 0,
                };
                if skip {
                    continue;
                }
                if *background {
                    self.run_in_background(pipeline, io);
                    status = 0;
                } else {
                    status = self.run_pipeline(pipeline, io).await;
                }
                self.state.status = status;
                if self.must_stop() {
                    break;
                }
            }
            status
        })
    }

    async fn run_pipeline(&mut self, pipeline: &Pipeline, io: &Io) -> i32 {
        let status = if let [command] = pipeline.commands.as_slice() {
            self.run_command(command, io).await
        } else {
            self.run_stages(&pipeline.commands, io).await
        };
        if pipeline.not { i32::from(status == 0) } else { status }
    }

    /// `&`: the shell goes on at once.
    fn run_in_background(&mut self, pipeline: &Pipeline, io: &Io) {
        let mut copy = self.clone();
        copy.state.background = true;
        let pipeline = pipeline.clone();
        let mut own = io.clone();
        own.input = Input::bytes(Vec::new());
        let mut task: Task<'static> =
            Box::pin(async move { copy.run_pipeline(&pipeline, &own).await });
        let mut context = Context::from_waker(Waker::noop());
        self.sys.last_pid.set(None);
        let running = task.as_mut().poll(&mut context).is_pending();
        if let Some(pid) = self.sys.last_pid.get() {
            self.state.last_background = Some(pid);
            let number = self.sys.background.borrow().len() + 1;
            io.err(format!("[{number}] {pid}\n"));
        }
        if running {
            self.sys.background.borrow_mut().push(task);
        }
    }

    /// Each command of a pipeline in a subshell of its own, all at once.
    async fn run_stages(&mut self, commands: &[Command], io: &Io) -> i32 {
        let mut shells: Vec<Self> = commands.iter().map(|_| self.clone()).collect();
        let mut ios = Vec::new();
        let mut before: Option<Pipe> = None;
        for i in 0..commands.len() {
            let mut own = io.clone();
            if let Some(pipe) = before.take() {
                own.input = Input::Pipe(pipe);
            }
            if i + 1 < commands.len() {
                let pipe = Pipe::default();
                own.output = Output::Pipe(pipe.clone());
                before = Some(pipe);
            }
            ios.push(own);
        }
        let last = commands.len().saturating_sub(1);
        let stages: Vec<Task<'_>> = shells
            .iter_mut()
            .zip(commands)
            .zip(&ios)
            .enumerate()
            .map(|(i, ((shell, command), io))| {
                Box::pin(async move {
                    let status = shell.run_command(command, io).await;
                    // The ends of the pipeline are those of whoever runs it: a loop writes on.
                    io.hang_up(i > 0, i < last);
                    status
                }) as Task<'_>
            })
            .collect();
        Stages { stages: stages.into_iter().map(|s| (Some(s), 0)).collect() }.await
    }

    pub(crate) fn run_command<'a>(&'a mut self, command: &'a Command, io: &'a Io) -> Task<'a> {
        Box::pin(async move {
            match command {
                Command::Simple { assigns, words, redirects } => {
                    self.run_simple(assigns, words, redirects, io).await
                }
                Command::For { name, words, body } => {
                    let mut status = 0;
                    for value in self.expand_words(words, io).await {
                        if !self.tty.may_go_round(io) {
                            break;
                        }
                        self.state.vars.insert(name.clone(), value);
                        status = self.run_list(body, io).await;
                        if self.must_stop() {
                            break;
                        }
                    }
                    status
                }
                Command::While { until, condition, body } => {
                    let mut status = 0;
                    while self.tty.may_go_round(io) {
                        let met = self.run_list(condition, io).await == 0;
                        if met == *until || self.must_stop() {
                            break;
                        }
                        status = self.run_list(body, io).await;
                        // A loop that waits for nothing must not stop the world.
                        self.sys.sleep_us(ROUND_COST_US).await;
                    }
                    status
                }
                Command::If { branches, otherwise } => {
                    for (condition, body) in branches {
                        if self.run_list(condition, io).await == 0 {
                            return self.run_list(body, io).await;
                        }
                    }
                    match otherwise {
                        Some(body) => self.run_list(body, io).await,
                        None => 0,
                    }
                }
                Command::Group { body, subshell: false } => self.run_list(body, io).await,
                Command::Group { body, .. } => self.clone().run_list(body, io).await,
                Command::Redirected { command, redirects } => {
                    let Some(io) = self.redirect(redirects, io).await else { return 1 };
                    self.run_command(command, &io).await
                }
            }
        })
    }

    fn must_stop(&self) -> bool {
        self.state.exiting.is_some() || self.tty.0.borrow().interrupted || self.tty.gave_up()
    }

    async fn run_simple(
        &mut self,
        assigns: &[(String, Word)],
        words: &[Word],
        redirects: &[Redirect],
        io: &Io,
    ) -> i32 {
        let args = self.expand_words(words, io).await;
        let mut values = Vec::new();
        for (name, word) in assigns {
            values.push((name.clone(), self.expand_text(word, io).await));
        }
        if self.tty.gave_up() {
            return 1;
        }
        let Some(io) = self.redirect(redirects, io).await else { return 1 };
        let Some((name, rest)) = args.split_first() else {
            self.state.vars.extend(values);
            return if words.is_empty() { 0 } else { self.state.status };
        };
        if let Some(status) = builtin::run(self, name, rest, &io).await {
            return status;
        }
        let mut vars = self.state.vars.clone();
        vars.extend(values);
        match program::find(&self.sys, &self.state.cwd, name) {
            Ok(program) => self.run_program(program, &args, vars, &io).await,
            Err((words, status)) => {
                io.err(format!("-bash: {name}: {words}\n"));
                status
            }
        }
    }

    async fn run_program(
        &self,
        program: &'static program::Program,
        args: &[String],
        vars: BTreeMap<String, String>,
        io: &Io,
    ) -> i32 {
        let args = program.with_alias(args);
        let spawn = Spawn {
            ppid: self.state.pid,
            user: "root".to_owned(),
            tty: Some(self.state.tty_name.clone()),
            title: args.join(" "),
        };
        let pid = self.sys.world.borrow_mut().spawn(self.sys.host, spawn);
        let Some(pid) = pid else { return 137 };
        self.sys.last_pid.set(Some(pid));
        let context = program::Context {
            sys: self.sys.clone(),
            io: io.clone(),
            pid,
            ppid: self.state.pid,
            cwd: self.state.cwd.clone(),
            vars,
            tty_name: self.state.tty_name.clone(),
            args,
        };
        let task = (program.run)(context);
        let status = Job {
            sys: self.sys.clone(),
            tty: self.tty.clone(),
            pid,
            catches_interrupt: program.catches_interrupt || self.state.background,
            task: Some(Box::pin(async move {
                // Programs of one pipeline are all in the process table before the first works.
                step_aside(&io.sys).await;
                task.await
            })),
            told: false,
        }
        .await;
        // A server that ran in this process may have said something at its end.
        let words = self.sys.world.borrow_mut().take_stdout(self.sys.host, pid);
        io.out(words);
        status
    }

    /// The streams of a command; `None`, with a complaint, when a file cannot be opened.
    async fn redirect(&mut self, redirects: &[Redirect], io: &Io) -> Option<Io> {
        let mut io = io.clone();
        for redirect in redirects {
            match &redirect.target {
                Target::Dup(from) => {
                    let source = if *from == 2 { io.error.clone() } else { io.output.clone() };
                    if redirect.fd == 2 { io.error = source } else { io.output = source }
                }
                Target::Here(word) => {
                    let text = self.expand_text(word, &io).await;
                    io.input = Input::bytes(text.into_bytes());
                }
                Target::Read(word) => {
                    let path = self.expand_text(word, &io).await;
                    match self.sys.read(&self.state.cwd, &path) {
                        Ok(bytes) => io.input = Input::bytes(bytes),
                        Err(why) => {
                            io.err(format!("-bash: {path}: {why}\n"));
                            return None;
                        }
                    }
                }
                Target::Write(word) | Target::Append(word) | Target::Both(word) => {
                    let path = self.expand_text(word, &io).await;
                    let append = matches!(redirect.target, Target::Append(_));
                    let output = self.open(&path, append, &io)?;
                    if matches!(redirect.target, Target::Both(_)) {
                        io.error = output.clone();
                        io.output = output;
                    } else if redirect.fd == 2 {
                        io.error = output;
                    } else {
                        io.output = output;
                    }
                }
            }
        }
        Some(io)
    }

    fn open(&self, path: &str, append: bool, io: &Io) -> Option<Output> {
        if path == "/dev/null" {
            return Some(Output::Null);
        }
        let full = resolve(&self.state.cwd, path);
        let op = if append {
            FsOp::Append(full.clone(), Vec::new())
        } else {
            FsOp::Write(full.clone(), Vec::new())
        };
        match self.sys.fs(op) {
            Ok(()) => Some(Output::File(full)),
            Err(why) => {
                io.err(format!("-bash: {path}: {why}\n"));
                None
            }
        }
    }

    /// The output of a command, for `$(…)`.
    pub(crate) async fn substitute(&mut self, script: &str, io: &Io) -> String {
        if self.state.depth >= DEPTH_MAX {
            return String::new();
        }
        let buffer = std::rc::Rc::default();
        let mut own = io.clone();
        own.output = Output::Buffer(std::rc::Rc::clone(&buffer));
        let mut copy = self.clone();
        copy.state.depth += 1;
        match Box::pin(copy.run_text(script, &own)).await {
            Ok(status) => self.state.status = status,
            Err(_) => io.err("-bash: command substitution: syntax error: unexpected end of file\n"),
        }
        let bytes: Vec<u8> = buffer.take();
        let mut text = String::from_utf8_lossy(&bytes).into_owned();
        while text.ends_with('\n') {
            text.pop();
        }
        text
    }
}
