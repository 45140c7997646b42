//! `--eval FILE key … , arg …`: a script from a file (`evalMode` in redis-cli.c). The host reads the file.

use crate::{Exit, Platform, Session};

/// Runs a script with the words of the command line behind its file's name; the exit code.
///
/// # Errors
/// The exit code, when the program ends.
pub async fn eval<P: Platform>(session: &mut Session<'_, P>, script: Vec<u8>) -> Result<i32, Exit> {
    let words = &session.options.command;
    let keys = words.iter().position(|word| word == ",").unwrap_or(words.len());
    let mut command = vec![b"EVAL".to_vec(), script, keys.to_string().into_bytes()];
    command.extend(words.iter().take(keys).map(|word| word.clone().into_bytes()));
    command.extend(words.iter().skip(keys + 1).map(|word| word.clone().into_bytes()));
    let repeat = session.options.repeat;
    Ok(i32::from(!session.issue(&command, repeat).await?))
}
