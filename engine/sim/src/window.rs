//! Back-pressure: a link holds only so many bytes that the receiver has not read. What a node has
//! to say beyond that stays with the node, where its limits count it
//! (`client-output-buffer-limit`, `cluster-link-sendbuf-limit`).

use bytes::Bytes;
use engine_base::LinkId;

use crate::net::{ConnId, Dir, Owner, UnitKind};
use crate::queue::{Due, ServerInput};
use crate::server::Server;
use crate::world::World;

/// What the kernels of both ends hold for one direction of a link, in bytes.
const WINDOW: usize = 1 << 20;

impl World {
    /// How many more bytes the kernels take; none is asked for again when the receiver has read.
    fn room(&mut self, id: ConnId, dir: Dir) -> usize {
        let Some(conn) = self.conns.get_mut(&id) else { return usize::MAX };
        let Some(flow) = conn.stream(dir).flow_mut() else { return WINDOW };
        let room = WINDOW.saturating_sub(flow.unread);
        flow.wanted |= room == 0;
        room
    }

    fn put(&mut self, id: ConnId, dir: Dir, bytes: Bytes) {
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.stream(dir).flowing().unread += bytes.len();
        }
        self.transmit(id, dir, UnitKind::Data, bytes);
    }

    /// The receiver of a direction has read so many bytes: a sender that waits for that is told.
    pub(crate) fn has_read(&mut self, id: ConnId, dir: Dir, n: usize) {
        let Some(conn) = self.conns.get_mut(&id) else { return };
        let stream = conn.stream(dir);
        let Some(flow) = stream.flow_mut() else { return };
        flow.unread = flow.unread.saturating_sub(n);
        if flow.wanted && flow.unread < WINDOW {
            flow.wanted = false;
            self.queue.push(self.now, Due::Room(id, dir));
        }
        stream.rest(self.now);
    }

    /// There is room again on a direction of a link.
    pub(crate) fn room_again(&mut self, id: ConnId, dir: Dir) {
        let Some(conn) = self.conns.get(&id) else { return };
        let end = &conn.ends[dir.sender()];
        if let Owner::Server { pid, .. } = end.owner {
            let host = end.host();
            self.tell_server(host, pid, ServerInput::Room(id, dir.sender()));
        }
    }

    /// A node sends bytes that it does not keep: what finds no room waits in its driver.
    pub(crate) fn send_on(&mut self, server: &mut Server, link: LinkId, bytes: Bytes) {
        let Some((conn, end)) = server.links.end_of(link) else {
            // The link is gone: the bytes count as sent, as a dead socket's do.
            server.node.handle_sent(self.now_at(server.host), link, bytes.len());
            return;
        };
        let waits = server.stalled.get(&link).is_some_and(|queue| !queue.is_empty());
        if waits || self.room(conn, Dir::of_sender(end)) == 0 {
            server.stalled.entry(link).or_default().push_back(bytes);
            return;
        }
        let n = bytes.len();
        self.put(conn, Dir::of_sender(end), bytes);
        server.node.handle_sent(self.now_at(server.host), link, n);
    }

    /// A node has output for a client: as much of it goes as there is room.
    pub(crate) fn flush_on(&mut self, server: &mut Server, link: LinkId) {
        let Some((conn, end)) = server.links.end_of(link) else {
            let n = server.node.output(link).len();
            if n > 0 {
                server.node.handle_flushed(self.now_at(server.host), link, n);
            }
            return;
        };
        let dir = Dir::of_sender(end);
        let output = server.node.output(link);
        if output.is_empty() {
            return;
        }
        let n = output.len().min(self.room(conn, dir));
        if n > 0 {
            let bytes = Bytes::copy_from_slice(&output[..n]);
            self.put(conn, dir, bytes);
            server.node.handle_flushed(self.now_at(server.host), link, n);
            if !server.node.output(link).is_empty() {
                self.room(conn, dir);
            }
        }
    }

    /// A node's link has room again: what waits for it goes on.
    pub(crate) fn go_on(&mut self, server: &mut Server, conn: ConnId, end: usize) {
        let Some(link) = server.links.link_at((conn, end)) else { return };
        let mut queue = server.stalled.remove(&link).unwrap_or_default();
        while !queue.is_empty() && self.room(conn, Dir::of_sender(end)) > 0 {
            if let Some(bytes) = queue.pop_front() {
                self.send_on(server, link, bytes);
            }
        }
        if !queue.is_empty() {
            server.stalled.insert(link, queue);
        }
        self.flush_on(server, link);
    }

    /// A node closes a link; what waits for room goes out before, unless it is dropped.
    pub(crate) fn close_link(&mut self, server: &mut Server, link: LinkId, drop_waiting: bool) {
        let waiting = server.stalled.remove(&link).unwrap_or_default();
        let Some((conn, end)) = server.links.remove(link) else { return };
        if !drop_waiting {
            for bytes in waiting {
                self.put(conn, Dir::of_sender(end), bytes);
            }
        }
        self.close_end(conn, end, UnitKind::Fin);
    }
}
