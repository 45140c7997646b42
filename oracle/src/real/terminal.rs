//! A pseudo-terminal with a shell in it, held by `script` of util-linux.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use crate::{PROMPT, split_prompt};
use anyhow::{Context as _, Result, bail};

/// How long a line may take.
const PATIENCE: Duration = Duration::from_secs(90);
/// A prompt counts when nothing has followed it for so long.
const QUIET: Duration = Duration::from_millis(25);

pub(super) struct Terminal {
    child: Child,
    keyboard: ChildStdin,
    screen: Receiver<Vec<u8>>,
    /// The prompt that stands before what is typed next.
    prompt: String,
}

impl Terminal {
    pub(super) fn open(shell: String) -> Result<Self> {
        let mut command = Command::new("script");
        command.args(["-q", "-c", &shell, "/dev/null"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let keyboard = child.stdin.take().context("no keyboard")?;
        let mut output = child.stdout.take().context("no screen")?;
        let (send, screen) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(n @ 1..) = output.read(&mut buffer) {
                if send.send(buffer[..n].to_vec()).is_err() {
                    return;
                }
            }
        });
        let mut terminal = Self { child, keyboard, screen, prompt: String::new() };
        terminal.prompt = terminal.until_prompt()?;
        Ok(terminal)
    }

    /// Types a line; gives the prompt, the line and what it showed, without the next prompt.
    pub(super) fn type_line(&mut self, line: &str) -> Result<String> {
        self.keyboard.write_all(format!("{line}\n").as_bytes())?;
        let screen = self.until_prompt()?;
        let shown = format!("{}{screen}", self.prompt);
        let (text, prompt) = split_prompt(&shown);
        self.prompt = prompt.to_owned();
        Ok(text.to_owned())
    }

    fn until_prompt(&mut self) -> Result<String> {
        let end = Instant::now() + PATIENCE;
        let mut shown = Vec::new();
        loop {
            match self.screen.recv_timeout(QUIET) {
                Ok(bytes) => shown.extend(bytes),
                Err(RecvTimeoutError::Timeout) => {
                    let text = String::from_utf8_lossy(&shown).replace('\r', "");
                    if PROMPT.is_match(&text) {
                        return Ok(text);
                    }
                    if Instant::now() > end {
                        bail!("no prompt came back; the screen shows:\n{text}");
                    }
                }
                Err(RecvTimeoutError::Disconnected) => {
                    bail!("the shell ended:\n{}", String::from_utf8_lossy(&shown));
                }
            }
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // One that has ended already is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a command prints into a pipe, its errors too.
pub(super) fn output(command: &str) -> Result<String> {
    let out = Command::new("sh").args(["-c", command]).stdin(Stdio::null()).output()?;
    Ok(String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned())
}
