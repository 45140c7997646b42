//! The real terminal: key by key while a line is typed, and the history file.

use std::io::{self, IsTerminal as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::PathBuf;
use std::sync::Mutex;

use engine_client::{Help, is_kept};
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios};

use super::editor::{Editor, Outcome};

/// The history keeps so many lines, as redis-cli's does.
const KEPT: usize = 100;
/// Terminals that understand no escape sequences.
const TOO_SIMPLE: [&str; 3] = ["dumb", "cons25", "emacs"];

/// Whether lines can be edited: both ends are a terminal, and one that can do it.
pub(super) fn can_edit() -> bool {
    let simple = |term: String| TOO_SIMPLE.iter().any(|t| term.eq_ignore_ascii_case(t));
    io::stdin().is_terminal() && !std::env::var("TERM").is_ok_and(simple)
}

/// Lines that were typed before.
#[derive(Default)]
pub(super) struct History {
    lines: Vec<Vec<u8>>,
    file: Option<PathBuf>,
}

impl History {
    /// From `$REDISCLI_HISTFILE` or `~/.rediscli_history`.
    pub(super) fn load() -> Self {
        let named = std::env::var_os("REDISCLI_HISTFILE").filter(|name| !name.is_empty());
        let home = || std::env::var_os("HOME").filter(|home| !home.is_empty());
        let file = match named {
            Some(name) if name == "/dev/null" => None,
            Some(name) => Some(PathBuf::from(name)),
            None => home().map(|home| PathBuf::from(home).join(".rediscli_history")),
        };
        let bytes = file.as_ref().and_then(|file| std::fs::read(file).ok()).unwrap_or_default();
        let mut history = Self { lines: Vec::new(), file };
        for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            history.push(line);
        }
        history
    }

    fn push(&mut self, line: &[u8]) {
        if self.lines.last().is_none_or(|last| last != line) {
            self.lines.push(line.to_vec());
        }
        if self.lines.len() > KEPT {
            self.lines.remove(0);
        }
    }

    /// Keeps a line, unless it says nothing or may hold a password, and writes the file.
    pub(super) fn add(&mut self, line: &str) {
        if !is_kept(line) {
            return;
        }
        self.push(line.as_bytes());
        let Some(file) = &self.file else { return };
        let mut text = self.lines.join(&b'\n');
        text.push(b'\n');
        // A history that cannot be kept is no reason to stop; nobody else may read it.
        let private = std::fs::Permissions::from_mode(0o600);
        let mut options = std::fs::OpenOptions::new();
        let _ = options.write(true).create(true).truncate(true).mode(0o600).open(file).and_then(
            |mut file| {
                file.set_permissions(private)?;
                file.write_all(&text)
            },
        );
    }
}

/// What the terminal was set to before a line was begun.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

/// Somebody sent the signal of Ctrl-C, which as a key does not come while a line is edited: the
/// program ends, and leaves the terminal as it was.
pub(super) fn give_up() {
    let before = BEFORE.lock().ok().and_then(|mut before| before.take());
    if let Some(before) = before {
        let _ = rustix::termios::tcsetattr(io::stdin(), OptionalActions::Flush, &before);
        std::process::exit(1);
    }
}

/// Reads a line; `None` when the user gives up. A password when there is neither help nor history.
pub(super) fn read_line(
    prompt: &str,
    help: Option<&Help>,
    history: Option<&History>,
) -> Option<String> {
    let before = keys_one_by_one().ok()?;
    remember(Some(before.clone()));
    let columns = rustix::termios::tcgetwinsize(io::stdout()).map_or(0, |size| size.ws_col);
    let columns = if columns == 0 { 80 } else { usize::from(columns) };
    let mut editor = match history {
        Some(history) => Editor::new(prompt, columns, help, &history.lines),
        None => Editor::hidden(prompt, columns),
    };
    let line = loop {
        show(&editor.take_output());
        let mut key = [0];
        let outcome = match rustix::io::read(io::stdin(), &mut key) {
            Ok(1) => editor.key(key[0]),
            _ => Outcome::GaveUp,
        };
        match outcome {
            Outcome::More => {}
            Outcome::Line(line) => break Some(String::from_utf8_lossy(&line).into_owned()),
            Outcome::GaveUp => break None,
        }
    };
    show(&editor.take_output());
    remember(None);
    let _ = rustix::termios::tcsetattr(io::stdin(), OptionalActions::Flush, &before);
    show(b"\n");
    line
}

fn remember(before: Option<Termios>) {
    if let Ok(mut place) = BEFORE.lock() {
        *place = before;
    }
}

fn show(bytes: &[u8]) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(bytes);
    let _ = out.flush();
}

/// Every key comes at once and is not shown; what the terminal was set to before.
fn keys_one_by_one() -> rustix::io::Result<Termios> {
    use rustix::termios::{ControlModes, InputModes, OutputModes};
    let before = rustix::termios::tcgetattr(io::stdin())?;
    let mut raw = before.clone();
    raw.input_modes.remove(
        InputModes::BRKINT
            | InputModes::ICRNL
            | InputModes::INPCK
            | InputModes::ISTRIP
            | InputModes::IXON,
    );
    raw.output_modes.remove(OutputModes::OPOST);
    raw.control_modes.insert(ControlModes::CS8);
    raw.local_modes
        .remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::IEXTEN | LocalModes::ISIG);
    raw.special_codes[SpecialCodeIndex::VMIN] = 1;
    raw.special_codes[SpecialCodeIndex::VTIME] = 0;
    rustix::termios::tcsetattr(io::stdin(), OptionalActions::Flush, &raw)?;
    Ok(before)
}
