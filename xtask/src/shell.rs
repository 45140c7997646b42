//! Running other programs.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().map_or_else(|| here.to_path_buf(), Path::to_path_buf)
}

/// A command that runs in the folder of the workspace.
pub(crate) fn command<A: AsRef<OsStr>>(
    program: impl AsRef<OsStr>,
    args: impl IntoIterator<Item = A>,
) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(root());
    command
}

/// A cargo command, by the cargo that runs us.
pub(crate) fn cargo<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Command {
    let mut command = command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()), args);
    // Set for us by `cargo run`, and of this package: the builds we start must not see them.
    for (name, _) in std::env::vars_os() {
        let Some(text) = name.to_str() else { continue };
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(text);
        }
    }
    command
}

/// The command as one would type it.
pub(crate) fn shown(command: &Command) -> String {
    let mut line = Path::new(command.get_program())
        .file_name()
        .unwrap_or(command.get_program())
        .to_string_lossy()
        .into_owned();
    for arg in command.get_args() {
        line.push(' ');
        line.push_str(&arg.to_string_lossy());
    }
    line
}

/// Runs it with our standard streams, after saying what is run.
///
/// # Errors
/// It could not be started or did not end well.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let line = shown(command);
    eprintln!("$ {line}");
    let status = command.status().with_context(|| format!("cannot start: {line}"))?;
    if !status.success() {
        bail!("failed ({status}): {line}");
    }
    Ok(())
}

/// Runs it quietly and gives what it printed on standard output, trimmed; nothing if it failed.
pub(crate) fn answer(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Is there such a program on the search path?
pub(crate) fn have(program: &str) -> bool {
    find(program).is_some()
}

/// Where the search path finds this program.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// Runs it and hands every line that it prints (without colours) to `see`, which may count.
///
/// # Errors
/// It could not be started. How it ended is the answer: true when well.
pub(crate) fn watched(command: &mut Command, mut see: impl FnMut(&str) + Send) -> Result<bool> {
    let line = shown(command);
    eprintln!("$ {line}");
    if std::io::stdout().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start: {line}"))?;
    let out = child.stdout.take().context("no standard output")?;
    let err = child.stderr.take().context("no standard error")?;
    let seen = std::thread::scope(|scope| {
        let errors = scope.spawn(move || tee(err, std::io::stderr()));
        let mut lines = tee(out, std::io::stdout());
        lines.extend(errors.join().unwrap_or_default());
        lines
    });
    for line in &seen {
        see(&without_colours(line));
    }
    Ok(child.wait()?.success())
}

fn tee(from: impl std::io::Read, mut to: impl Write) -> Vec<String> {
    let mut lines = Vec::new();
    let mut reader = BufReader::new(from);
    let mut raw = Vec::new();
    while matches!(reader.read_until(b'\n', &mut raw), Ok(n) if n > 0) {
        // A closed terminal must not stop the count.
        let _ = to.write_all(&raw);
        lines.push(String::from_utf8_lossy(&raw).trim_end().to_owned());
        raw.clear();
    }
    lines
}

/// Drops the terminal's colour sequences (`ESC [ … letter`).
pub(crate) fn without_colours(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            let _ = chars.find(char::is_ascii_alphabetic);
        } else {
            plain.push(c);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    #[test]
    fn colours_are_dropped_and_words_are_kept() {
        assert_eq!(super::without_colours("\u{1b}[1;32mok\u{1b}[0m 3 passed"), "ok 3 passed");
    }

    #[test]
    fn a_watched_program_is_read_on_both_streams_and_its_failure_is_told() {
        let mut lines = Vec::new();
        let mut command = super::command("sh", ["-c", "echo out; echo err >&2; exit 3"]);
        let well = super::watched(&mut command, |line| lines.push(line.to_owned())).expect("sh");
        lines.sort();
        assert_eq!((lines, well), (vec!["err".to_owned(), "out".to_owned()], false));
    }
}
