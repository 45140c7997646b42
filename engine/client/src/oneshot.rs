//! One command from the command line (`noninteractive` in redis-cli.c).

use crate::number::unquote;
use crate::platform::Platform;
use crate::session::{Exit, Session, Tell};

/// Runs the command of the command line; the exit code.
pub(crate) async fn run<P: Platform>(session: &mut Session<'_, P>) -> Result<i32, Exit> {
    session.connect(false, Tell::Nothing).await;
    let mut command = Vec::new();
    for arg in &session.options.command {
        let arg = arg.as_bytes();
        let word = if session.options.quoted_input { unquote(arg) } else { Some(arg.to_vec()) };
        let Some(word) = word else {
            session.out("Invalid quoted string\n");
            return Ok(1);
        };
        command.push(word);
    }
    if session.options.stdin_last {
        command.push(session.platform.read_stdin().await);
    } else if let Some(tag) = &session.options.stdin_tag {
        let Some(place) = command.iter_mut().find(|word| word.as_slice() == tag.as_bytes()) else {
            session.err("Using -X option but stdin tag not match.\n");
            return Ok(1);
        };
        *place = session.platform.read_stdin().await;
    }
    let repeat = session.options.repeat;
    let connected = session.issue(&command, repeat).await?;
    Ok(i32::from(!connected))
}
