//! Sockets: each has a task that reads it straight into the node, and for what does not go out at
//! once a task that waits until it can.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::task::{Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes};
use engine_base::{LinkId, Now};
use engine_node::{DialError, Listener};
use foldhash::fast::RandomState;
use socket2::{SockRef, TcpKeepalive};
use tokio::io::ReadBuf;
use tokio::net::{TcpSocket, TcpStream, UnixStream};
use tokio::task::{AbortHandle, spawn_local};

use crate::server::{Server, Shared, end_round, hear, turn};
use crate::socket::{ReadHalf, WriteHalf, split_tcp, split_unix};

/// How much one read takes at most.
const READ_MAX: usize = 64 * 1024;
/// How much is written to one client before others have their turn.
const WRITE_MAX: usize = 512 * 1024;

/// How long a socket is left alone when the node has enough to do with what came on it.
const BREATH: Duration = Duration::from_millis(10);

thread_local! {
    /// Where every socket is read: idle clients hold no buffer.
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_MAX]);
}

/// All links of the node.
#[derive(Default)]
pub(crate) struct Links(HashMap<LinkId, Link, RandomState>);

/// One link: a socket, or a dial under way.
struct Link {
    /// Dials or reads; ended with the link.
    reader: AbortHandle,
    /// `None` while it is dialled.
    stream: Option<Rc<WriteHalf>>,
    /// What `Send` queued and the socket did not take yet.
    queue: VecDeque<Bytes>,
    /// Whether a task waits for the socket to take more.
    waiting: bool,
    /// Whether it is closed once the queue is empty.
    closing: bool,
}

impl Link {
    fn new(reader: AbortHandle, stream: Option<Rc<WriteHalf>>) -> Self {
        Self { reader, stream, queue: VecDeque::new(), waiting: false, closing: false }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl Links {
    pub(crate) fn dialing(&mut self, link: LinkId, task: AbortHandle) {
        self.0.insert(link, Link::new(task, None));
    }

    /// Closes a link, now or when what is queued has gone out.
    pub(crate) fn close(&mut self, link: LinkId, after_flush: bool) {
        let Some(it) = self.0.get_mut(&link) else { return };
        if after_flush && !it.queue.is_empty() {
            it.closing = true;
            it.reader.abort();
        } else {
            self.0.remove(&link);
        }
    }

    /// Small packets may wait for more; where that cannot be, they do not.
    pub(crate) fn gather(&self, link: LinkId) {
        if let Some(WriteHalf::Tcp(half)) = self.0.get(&link).and_then(|it| it.stream.as_deref()) {
            let _ = half.as_ref().set_nodelay(false);
        }
    }

    /// A link's socket, unless somebody waits for it already.
    fn free_stream(&self, link: LinkId) -> Option<Rc<WriteHalf>> {
        self.0.get(&link).filter(|it| !it.waiting)?.stream.clone()
    }
}

/// A connection came in.
pub(crate) fn accepted(shared: &Shared, stream: TcpStream, peer: SocketAddr, kind: Listener) {
    let Ok(local) = stream.local_addr() else { return };
    let mut server = shared.borrow_mut();
    let now = server.clock.now();
    let keepalive = server.node.config().tcp_keepalive;
    tune(&stream, if kind == Listener::Client { keepalive } else { 0 });
    let link = server.node.accept(now, kind, peer, local);
    server.attach(shared, link, split_tcp(stream));
    server.drain(shared, now);
}

/// A connection came in on the Unix socket.
pub(crate) fn accepted_unix(shared: &Shared, stream: UnixStream) {
    let mut server = shared.borrow_mut();
    let now = server.clock.now();
    let link = server.node.accept_unix(now);
    server.attach(shared, link, split_unix(stream));
    server.drain(shared, now);
}

/// Where a link goes, and from which address.
pub(crate) struct Target {
    pub(crate) to: SocketAddr,
    pub(crate) name: Option<String>,
    pub(crate) from: Option<IpAddr>,
}

impl Target {
    /// The addresses to try, in the order of the system's resolver.
    async fn addresses(&self) -> Result<Vec<SocketAddr>, DialError> {
        let Some(name) = &self.name else { return Ok(vec![self.to]) };
        match tokio::net::lookup_host((name.as_str(), self.to.port())).await {
            Ok(found) => Ok(found.collect()),
            Err(_) => Err(DialError::UnknownName),
        }
    }
}

/// Opens a link that the node asked for.
pub(crate) async fn dial(shared: Shared, link: LinkId, target: Target) {
    let mut done = Err(DialError::UnknownName);
    match target.addresses().await {
        Ok(addresses) => {
            for to in addresses {
                let from = target.from.filter(|from| from.is_ipv4() == to.is_ipv4());
                done = connect(to, from).await;
                if done.is_ok() {
                    shared.borrow_mut().node.handle_resolved(link, to);
                    break;
                }
            }
        }
        Err(error) => done = Err(error),
    }
    let mut server = shared.borrow_mut();
    let now = server.clock.now();
    let told = match done {
        Ok((stream, local)) => {
            tune(&stream, 0);
            server.attach(&shared, link, split_tcp(stream));
            Ok(local)
        }
        Err(error) => {
            server.links.0.remove(&link);
            Err(error)
        }
    };
    server.node.handle_dialed(now, link, told);
    server.drain(&shared, now);
}

async fn connect(
    to: SocketAddr,
    from: Option<IpAddr>,
) -> Result<(TcpStream, SocketAddr), DialError> {
    let run = async {
        let socket = if to.is_ipv6() { TcpSocket::new_v6()? } else { TcpSocket::new_v4()? };
        if let Some(ip) = from {
            socket.set_reuseaddr(true)?;
            socket.bind(SocketAddr::new(ip, 0))?;
        }
        let stream = socket.connect(to).await?;
        let local = stream.local_addr()?;
        Ok((stream, local))
    };
    run.await.map_err(|e: io::Error| match e.kind() {
        io::ErrorKind::ConnectionRefused => DialError::Refused,
        io::ErrorKind::TimedOut => DialError::TimedOut,
        _ => DialError::Unreachable,
    })
}

/// No delays for small packets; probes for dead clients every `keepalive` seconds. A socket that
/// does not take an option works without it.
fn tune(stream: &TcpStream, keepalive: u64) {
    let _ = stream.set_nodelay(true);
    if keepalive > 0 {
        let probes = TcpKeepalive::new()
            .with_time(Duration::from_secs(keepalive))
            .with_interval(Duration::from_secs((keepalive / 3).max(1)))
            .with_retries(3);
        let _ = SockRef::from(stream).set_tcp_keepalive(&probes);
    }
}

impl Server {
    /// Begins to read a socket.
    fn attach(&mut self, shared: &Shared, link: LinkId, socket: (ReadHalf, WriteHalf)) {
        let (reader, writer) = socket;
        let task = spawn_local(read(shared.clone(), link, reader)).abort_handle();
        let writer = Some(Rc::new(writer));
        match self.links.0.get_mut(&link) {
            // A dial's own task ends by itself: aborting it here would cut off its last words.
            Some(dialled) => {
                dialled.reader = task;
                dialled.stream = writer;
            }
            None => {
                self.links.0.insert(link, Link::new(task, writer));
            }
        }
    }
}

/// Reads a socket until its end.
async fn read(shared: Shared, link: LinkId, mut socket: ReadHalf) {
    loop {
        let open = poll_fn(|cx| {
            BUFFER.with_borrow_mut(|buffer| {
                let mut buffer = ReadBuf::new(buffer);
                if ready!(socket.poll_read(cx, &mut buffer)).is_err() {
                    return Poll::Ready(false);
                }
                let bytes = buffer.filled();
                if !bytes.is_empty() {
                    hear(&shared, link, bytes);
                }
                Poll::Ready(!bytes.is_empty())
            })
        });
        if !open.await {
            break;
        }
        // A master that sends faster than its data is loaded waits, and not this process's memory.
        while !shared.borrow().node.wants_bytes(link) {
            tokio::time::sleep(BREATH).await;
        }
    }
    // Who closed only its own half still reads its answers.
    end_round(&shared);
    shared.borrow_mut().links.0.remove(&link);
    turn(&shared, |node, now| node.handle_closed(now, link));
}

/// Queues bytes on a link of the node's own accord, and writes what goes.
pub(crate) fn send(server: &mut Server, shared: &Shared, now: Now, link: LinkId, bytes: Bytes) {
    let Some(it) = server.links.0.get_mut(&link) else { return };
    it.queue.push_back(bytes);
    if !it.waiting {
        write_queue(server, shared, now, link);
    }
}

fn write_queue(server: &mut Server, shared: &Shared, now: Now, link: LinkId) {
    loop {
        let Some(it) = server.links.0.get_mut(&link) else { return };
        let Some(stream) = &it.stream else { return };
        let Some(front) = it.queue.front_mut() else { break };
        match stream.try_write(front) {
            Ok(n) => {
                front.advance(n.min(front.len()));
                if front.is_empty() {
                    it.queue.pop_front();
                }
                server.node.handle_sent(now, link, n);
            }
            Err(e) => return stuck(server, shared, now, link, &e),
        }
    }
    if server.links.0.get(&link).is_some_and(|it| it.closing) {
        server.links.0.remove(&link);
    }
}

/// Writes what a client's output buffer holds; what it goes on to hold (a replica that gets all
/// data) up to a bound, so that others have their turn.
pub(crate) fn flush(server: &mut Server, shared: &Shared, now: Now, link: LinkId) {
    let Some(stream) = server.links.free_stream(link) else { return };
    let mut written = 0;
    loop {
        let output = server.node.output(link);
        if output.is_empty() {
            return;
        }
        if written >= WRITE_MAX {
            return go_on_later(server, shared, link);
        }
        match stream.try_write(output) {
            Ok(n) => {
                written += n;
                server.node.handle_flushed(now, link, n);
            }
            Err(e) => return stuck(server, shared, now, link, &e),
        }
    }
}

/// A socket takes no more now: wait for it. Any other error is its end.
fn stuck(server: &mut Server, shared: &Shared, now: Now, link: LinkId, error: &io::Error) {
    if error.kind() == io::ErrorKind::WouldBlock {
        go_on_later(server, shared, link);
    } else if server.links.0.remove(&link).is_some() {
        server.node.handle_closed(now, link);
    }
}

/// Goes on writing in a later turn.
fn go_on_later(server: &mut Server, shared: &Shared, link: LinkId) {
    let Some(it) = server.links.0.get_mut(&link) else { return };
    let Some(stream) = &it.stream else { return };
    it.waiting = true;
    spawn_local(resume(shared.clone(), link, stream.clone()));
}

/// Goes on writing when the socket takes more.
async fn resume(shared: Shared, link: LinkId, stream: Rc<WriteHalf>) {
    // An error shows itself in the next write.
    let _ = stream.writable().await;
    drop(stream);
    let mut server = shared.borrow_mut();
    let now = server.clock.now();
    // Its newest answers may rely on what is not written yet.
    server.drain(&shared, now);
    let Some(it) = server.links.0.get_mut(&link) else { return };
    it.waiting = false;
    write_queue(&mut server, &shared, now, link);
    flush(&mut server, &shared, now, link);
    server.drain(&shared, now);
}
