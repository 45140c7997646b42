//! `--scan`: all keys of one node (`scanMode` in redis-cli.c).

use engine_base::number::parse_u64;
use engine_base::split::write_quoted;

use crate::platform::Platform;
use crate::print::Output;
use crate::reply::Reply;
use crate::session::{Exit, Session, Tell};

/// Prints the keys; the exit code.
pub(crate) async fn run<P: Platform>(session: &mut Session<'_, P>) -> Result<i32, Exit> {
    if !session.connect(false, Tell::Errors).await {
        return Ok(1);
    }
    let mut cursor = 0;
    loop {
        let (next, keys) = step(session, cursor).await?;
        let mut out = Vec::new();
        for key in keys {
            if session.format.output == Output::Standard {
                write_quoted(&mut out, &key);
            } else {
                out.extend_from_slice(&key);
            }
            out.push(b'\n');
        }
        session.platform.out(&out);
        if session.options.interval_ms > 0 {
            session.platform.sleep(session.options.interval_ms).await;
        }
        if next == 0 || session.platform.stop_asked() {
            return Ok(0);
        }
        cursor = next;
    }
}

/// One `SCAN` from `cursor`: the next cursor and the keys (`sendScan`).
///
/// # Errors
/// The exit code; why is said.
pub async fn step<P: Platform>(
    session: &mut Session<'_, P>,
    cursor: u64,
) -> Result<(u64, Vec<Vec<u8>>), Exit> {
    let mut command = vec![b"SCAN".to_vec(), cursor.to_string().into_bytes()];
    if let Some(pattern) = &session.options.pattern {
        command.extend([b"MATCH".to_vec(), pattern.clone()]);
    }
    let problem = match session.call(&command).await {
        Err(()) => return Err(Exit(1)),
        Ok(Reply::Error(text)) => format!("SCAN error: {}\n", String::from_utf8_lossy(&text)),
        Ok(Reply::Array(parts)) => match parts.as_slice() {
            [next, Reply::Array(keys)] => {
                let next = next.as_bytes().and_then(parse_u64).unwrap_or(0);
                return Ok((
                    next,
                    keys.iter().filter_map(|k| Some(k.as_bytes()?.to_vec())).collect(),
                ));
            }
            _ => "Invalid element count from SCAN!\n".into(),
        },
        Ok(_) => "Non ARRAY response from SCAN!\n".into(),
    };
    session.err(&problem);
    Err(Exit(1))
}
