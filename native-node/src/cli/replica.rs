//! `--replica`, and `SYNC` on the command line: what a master tells its replicas (`slaveMode` in redis-cli.c).

use engine_client::{Exit, Format, Link, LinkError, Output, Platform as _, ReplicaEnd, Session};

use super::Terminal;
use super::socket::Socket;
use super::sync::{Ends, Transfer, replconf};

/// Prints the commands of a master until it ends the connection, or the user does.
pub(super) async fn run(
    platform: &Terminal,
    session: &mut Session<'_, Terminal>,
) -> Result<i32, Exit> {
    replconf(platform, session, "capa", "eof").await?;
    // Nothing of the data: only what happens from now on. Old masters send all of it.
    replconf(platform, session, "rdb-filter-only", "").await?;
    let transfer = Transfer::begin(platform, session).await?;
    if let ReplicaEnd::Lost(error) = follow(platform, transfer, &session.format).await {
        platform.complain(&format!("Error: {error}\n"));
    }
    Ok(1)
}

/// The same, when the user has sent the command.
pub(super) async fn asked(platform: &Terminal, conn: Socket, format: &Format) -> ReplicaEnd {
    match Transfer::announced(platform, conn).await {
        Ok(transfer) => follow(platform, transfer, format).await,
        Err(_) => ReplicaEnd::Failed,
    }
}

/// Passes over the data and prints what comes behind it.
async fn follow(platform: &Terminal, mut transfer: Transfer, format: &Format) -> ReplicaEnd {
    let format = Format { output: Output::Csv, ..format.clone() };
    let marked = match transfer.ends() {
        Ends::With(_) => {
            platform.complain(
                "SYNC with master, discarding bytes of bulk transfer until EOF marker...\n",
            );
            true
        }
        Ends::After(bytes) => {
            platform.complain(&format!(
                "SYNC with master, discarding {bytes} bytes of bulk transfer...\n"
            ));
            false
        }
    };
    loop {
        match transfer.next().await {
            Ok(bytes) if bytes.is_empty() => break,
            Ok(_) => {}
            Err(()) => {
                platform.complain("Error reading RDB payload while SYNCing\n");
                return ReplicaEnd::Failed;
            }
        }
    }
    let received = transfer.received;
    let (conn, behind) = transfer.into_parts();
    let mut link = Link::new(conn);
    link.feed(&behind);
    let lost = if marked {
        platform.complain(&format!(
            "SYNC done after {received} bytes. Logging commands from master.\n"
        ));
        acknowledge(platform, &mut link).await.err()
    } else {
        platform.complain("SYNC done. Logging commands from master.\n");
        None
    };
    if lost.is_some() {
        platform.complain("\nI/O error\n");
        return ReplicaEnd::Failed;
    }
    loop {
        match link.reply().await {
            Ok(command) => platform.out(&format.format(&command, false)),
            Err(error) => return ReplicaEnd::Lost(error),
        }
    }
}

/// A master that sent its data without a file waits for this before it sends more. It does not
/// answer: what redis-cli reads here is the first command, which is not shown.
async fn acknowledge(platform: &Terminal, link: &mut Link<Socket>) -> Result<(), LinkError> {
    platform.sleep(1000).await;
    platform.complain("sending REPLCONF ACK 0\n");
    link.call(&["REPLCONF", "ACK", "0"]).await.map(drop)
}
