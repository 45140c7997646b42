//! `unixsocket` and `unixsocketperm` (`anetUnixServer` in anet.c).

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use engine_node::config::Config;
use socket2::{Domain, SockAddr, Socket, Type};
use tokio::net::UnixListener;

use crate::configuration::words;
use crate::server::Shared;

/// How long a path may be: `sun_path` with the zero at its end.
const PATH_MAX: usize = 108;

/// Listens on the socket that the configuration names, if any; else the words for the log.
pub(crate) fn listen(config: &Config) -> Result<Option<UnixListener>, String> {
    let path = &config.unixsocket;
    if path.is_empty() {
        return Ok(None);
    }
    // What a process that was killed has left there; nothing is there most of the time.
    let _ = std::fs::remove_file(path);
    let failed = |step: &'static str| move |e: io::Error| format!("{step}: {}", words(&e));
    if path.len() >= PATH_MAX {
        let len = path.len();
        return Err(format!("unix socket path too long ({len}), must be under {PATH_MAX}"));
    }
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None).map_err(failed("socket"))?;
    let at = SockAddr::unix(path).map_err(failed("bind"))?;
    socket.bind(&at).map_err(failed("bind"))?;
    let backlog = i32::try_from(config.tcp_backlog).unwrap_or(i32::MAX);
    socket.listen(backlog).map_err(failed("listen"))?;
    restrict(Path::new(path), config.unixsocketperm);
    socket.set_nonblocking(true).map_err(failed("fcntl"))?;
    UnixListener::from_std(socket.into()).map(Some).map_err(failed("socket"))
}

/// 0 leaves what the umask made of it. As for redis-server, a mode that cannot be set is no error.
fn restrict(path: &Path, mode: u64) {
    if let Some(mode) = u32::try_from(mode).ok().filter(|mode| *mode != 0) {
        let _ = std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode));
    }
}

/// Accepts connections for ever.
pub(crate) async fn accept(server: Shared, listener: UnixListener) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => crate::links::accepted_unix(&server, stream),
            // As for TCP: the queue of the kernel holds it meanwhile.
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
        }
    }
}
