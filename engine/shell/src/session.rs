//! A login session: prompt, line, run, again.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use engine_sim::{Pid, Process, Spawn};

use crate::effort::Effort;
use crate::io::Io;
use crate::kept::Kept;
use crate::lang::parse::ParseError;
use crate::paste;
use crate::shell::{Shell, State};
use crate::sys::Sys;
use crate::tty::{Line, Style, Tty};

/// What a console may ask of a session while it runs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shown {
    pub(crate) kept: Kept,
}

pub(crate) type SharedShown = Rc<RefCell<Shown>>;

/// Lines that history keeps.
const HISTORY_MAX: usize = 1000;

/// The first terminal of a host that nobody has: other consoles may be logged in there too.
pub(crate) fn free_terminal(sys: &Sys) -> String {
    let taken = |name: &String| {
        sys.with(|h| h.processes().any(|p| p.tty.as_ref() == Some(name))).unwrap_or_default()
    };
    let mut names = (0..).map(|number: u32| format!("pts/{number}"));
    names.find(|name| !taken(name)).unwrap_or_default()
}

/// How the daemon behind a login is listed.
fn daemon(tty_name: &str) -> String {
    format!("sshd: root@{tty_name}")
}

/// What runs in a terminal, and the daemon behind it.
pub(crate) fn behind(sys: &Sys, tty_name: &str) -> Vec<Pid> {
    let daemon = daemon(tty_name);
    sys.with(|h| {
        let of_terminal = |p: &&Process| p.tty.as_deref() == Some(tty_name) || p.title == daemon;
        h.processes().filter(of_terminal).map(|p| p.pid).collect()
    })
    .unwrap_or_default()
}

/// Logs in on a host: the shell's process and its state. `None` when the host has no power.
pub(crate) fn log_in(sys: &Sys, tty: &Tty, tty_name: &str) -> Option<Shell> {
    let spawn = |ppid: Pid, tty: Option<&str>, title: &str| {
        let spawn = Spawn {
            ppid,
            user: "root".to_owned(),
            tty: tty.map(str::to_owned),
            title: title.to_owned(),
        };
        sys.world.borrow_mut().spawn(sys.host, spawn)
    };
    let sshd = spawn(Pid(1204), None, &daemon(tty_name))?;
    let pid = spawn(sshd, Some(tty_name), "-bash")?;
    let vars = [
        ("HOME", "/root"),
        ("USER", "root"),
        ("LOGNAME", "root"),
        ("SHELL", "/bin/bash"),
        ("TERM", "dumb"),
        ("LANG", "en_US.UTF-8"),
        ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/root/bin"),
    ];
    let state = State {
        vars: vars
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect::<BTreeMap<_, _>>(),
        cwd: "/root".to_owned(),
        status: 0,
        history: Vec::new(),
        pid,
        last_background: None,
        tty_name: tty_name.to_owned(),
        exiting: None,
        depth: 0,
        background: false,
    };
    Some(Shell { sys: sys.clone(), tty: tty.clone(), state })
}

/// `[root@db01 ~]# `
fn prompt(shell: &Shell) -> String {
    let host = shell.variable("HOSTNAME");
    let cwd = &shell.state.cwd;
    let name = if *cwd == shell.variable("HOME") {
        "~"
    } else if cwd == "/" {
        "/"
    } else {
        cwd.rsplit('/').next().unwrap_or(cwd)
    };
    format!("[root@{host} {name}]# ")
}

/// Reads and runs lines until `exit`; the code of it.
pub(crate) async fn run(mut shell: Shell, shown: SharedShown) -> i32 {
    let io = Io::terminal(&shell.sys, &shell.tty);
    loop {
        {
            let kept = &mut shown.borrow_mut().kept;
            kept.cwd.clone_from(&shell.state.cwd);
            kept.history.clone_from(&shell.state.history);
            kept.vars.clone_from(&shell.state.vars);
        }
        let line = shell.tty.read_line(&shell.sys, &prompt(&shell), None).await;
        let text = match line {
            Line::Text(text) => text,
            Line::Interrupted => {
                shell.state.status = 130;
                continue;
            }
            Line::End => {
                io.out("logout\n");
                return shell.state.status;
            }
        };
        let Some(text) = paste::for_shell(&text) else { continue };
        if !text.trim().is_empty() {
            shell.state.history.push(text.clone());
            let extra = shell.state.history.len().saturating_sub(HISTORY_MAX);
            shell.state.history.drain(..extra);
        }
        run_line(&mut shell, text, &io).await;
        {
            let mut tty = shell.tty.0.borrow_mut();
            tty.interrupted = false;
            tty.effort = Effort::default();
        }
        if shell.tty.0.borrow().broken_off {
            shell.tty.show(Style::Input, b"\n");
        }
        if let Some(code) = shell.state.exiting {
            io.out("logout\n");
            return code;
        }
    }
}

/// Runs a line, with more lines when it needs them.
async fn run_line(shell: &mut Shell, mut text: String, io: &Io) {
    loop {
        match shell.run_text(&text, io).await {
            Ok(_) => return,
            Err(ParseError::Unexpected(token)) => {
                io.err(format!("-bash: syntax error near unexpected token `{token}'\n"));
                shell.state.status = 2;
                return;
            }
            Err(ParseError::Incomplete) => {}
        }
        match shell.tty.read_line(&shell.sys, "> ", None).await {
            Line::Text(more) => {
                text.push('\n');
                text.push_str(&more);
            }
            Line::Interrupted => {
                shell.state.status = 130;
                return;
            }
            Line::End => {
                shell.tty.show(Style::Stderr, b"-bash: syntax error: unexpected end of file\n");
                shell.state.status = 2;
                return;
            }
        }
    }
}
