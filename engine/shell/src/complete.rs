//! Completion at the shell: programs in front, paths behind.

use crate::program::names;
use crate::sys::Sys;

/// Whole lines that `line` may become.
pub(crate) fn shell(sys: &Sys, cwd: &str, line: &str) -> Vec<String> {
    let start = line.rfind([' ', '|', ';', '&', '>', '<']).map_or(0, |i| i + 1);
    let (before, word) = line.split_at(start);
    let first = before.trim_end().is_empty() || before.trim_end().ends_with(['|', ';', '&']);
    if word.is_empty() && first {
        return Vec::new();
    }
    if first && !word.contains('/') {
        let builtins = ["cd", "echo", "exit", "export", "history", "kill", "pwd", "unset"];
        let mut all: Vec<&str> = names().chain(builtins).filter(|n| n.starts_with(word)).collect();
        all.sort_unstable();
        return all.iter().map(|name| format!("{before}{name} ")).collect();
    }
    let (folder, name) = match word.rfind('/') {
        Some(at) => word.split_at(at + 1),
        None => ("", word),
    };
    let place = if folder.is_empty() { "." } else { folder };
    let mut all = Vec::new();
    for entry in sys.list(cwd, place).unwrap_or_default() {
        if entry.starts_with(name) && (!entry.starts_with('.') || name.starts_with('.')) {
            let path = format!("{folder}{entry}");
            let end = if sys.stat(cwd, &path).is_some_and(|s| s.is_dir) { "/" } else { " " };
            all.push(format!("{before}{path}{end}"));
        }
    }
    all
}
