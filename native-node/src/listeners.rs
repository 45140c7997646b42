//! Listening sockets: every address of `bind`, on the client port and on the bus port
//! (`listenToPort` in server.c). Those of clients are opened anew when CONFIG SET says so.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::rc::Rc;
use std::task::Poll;

use engine_node::Listener;
use engine_node::config::Config;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;
use tokio::task::{AbortHandle, spawn_local};

use crate::configuration::words;
use crate::server::Shared;

/// What came of listening.
#[derive(Default)]
pub(crate) struct Opened {
    pub(crate) listeners: Vec<TcpListener>,
    /// Warnings for the log.
    pub(crate) warnings: Vec<String>,
    /// Whether an address that must be there could not be had.
    pub(crate) failed: bool,
}

/// Listens on all addresses of `bind` at `port`.
pub(crate) fn listen(config: &Config, port: u16) -> Opened {
    let mut opened = Opened::default();
    for bind in &config.bind.0 {
        let (address, optional) =
            bind.strip_prefix('-').map_or((bind.as_str(), false), |a| (a, true));
        let error = match one(address, port, config) {
            Ok(listener) => {
                opened.listeners.push(listener);
                continue;
            }
            Err(error) => error,
        };
        opened.warnings.push(format!(
            "Warning: Could not create server TCP listening socket {address}:{port}: {}",
            error.words
        ));
        let missing = error.kind == io::ErrorKind::AddrNotAvailable && optional;
        if !missing && error.kind != io::ErrorKind::Unsupported {
            opened.failed = true;
            break;
        }
    }
    opened
}

struct Failed {
    kind: io::ErrorKind,
    words: String,
}

fn one(address: &str, port: u16, config: &Config) -> Result<TcpListener, Failed> {
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
    let backlog = i32::try_from(config.tcp_backlog).unwrap_or(i32::MAX);
    socket.listen(backlog).map_err(failed("listen: "))?;
    mark(&socket, config.socket_mark_id);
    socket.set_nonblocking(true).map_err(failed(""))?;
    TcpListener::from_std(socket.into()).map_err(failed(""))
}

/// `socket-mark-id`. As for redis-server, a process that may not mark its packets listens all the
/// same.
fn mark(socket: &Socket, id: u64) {
    #[cfg(target_os = "linux")]
    if let Some(id) = u32::try_from(id).ok().filter(|id| *id > 0) {
        let _ = socket.set_mark(id);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (socket, id);
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

/// A listening socket that somebody else may close, and the task that waits at it.
struct Door {
    socket: Rc<RefCell<Option<TcpListener>>>,
    task: AbortHandle,
}

impl Door {
    /// At once: the port may be opened again in the next moment.
    fn close(self) {
        self.socket.take();
        self.task.abort();
    }
}

thread_local! {
    /// Where clients come in, and who serves them.
    static CLIENTS: RefCell<Option<(Shared, Vec<Door>)>> = const { RefCell::new(None) };
}

/// Lets clients in for ever, or until the ports are opened anew.
pub(crate) fn serve_clients(server: &Shared, listeners: Vec<TcpListener>) {
    let doors = listeners.into_iter().map(|one| serve(server, one, Listener::Client)).collect();
    CLIENTS.set(Some((server.clone(), doors)));
}

/// Lets other nodes in for ever.
pub(crate) fn serve_bus(server: &Shared, listeners: Vec<TcpListener>) {
    for listener in listeners {
        serve(server, listener, Listener::Bus);
    }
}

/// Nobody holds the server any more: the process ends.
pub(crate) fn leave() {
    CLIENTS.take();
}

/// Closes the ports of clients and opens those that the configuration names: `CONFIG SET`.
pub(crate) fn open_anew(config: &Config) -> Result<Vec<String>, Vec<String>> {
    CLIENTS.with_borrow_mut(|clients| {
        let Some((server, doors)) = clients else { return Ok(Vec::new()) };
        doors.drain(..).for_each(Door::close);
        if config.port == 0 {
            return Ok(Vec::new());
        }
        let Opened { listeners, warnings, failed } = listen(config, config.port);
        if failed {
            return Err(warnings);
        }
        doors.extend(listeners.into_iter().map(|one| serve(server, one, Listener::Client)));
        Ok(warnings)
    })
}

fn serve(server: &Shared, listener: TcpListener, kind: Listener) -> Door {
    let socket = Rc::new(RefCell::new(Some(listener)));
    let task = spawn_local(accept(server.clone(), socket.clone(), kind)).abort_handle();
    Door { socket, task }
}

/// Accepts connections until the socket is closed.
async fn accept(server: Shared, socket: Rc<RefCell<Option<TcpListener>>>, kind: Listener) {
    loop {
        let next = poll_fn(|cx| match &*socket.borrow() {
            Some(listener) => listener.poll_accept(cx).map(Some),
            None => Poll::Ready(None),
        });
        match next.await {
            None => return,
            Some(Ok((stream, peer))) => crate::links::accepted(&server, stream, peer, kind),
            // Out of files or memory: the queue of the kernel holds the connection; others may
            // end in the meantime.
            Some(Err(_)) => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
        }
    }
}
