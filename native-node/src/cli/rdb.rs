//! `--rdb` and `--functions-rdb`: the data of a server in a file (`getRDB` in redis-cli.c). Standard
//! output gets the file alone, and not the mark behind it that redis-cli lets through.

use std::fs::File;
use std::io::{self, Write as _};

use engine_client::{Exit, Session};

use super::sync::{Ends, Transfer, replconf};
use super::{BROKEN_PIPE, Terminal, words};

/// Fetches the data, or the function libraries alone; `name`: the file, `-` for standard output.
pub(super) async fn run(
    platform: &Terminal,
    session: &mut Session<'_, Terminal>,
    name: &str,
    functions: bool,
) -> Result<i32, Exit> {
    replconf(platform, session, "capa", "eof").await?;
    replconf(platform, session, "rdb-only", "1").await?;
    if functions && !replconf(platform, session, "rdb-filter-only", "functions").await? {
        platform.complain("Failed requesting functions only RDB from server, aborting\n");
        return Ok(1);
    }
    let mut transfer = Transfer::begin(platform, session).await?;
    let marked = matches!(transfer.ends(), Ends::With(_));
    match transfer.ends() {
        Ends::With(_) => platform.complain(&format!(
            "SYNC sent to master, writing bytes of bulk transfer until EOF marker to '{name}'\n"
        )),
        Ends::After(bytes) => {
            platform.complain(&format!("SYNC sent to master, writing {bytes} bytes to '{name}'\n"));
        }
    }
    let mut target = if name == "-" {
        Target::Output
    } else {
        // Emptied first, which redis-cli leaves undone: no old end behind a shorter file.
        match File::create(name) {
            Ok(file) => Target::File(file),
            Err(error) => {
                platform.complain(&format!("Error opening '{name}': {}\n", words(&error)));
                return Ok(1);
            }
        }
    };
    let mut written = 0;
    loop {
        let Ok(bytes) = transfer.next().await else {
            platform.complain("I/O Error reading RDB payload from socket\n");
            return Ok(1);
        };
        if bytes.is_empty() {
            break;
        }
        if let Err(error) = target.write(&bytes) {
            if error.kind() == io::ErrorKind::BrokenPipe {
                return Ok(BROKEN_PIPE);
            }
            platform.complain(&format!("Error writing data to file: {}\n", words(&error)));
            return Ok(1);
        }
        written += bytes.len() as u64;
    }
    if let (Target::File(file), true) = (&target, marked)
        && let Err(error) = file.set_len(written)
    {
        platform.complain(&format!("ftruncate failed: {}.\n", words(&error)));
    }
    platform.complain(&if marked {
        format!("Transfer finished with success after {written} bytes\n")
    } else {
        "Transfer finished with success.\n".to_owned()
    });
    // The master need not wait until the disk is done.
    drop(transfer);
    if let Err(error) = target.sync() {
        platform.complain(&format!("Fail to fsync '{name}': {}\n", words(&error)));
        return Ok(1);
    }
    Ok(0)
}

/// Where the data goes.
enum Target {
    /// Standard output.
    Output,
    File(File),
}

impl Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Output => io::stdout().write_all(bytes),
            Self::File(file) => file.write_all(bytes),
        }
    }

    fn sync(&mut self) -> io::Result<()> {
        match self {
            Self::Output => io::stdout().flush(),
            // What is no file of a disk (`/dev/null`) needs no such care, and redis-cli says so.
            Self::File(file) => file.sync_all(),
        }
    }
}
