//! Programs at work: the stages of a pipeline, and each in its process.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use engine_sim::{Pid, Signal};

use super::Task;
use crate::sys::Sys;
use crate::tty::Tty;

/// The stages of a pipeline side by side; its status is that of the last.
pub(super) struct Stages<'a> {
    pub(super) stages: Vec<(Option<Task<'a>>, i32)>,
}

impl Future for Stages<'_> {
    type Output = i32;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<i32> {
        for (stage, status) in &mut self.stages {
            if let Some(task) = stage
                && let Poll::Ready(code) = task.as_mut().poll(cx)
            {
                *status = code;
                *stage = None;
            }
        }
        if self.stages.iter().all(|(stage, _)| stage.is_none()) {
            Poll::Ready(self.stages.last().map_or(0, |s| s.1))
        } else {
            Poll::Pending
        }
    }
}

/// A program in its process: it runs while the process does.
pub(super) struct Job<'a> {
    pub(super) sys: Sys,
    pub(super) tty: Tty,
    pub(super) pid: Pid,
    pub(super) catches_interrupt: bool,
    pub(super) task: Option<Task<'a>>,
    /// Whether it heard of Ctrl-C.
    pub(super) told: bool,
}

impl Future for Job<'_> {
    type Output = i32;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<i32> {
        if self.tty.0.borrow().interrupted && !self.catches_interrupt && !self.told {
            self.told = true;
            self.tty.mark_interrupt();
            let _ = self.sys.world.borrow_mut().kill(self.sys.host, self.pid, Signal::Int);
        }
        let stopped = self.sys.world.borrow().process(self.sys.host, self.pid).map(|p| p.stopped);
        match stopped {
            Some(true) => return Poll::Pending,
            Some(false) => {}
            None => {
                // Somebody ended it.
                self.task = None;
                self.sys.bump();
                let exit = self.sys.world.borrow_mut().take_exit(self.sys.host, self.pid);
                return Poll::Ready(self.say_how(exit));
            }
        }
        let Some(task) = &mut self.task else { return Poll::Ready(0) };
        let Poll::Ready(code) = task.as_mut().poll(cx) else { return Poll::Pending };
        self.task = None;
        self.sys.bump();
        let mut world = self.sys.world.borrow_mut();
        world.exit(self.sys.host, self.pid, code);
        world.take_exit(self.sys.host, self.pid);
        Poll::Ready(code)
    }
}

impl Job<'_> {
    /// What the shell says of a program that a signal ended.
    fn say_how(&self, exit: Option<engine_sim::ExitStatus>) -> i32 {
        let word = match exit {
            Some(engine_sim::ExitStatus::Signal(Signal::Kill)) => "Killed\n",
            Some(engine_sim::ExitStatus::Signal(Signal::Term)) => "Terminated\n",
            Some(engine_sim::ExitStatus::Signal(Signal::Hup)) => "Hangup\n",
            _ => "",
        };
        self.tty.show(crate::tty::Style::Stderr, word.as_bytes());
        exit.map_or(137, engine_sim::ExitStatus::code)
    }
}
