//! `--eval FILE key … , arg …`: a script from a file (`evalMode` in redis-cli.c).

use std::fs::File;
use std::io::Read as _;

use engine_client::{Exit, Session};

use super::{Terminal, words};

/// Runs the script; the exit code.
pub(super) async fn run(
    platform: &Terminal,
    session: &mut Session<'_, Terminal>,
    path: &str,
) -> Result<i32, Exit> {
    let mut script = Vec::new();
    match File::open(path) {
        // What can be opened and not be read (a folder) is an empty script, here as there.
        Ok(mut file) => drop(file.read_to_end(&mut script)),
        Err(error) => {
            platform.complain(&format!("Can't open file '{path}': {}\n", words(&error)));
            return Ok(1);
        }
    }
    engine_client::eval(session, script).await
}
