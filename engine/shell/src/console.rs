//! The console: terminals on the hosts of a world, and what runs in them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use engine_base::Mono;
use engine_sim::{HostId, Pid, Signal, World};

use crate::io::{Input, Io, Output};
use crate::kept::Kept;
use crate::program;
use crate::session::{self, SharedShown, Shown};
use crate::shell::Task;
use crate::sys::{Ask, SharedWorld, Sys};
use crate::tty::{Chunk, Style, Tty};

/// Names a terminal of a console.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TabId(pub usize);

struct Tab {
    sys: Sys,
    tty: Tty,
    /// Its terminal on the host, e.g. `pts/0`, while somebody is logged in.
    tty_name: Option<String>,
    /// The login shell; `None` when the connection to the host is gone.
    task: Option<Task<'static>>,
    pid: Option<Pid>,
    shown: SharedShown,
    open: bool,
}

/// Terminals on hosts. The console does not move time by itself: [`Console::step`],
/// [`Console::advance`] and [`Console::run_until_idle`] do, and let the programs run.
pub struct Console {
    world: SharedWorld,
    activity: Rc<Cell<u64>>,
    asks: Rc<RefCell<Vec<Ask>>>,
    has_page: Rc<Cell<bool>>,
    tabs: Vec<Tab>,
}

/// More rounds of programs waking one another than this are a loop.
const ROUNDS_MAX: usize = 100_000;

impl Console {
    /// A console without terminals.
    #[must_use]
    pub fn new(world: SharedWorld) -> Self {
        Self {
            world,
            activity: Rc::default(),
            asks: Rc::default(),
            has_page: Rc::default(),
            tabs: Vec::new(),
        }
    }

    /// The world, shared with whoever draws it.
    #[must_use]
    pub fn world(&self) -> &SharedWorld {
        &self.world
    }

    /// There is a page that can open an editor for `vi` and its like ([`Console::take_asks`]).
    pub fn set_page(&mut self, there: bool) {
        self.has_page.set(there);
    }

    /// Opens a terminal and logs in on a host.
    pub fn open(&mut self, host: HostId) -> TabId {
        self.open_with(host, &Kept::default())
    }

    /// [`Console::open`], with the memory of an earlier shell.
    pub(crate) fn open_with(&mut self, host: HostId, kept: &Kept) -> TabId {
        let sys = self.sys(host);
        let shown = Shown { kept: kept.clone() };
        let tab = Tab {
            sys,
            tty: Tty::default(),
            tty_name: None,
            task: None,
            pid: None,
            shown: Rc::new(RefCell::new(shown)),
            open: true,
        };
        self.tabs.push(tab);
        let id = TabId(self.tabs.len() - 1);
        self.log_in(id);
        self.poll();
        id
    }

    /// What a new shell could take over from the one of a terminal.
    #[must_use]
    pub fn kept(&self, id: TabId) -> Kept {
        self.tabs.get(id.0).map(|t| t.shown.borrow().kept.clone()).unwrap_or_default()
    }

    fn sys(&self, host: HostId) -> Sys {
        Sys {
            world: Rc::clone(&self.world),
            host,
            activity: Rc::clone(&self.activity),
            asks: Rc::clone(&self.asks),
            background: Rc::default(),
            last_pid: Rc::default(),
            has_page: Rc::clone(&self.has_page),
        }
    }

    fn log_in(&mut self, id: TabId) {
        let Some(tab) = self.tabs.get_mut(id.0) else { return };
        let tty_name = session::free_terminal(&tab.sys);
        match session::log_in(&tab.sys, &tab.tty, &tty_name) {
            Some(mut shell) => {
                tab.tty_name = Some(tty_name);
                tab.pid = Some(shell.state.pid);
                let kept = std::mem::take(&mut tab.shown.borrow_mut().kept);
                shell.state.remember(kept);
                tab.shown = Rc::default();
                tab.task = Some(Box::pin(session::run(shell, Rc::clone(&tab.shown))));
            }
            None => {
                let host = tab.sys.with(|h| h.name.clone()).unwrap_or_default();
                let words = format!("ssh: connect to host {host} port 22: No route to host\n");
                tab.tty.show(Style::Stderr, words.as_bytes());
            }
        }
    }

    /// Closes a terminal: what runs in it gets SIGHUP.
    pub fn close(&mut self, id: TabId) {
        let Some(tab) = self.tabs.get_mut(id.0) else { return };
        tab.open = false;
        tab.task = None;
        let Some(tty_name) = tab.tty_name.take() else { return };
        for pid in session::behind(&tab.sys, &tty_name) {
            let _ = self.world.borrow_mut().kill(tab.sys.host, pid, Signal::Hup);
        }
    }

    /// The open terminals and their hosts.
    pub fn tabs(&self) -> impl Iterator<Item = (TabId, HostId)> {
        self.tabs.iter().enumerate().filter(|(_, t)| t.open).map(|(i, t)| (TabId(i), t.sys.host))
    }

    /// Types text and the Enter key; several lines are typed one after the other.
    pub fn submit(&mut self, id: TabId, text: &str) {
        if self.tabs.get(id.0).is_some_and(|t| t.open && t.task.is_none()) {
            self.log_in(id);
        }
        let Some(tab) = self.tabs.get_mut(id.0) else { return };
        let text = text.strip_suffix('\n').unwrap_or(text);
        let lines = text.split('\n').map(|l| Some(l.trim_end_matches('\r').to_owned()));
        tab.tty.0.borrow_mut().typed.extend(lines);
        self.poll();
    }

    /// Ctrl-C.
    pub fn interrupt(&mut self, id: TabId) {
        if let Some(tab) = self.tabs.get_mut(id.0) {
            let mut tty = tab.tty.0.borrow_mut();
            tty.typed.clear();
            tty.interrupted = true;
        }
        self.poll();
    }

    /// Ctrl-D on an empty line.
    pub fn end_of_input(&mut self, id: TabId) {
        if let Some(tab) = self.tabs.get_mut(id.0) {
            tab.tty.0.borrow_mut().typed.push_back(None);
        }
        self.poll();
    }

    /// What was shown since the last call.
    pub fn take_output(&mut self, id: TabId) -> Vec<Chunk> {
        self.tabs
            .get_mut(id.0)
            .map(|t| std::mem::take(&mut t.tty.0.borrow_mut().shown))
            .unwrap_or_default()
    }

    /// Whether the screen was cleared since the last call.
    pub fn take_clear(&mut self, id: TabId) -> bool {
        self.tabs.get(id.0).is_some_and(|t| std::mem::take(&mut t.tty.0.borrow_mut().clear))
    }

    /// What programs ask of the page.
    pub fn take_asks(&mut self) -> Vec<Ask> {
        self.asks.take()
    }

    /// The prompt in front of the cursor; `None` while a program runs that reads no line.
    #[must_use]
    pub fn prompt(&self, id: TabId) -> Option<String> {
        let state = self.tabs.get(id.0)?.tty.0.borrow();
        state.reader.as_ref().map(|r| r.prompt.clone())
    }

    /// Whether a terminal waits for its user.
    #[must_use]
    pub fn is_idle(&self, id: TabId) -> bool {
        let Some(tab) = self.tabs.get(id.0) else { return true };
        let state = tab.tty.0.borrow();
        tab.task.is_none() || state.reader.is_some() && state.typed.is_empty() && !state.interrupted
    }

    /// Whole lines that `line` may become: programs and paths for the shell, commands for an
    /// interactive redis-cli.
    #[must_use]
    pub fn complete(&self, id: TabId, line: &str) -> Vec<String> {
        let Some(tab) = self.tabs.get(id.0) else { return Vec::new() };
        let reader = tab.tty.0.borrow().reader.clone();
        match reader {
            Some(reader) if reader.help.is_some() => {
                reader.help.map(|h| h.complete(line)).unwrap_or_default()
            }
            Some(reader) if reader.prompt.starts_with('[') => {
                crate::complete::shell(&tab.sys, &tab.shown.borrow().kept.cwd, line)
            }
            _ => Vec::new(),
        }
    }

    /// What redis-cli would show in grey behind `line`.
    #[must_use]
    pub fn hint(&self, id: TabId, line: &str) -> Option<String> {
        let state = self.tabs.get(id.0)?.tty.0.borrow();
        state.reader.as_ref()?.help.as_ref()?.hint(line)
    }

    /// Lets all programs do what they can do now.
    pub fn poll(&mut self) {
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..ROUNDS_MAX {
            let before = self.activity.get();
            for tab in &mut self.tabs {
                poll_tab(tab, &mut context);
            }
            if self.activity.get() == before {
                break;
            }
        }
    }

    /// One step of the world, and what the programs make of it; `false` when nothing is due.
    pub fn step(&mut self) -> bool {
        let moved = self.world.borrow_mut().step();
        self.poll();
        moved
    }

    /// Lets the world and the programs run until `until`.
    pub fn advance(&mut self, until: Mono) {
        self.poll();
        while self.world.borrow().next_due().is_some_and(|at| at <= until) {
            self.step();
        }
        self.world.borrow_mut().run_until(until);
        self.poll();
    }

    /// Lets the world run until a terminal waits for its user, at most until `limit`; says
    /// whether it does.
    pub fn run_until_idle(&mut self, id: TabId, limit: Mono) -> bool {
        self.poll();
        while !self.is_idle(id) {
            let due = self.world.borrow().next_due();
            if due.is_none_or(|at| at > limit) {
                self.world.borrow_mut().run_until(limit);
                self.poll();
                return self.is_idle(id);
            }
            self.step();
        }
        true
    }

    /// Runs a text in a shell that is not shown, in a folder of a host; gives all that it printed
    /// and its status. `None` when it was not done by `limit`.
    pub fn run_hidden(
        &mut self,
        host: HostId,
        cwd: &str,
        text: &str,
        limit: Mono,
    ) -> Option<(String, i32)> {
        let sys = self.sys(host);
        let tty = Tty::default();
        let mut shell = session::log_in(&sys, &tty, "pts/9")?;
        let (pid, daemon) = (shell.state.pid, Pid(shell.state.pid.0.saturating_sub(1)));
        shell.state.cwd = cwd.to_owned();
        let buffer: Rc<RefCell<Vec<u8>>> = Rc::default();
        let io = Io {
            input: Input::bytes(Vec::new()),
            output: Output::Buffer(Rc::clone(&buffer)),
            error: Output::Buffer(Rc::clone(&buffer)),
            ..Io::terminal(&sys, &tty)
        };
        let text = text.to_owned();
        let mut task: Task<'static> = Box::pin(async move {
            match shell.run_text(&text, &io).await {
                Ok(status) => status,
                Err(_) => {
                    io.err("-bash: syntax error: unexpected end of file\n");
                    2
                }
            }
        });
        let mut context = Context::from_waker(Waker::noop());
        let status = loop {
            let before = self.activity.get();
            if let Poll::Ready(status) = task.as_mut().poll(&mut context) {
                break Some(status);
            }
            if self.activity.get() != before {
                continue;
            }
            let due = self.world.borrow().next_due();
            if due.is_none_or(|at| at > limit) {
                break None;
            }
            self.step();
        };
        drop(task);
        for pid in [pid, daemon] {
            self.world.borrow_mut().exit(host, pid, 0);
            self.world.borrow_mut().take_exit(host, pid);
        }
        let output = String::from_utf8_lossy(&buffer.borrow()).into_owned();
        status.map(|status| (output, status))
    }

    /// The world's present, for callers that do not hold it.
    #[must_use]
    pub fn now(&self) -> Mono {
        self.world.borrow().now()
    }

    /// Looks at the world.
    pub fn with_world<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        look(&self.world.borrow())
    }
}

fn poll_tab(tab: &mut Tab, context: &mut Context<'_>) {
    let background: Vec<Task<'static>> = tab.sys.background.take();
    for mut task in background {
        if task.as_mut().poll(context).is_pending() {
            tab.sys.background.borrow_mut().push(task);
        }
    }
    let Some(task) = &mut tab.task else { return };
    let alive = tab.pid.is_some_and(|pid| {
        let world = tab.sys.world.borrow();
        world.process(tab.sys.host, pid).is_some()
    });
    if !alive {
        tab.task = None;
        tab.tty_name = None;
        tab.shown.take();
        let host = tab.sys.with(|h| h.name.clone()).unwrap_or_default();
        let words = format!("Connection to {host} closed by remote host.\n");
        tab.tty.show(Style::Stderr, words.as_bytes());
        tab.tty.0.borrow_mut().typed.clear();
        return;
    }
    // A login shell at its prompt hears of nothing else: it need not be asked at every step.
    let waits = {
        let tty = tab.tty.0.borrow();
        let at_prompt = tty.reader.as_ref().is_some_and(|r| r.prompt.starts_with('['));
        at_prompt && tty.typed.is_empty() && !tty.interrupted
    };
    if waits && tab.sys.background.borrow().is_empty() {
        return;
    }
    if task.as_mut().poll(context).is_ready() {
        tab.task = None;
        tab.tty_name = None;
        tab.shown.take();
        if let Some(pid) = tab.pid.take() {
            let mut world = tab.sys.world.borrow_mut();
            world.exit(tab.sys.host, pid, 0);
            world.take_exit(tab.sys.host, pid);
        }
        let host = tab.sys.with(|h| h.name.clone()).unwrap_or_default();
        tab.tty.show(Style::Stdout, format!("Connection to {host} closed.\n").as_bytes());
    }
}

/// The names of all programs, for help.
#[must_use]
pub fn program_names() -> Vec<&'static str> {
    program::names().collect()
}
