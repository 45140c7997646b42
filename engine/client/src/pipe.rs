//! `--pipe`: raw protocol from standard input to the server (`pipeMode` in redis-cli.c).

use crate::link::push_command;
use crate::platform::Platform;
use crate::reply::Reply;
use crate::session::{Exit, Session, Tell};

/// Sends everything and counts the replies; the exit code.
pub(crate) async fn run<P: Platform>(session: &mut Session<'_, P>) -> Result<i32, Exit> {
    if !session.connect(false, Tell::Errors).await {
        return Ok(1);
    }
    let mut bytes = session.platform.read_stdin().await;
    // An answer that nobody else can give ends the conversation; the line break before it closes
    // whatever half a command the input ended with.
    let mut magic = Vec::with_capacity(24);
    while magic.len() < 20 {
        magic.extend_from_slice(&session.platform.random().to_le_bytes());
    }
    magic.truncate(20);
    bytes.extend_from_slice(b"\r\n");
    push_command(&mut bytes, &[b"ECHO".as_slice(), &magic]);
    let sent = match session.link() {
        Some(link) => link.send_raw(&bytes).await,
        None => return Ok(1),
    };
    if let Err(error) = sent {
        session.err(&format!("Error writing to the server: {error}\n"));
        return Ok(1);
    }
    session.out("All data transferred. Waiting for the last reply...\n");
    let (mut errors, mut replies) = (0_u64, 0_u64);
    loop {
        let reply = match session.link() {
            Some(link) => link.reply().await,
            None => return Ok(1),
        };
        match reply {
            Ok(Reply::Error(text)) => {
                session.err(&format!("{}\n", String::from_utf8_lossy(&text)));
                errors += 1;
                replies += 1;
            }
            Ok(Reply::Bulk(text)) if text == magic => break,
            Ok(_) => replies += 1,
            Err(_) => {
                session.err("Error reading replies from server\n");
                return Ok(1);
            }
        }
    }
    session.out("Last reply received from server.\n");
    session.out(&format!("errors: {errors}, replies: {replies}\n"));
    Ok(i32::from(errors > 0))
}
