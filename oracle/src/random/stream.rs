//! What the append-only files have received: the same commands, which are those that replicas get.

use std::path::Path;

use anyhow::{Context as _, Result};
use engine_resp::{ReplyDecoder, Value};

use super::pair::Pair;
use super::{Word, show};

/// Where the two streams part, if they do: both sides, with what came before.
pub(super) fn part(pair: &Pair) -> Result<Option<[String; 2]>> {
    let real = masked(read(&pair.0[0].dir)?);
    let ours = masked(read(&pair.0[1].dir)?);
    if real == ours {
        return Ok(None);
    }
    let at = real.iter().zip(&ours).take_while(|(real, ours)| real == ours).count();
    let from = at.saturating_sub(3);
    let lines = |list: &[Vec<Word>]| {
        let part = &list[from..list.len().min(at + 4)];
        part.iter().map(|words| show(words)).collect::<Vec<_>>().join(" | ")
    };
    Ok(Some([lines(&real), lines(&ours)]))
}

/// All commands of the incremental files, in the order of their numbers.
fn read(dir: &Path) -> Result<Vec<Vec<Word>>> {
    let folder = dir.join("appendonlydir");
    let mut files: Vec<_> = std::fs::read_dir(&folder)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.to_string_lossy().ends_with(".incr.aof"))
        .collect();
    files.sort();
    let mut decoder = ReplyDecoder::new();
    for file in files {
        decoder.feed(&std::fs::read(file)?);
    }
    let mut commands = Vec::new();
    while let Some(command) = decoder.decode().context("an append-only file")? {
        let words = command.as_slice().unwrap_or_default();
        commands.push(words.iter().filter_map(Value::as_bytes).map(<[u8]>::to_vec).collect());
    }
    Ok(commands)
}

/// Without a second SELECT of one database; without times (milliseconds since 1970: a lifetime becomes one when it is written down), and
/// without what random commands took.
fn masked(mut commands: Vec<Vec<Word>>) -> Vec<Vec<Word>> {
    let mut selected = None;
    commands.retain(|words| {
        let is_select = words.first().is_some_and(|name| name.eq_ignore_ascii_case(b"select"));
        !is_select || selected.replace(words.clone()).as_ref() != Some(words)
    });
    for words in &mut commands {
        let name = words.first().map(|name| name.to_ascii_uppercase()).unwrap_or_default();
        let values = if name == b"SREM" { 2 } else { words.len() };
        for (i, word) in words.iter_mut().enumerate().skip(1) {
            let is_time = word.len() == 13 && word.iter().all(u8::is_ascii_digit);
            // What SPOP took, and a dump, whose order and compression are each server's own.
            if is_time || i >= values || name == b"RESTORE" && i == 3 {
                *word = b"*".to_vec();
            }
        }
    }
    commands
}
