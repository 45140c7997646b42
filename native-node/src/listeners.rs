//! Listening sockets: every address of `bind`, on the client port and on the bus port
//! (`listenToPort` in server.c).

use std::fs::Permissions;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;

use engine_node::Listener;
use engine_node::config::Config;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, UnixListener};

use crate::configuration::words;
use crate::log::Log;
use crate::server::Shared;

/// A port could not be listened on: it has been logged.
pub(crate) struct Busy;

/// Listens on the Unix socket, if one is configured.
pub(crate) fn listen_unix(config: &Config, log: &Log) -> Result<Option<UnixListener>, Busy> {
    let path = &config.unixsocket;
    if path.is_empty() {
        return Ok(None);
    }
    // A socket that an earlier process left is in the way; anything else shows itself below.
    let _ = std::fs::remove_file(path);
    let opened = UnixListener::bind(path).and_then(|listener| {
        if config.unixsocketperm != 0 {
            let mode = u32::try_from(config.unixsocketperm).unwrap_or(0o700);
            std::fs::set_permissions(path, Permissions::from_mode(mode))?;
        }
        Ok(listener)
    });
    opened.map(Some).map_err(|error| {
        log.warning(&format!("Failed opening Unix socket: bind: {}", words(&error)));
        Busy
    })
}

/// Listens on all addresses of `bind` at `port`; port 0 is none.
pub(crate) fn listen(config: &Config, port: u16, log: &Log) -> Result<Vec<TcpListener>, Busy> {
    let mut all = Vec::new();
    if port == 0 {
        return Ok(all);
    }
    for bind in &config.bind.0 {
        let (address, optional) =
            bind.strip_prefix('-').map_or((bind.as_str(), false), |a| (a, true));
        let error = match one(address, port, config.tcp_backlog) {
            Ok(listener) => {
                all.push(listener);
                continue;
            }
            Err(error) => error,
        };
        log.warning(&format!(
            "Warning: Could not create server TCP listening socket {address}:{port}: {}",
            error.words
        ));
        let missing = error.kind == io::ErrorKind::AddrNotAvailable && optional;
        if !missing && error.kind != io::ErrorKind::Unsupported {
            return Err(Busy);
        }
    }
    Ok(all)
}

struct Failed {
    kind: io::ErrorKind,
    words: String,
}

fn one(address: &str, port: u16, backlog: u64) -> Result<TcpListener, Failed> {
    let failed = |step: &str| {
        let step = step.to_owned();
        move |e: io::Error| {
            // No IPv6 on this host: EAFNOSUPPORT has no kind of its own.
            let unsupported = e.raw_os_error() == Some(97);
            let kind = if unsupported { io::ErrorKind::Unsupported } else { e.kind() };
            Failed { kind, words: format!("{step}{}", words(&e)) }
        }
    };
    let at = SocketAddr::new(resolve(address)?, port);
    let domain = if at.is_ipv6() { Domain::IPV6 } else { Domain::IPV4 };
    let socket =
        Socket::new(domain, Type::STREAM, Some(Protocol::TCP)).map_err(failed("socket: "))?;
    if at.is_ipv6() {
        socket.set_only_v6(true).map_err(failed("setsockopt: "))?;
    }
    socket.set_reuse_address(true).map_err(failed("setsockopt SO_REUSEADDR: "))?;
    socket.bind(&at.into()).map_err(failed("bind: "))?;
    let backlog = i32::try_from(backlog).unwrap_or(i32::MAX);
    socket.listen(backlog).map_err(failed("listen: "))?;
    socket.set_nonblocking(true).map_err(failed(""))?;
    TcpListener::from_std(socket.into()).map_err(failed(""))
}

fn resolve(address: &str) -> Result<IpAddr, Failed> {
    use std::net::ToSocketAddrs;
    match address {
        "*" => return Ok(Ipv4Addr::UNSPECIFIED.into()),
        "::*" => return Ok(Ipv6Addr::UNSPECIFIED.into()),
        _ => {}
    }
    let found = (address, 0).to_socket_addrs().ok().and_then(|mut all| all.next());
    found.map(|at| at.ip()).ok_or_else(|| Failed {
        kind: io::ErrorKind::NotFound,
        words: "Name or service not known".into(),
    })
}

/// Accepts connections for ever.
pub(crate) async fn accept(server: Shared, listener: TcpListener, kind: Listener) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => crate::links::accepted(&server, stream, peer, kind),
            // Out of files or memory: the queue of the kernel holds the connection; others may
            // end in the meantime.
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
        }
    }
}

/// Accepts connections on the Unix socket for ever.
pub(crate) async fn accept_unix(server: Shared, listener: UnixListener) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => crate::links::accepted_unix(&server, stream),
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
        }
    }
}
