//! What a node answers: the `addReply…` family of networking.c.

/// Which protocol a connection has chosen with `HELLO`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// RESP2, the protocol of a fresh connection.
    #[default]
    Resp2,
    /// RESP3.
    Resp3,
}

/// A place where the header of an aggregate is put once its length is known.
#[must_use = "the header must be written"]
#[derive(Debug)]
pub struct Deferred(usize);

/// Writes replies to the end of a buffer, in the protocol of its connection.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    buf: Vec<u8>,
    protocol: Protocol,
}

impl Reply {
    /// An empty RESP2 reply buffer.
    #[must_use]
    pub const fn new() -> Self {
        Self { buf: Vec::new(), protocol: Protocol::Resp2 }
    }

    /// Writes on at the end of `buf`.
    #[must_use]
    pub const fn from_vec(buf: Vec<u8>, protocol: Protocol) -> Self {
        Self { buf, protocol }
    }

    /// The buffer.
    #[must_use]
    pub fn into_vec(self) -> Vec<u8> {
        self.buf
    }

    /// All that was written.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.buf
    }

    /// The buffer itself, for a driver that drains it.
    pub fn buffer_mut(&mut self) -> &mut Vec<u8> {
        &mut self.buf
    }

    /// How many bytes the buffer has room for.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.buf.capacity()
    }

    /// How many bytes were written.
    #[must_use]
    pub fn len(&self) -> usize {
        self.buf.len()
    }

    /// Whether nothing was written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.buf.is_empty()
    }

    /// Takes back everything after `len` bytes.
    pub fn truncate(&mut self, len: usize) {
        self.buf.truncate(len);
    }

    /// The protocol of the connection.
    #[must_use]
    pub const fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// `HELLO` has chosen another protocol.
    pub fn set_protocol(&mut self, protocol: Protocol) {
        self.protocol = protocol;
    }

    /// Whether the connection speaks RESP3.
    #[must_use]
    pub fn is_resp3(&self) -> bool {
        self.protocol == Protocol::Resp3
    }

    /// Bytes that are protocol already.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.buf.extend_from_slice(bytes);
    }

    /// `+OK`.
    pub fn ok(&mut self) {
        self.raw(b"+OK\r\n");
    }

    /// `+text`. Line breaks in it become spaces.
    pub fn simple(&mut self, text: &str) {
        self.buf.push(b'+');
        self.line(text.as_bytes());
    }

    /// `-CODE text`. `text` begins with its code (`ERR`, `WRONGTYPE`, …).
    pub fn error(&mut self, text: &str) {
        self.error_bytes(text.as_bytes());
    }

    /// As [`Self::error`], for a text that holds bytes of the client.
    pub fn error_bytes(&mut self, text: &[u8]) {
        self.buf.push(b'-');
        // `addReplyErrorSdsEx` cuts line breaks at the end and blanks those inside.
        let end = text.iter().rposition(|b| !matches!(b, b'\r' | b'\n')).map_or(0, |at| at + 1);
        self.line(&text[..end]);
    }

    fn line(&mut self, text: &[u8]) {
        let from = self.buf.len();
        self.buf.extend_from_slice(text);
        for b in &mut self.buf[from..] {
            if matches!(*b, b'\r' | b'\n') {
                *b = b' ';
            }
        }
        self.buf.extend_from_slice(b"\r\n");
    }

    /// A type byte, a number, the end of the line.
    fn head(&mut self, kind: u8, n: i64) {
        self.buf.push(kind);
        // Nearly all lengths and many answers have one digit.
        if let 0..=9 = n {
            self.buf.extend_from_slice(&[b'0' + n as u8, b'\r', b'\n']);
            return;
        }
        let mut digits = itoa::Buffer::new();
        self.buf.extend_from_slice(digits.format(n).as_bytes());
        self.buf.extend_from_slice(b"\r\n");
    }

    fn head_len(&mut self, kind: u8, n: usize) {
        self.head(kind, i64::try_from(n).unwrap_or(i64::MAX));
    }

    /// `:n`.
    pub fn int(&mut self, n: i64) {
        self.head(b':', n);
    }

    /// `:n` for a count.
    pub fn len_int(&mut self, n: usize) {
        self.head_len(b':', n);
    }

    /// A string of bytes.
    pub fn bulk(&mut self, bytes: &[u8]) {
        self.buf.reserve(bytes.len() + 16);
        self.head_len(b'$', bytes.len());
        self.buf.extend_from_slice(bytes);
        self.buf.extend_from_slice(b"\r\n");
    }

    /// A number as a string (`addReplyBulkLongLong`).
    pub fn bulk_int(&mut self, n: i64) {
        let mut digits = itoa::Buffer::new();
        self.bulk(digits.format(n).as_bytes());
    }

    /// A string, or null.
    pub fn bulk_or_null(&mut self, bytes: Option<&[u8]>) {
        match bytes {
            Some(bytes) => self.bulk(bytes),
            None => self.null(),
        }
    }

    /// No value: `$-1`, in RESP3 `_`.
    pub fn null(&mut self) {
        let text: &[u8] = if self.is_resp3() { b"_\r\n" } else { b"$-1\r\n" };
        self.raw(text);
    }

    /// No array: `*-1`, in RESP3 `_`.
    pub fn null_array(&mut self) {
        let text: &[u8] = if self.is_resp3() { b"_\r\n" } else { b"*-1\r\n" };
        self.raw(text);
    }

    /// The header of an array of `n` replies.
    pub fn array(&mut self, n: usize) {
        self.head_len(b'*', n);
    }

    /// The header of a map of `n` pairs: in RESP2 an array of twice as many.
    pub fn map(&mut self, n: usize) {
        if self.is_resp3() {
            self.head_len(b'%', n);
        } else {
            self.head_len(b'*', n.saturating_mul(2));
        }
    }

    /// The header of a set of `n` replies: in RESP2 an array.
    pub fn set(&mut self, n: usize) {
        let kind = if self.is_resp3() { b'~' } else { b'*' };
        self.head_len(kind, n);
    }

    /// The header of a push of `n` replies: in RESP2 an array.
    pub fn push(&mut self, n: usize) {
        let kind = if self.is_resp3() { b'>' } else { b'*' };
        self.head_len(kind, n);
    }

    /// A double with 17 digits (`addReplyDouble`): in RESP2 a string.
    pub fn double(&mut self, value: f64) {
        self.double_text(&engine_base::number::f64_text(value));
    }

    /// A double whose text is known: in RESP2 a string.
    pub fn double_text(&mut self, text: &[u8]) {
        if self.is_resp3() {
            self.buf.push(b',');
            self.line(text);
        } else {
            self.bulk(text);
        }
    }

    /// A truth value: in RESP2 `:1` or `:0`.
    pub fn bool(&mut self, value: bool) {
        match (self.is_resp3(), value) {
            (true, true) => self.raw(b"#t\r\n"),
            (true, false) => self.raw(b"#f\r\n"),
            (false, _) => self.int(i64::from(value)),
        }
    }

    /// A number of any size, as decimal digits: in RESP2 a string.
    pub fn big_number(&mut self, digits: &str) {
        if self.is_resp3() {
            self.buf.push(b'(');
            self.line(digits.as_bytes());
        } else {
            self.bulk(digits.as_bytes());
        }
    }

    /// Text to be shown as it is (`INFO`, `CLIENT LIST`, …); `format` is `txt` or `mkd`. In RESP2
    /// a string.
    pub fn verbatim(&mut self, format: &str, text: &[u8]) {
        if !self.is_resp3() {
            self.bulk(text);
            return;
        }
        self.head_len(b'=', text.len() + 4);
        let mut kind = [b' '; 3];
        for (to, from) in kind.iter_mut().zip(format.bytes()) {
            *to = from;
        }
        self.raw(&kind);
        self.raw(b":");
        self.raw(text);
        self.raw(b"\r\n");
    }

    /// Remembers this place for the header of an aggregate whose length is not known yet.
    pub fn deferred(&mut self) -> Deferred {
        Deferred(self.buf.len())
    }

    /// Writes the header of an array of `n` replies where `at` was taken.
    pub fn set_array(&mut self, at: Deferred, n: usize) {
        self.insert(&at, |head| head.array(n));
    }

    /// Writes the header of a map of `n` pairs where `at` was taken.
    pub fn set_map(&mut self, at: Deferred, n: usize) {
        self.insert(&at, |head| head.map(n));
    }

    /// Writes the header of a set of `n` replies where `at` was taken.
    pub fn set_set(&mut self, at: Deferred, n: usize) {
        self.insert(&at, |head| head.set(n));
    }

    fn insert(&mut self, at: &Deferred, write: impl FnOnce(&mut Self)) {
        let end = self.buf.len();
        write(self);
        // The header was written at the end: turn it round to its place.
        let head = self.buf.len() - end;
        if let Some(tail) = self.buf.get_mut(at.0..) {
            tail.rotate_right(head.min(tail.len()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(reply: &Reply) -> &str {
        core::str::from_utf8(reply.as_bytes()).unwrap()
    }

    #[test]
    fn the_same_answer_in_both_protocols() {
        let write = |protocol| {
            let mut r = Reply::from_vec(Vec::new(), protocol);
            r.map(1);
            r.bulk(b"k");
            r.double(1.5);
            r.null();
            r.null_array();
            r.bool(true);
            r.set(0);
            r.verbatim("txt", b"hi");
            r
        };
        assert_eq!(
            text(&write(Protocol::Resp2)),
            "*2\r\n$1\r\nk\r\n$3\r\n1.5\r\n$-1\r\n*-1\r\n:1\r\n*0\r\n$2\r\nhi\r\n"
        );
        assert_eq!(
            text(&write(Protocol::Resp3)),
            "%1\r\n$1\r\nk\r\n,1.5\r\n_\r\n_\r\n#t\r\n~0\r\n=6\r\ntxt:hi\r\n"
        );
    }

    #[test]
    fn a_header_written_late_stands_in_front() {
        let mut r = Reply::new();
        r.ok();
        let at = r.deferred();
        r.int(-7);
        r.int(12);
        r.set_array(at, 2);
        assert_eq!(text(&r), "+OK\r\n*2\r\n:-7\r\n:12\r\n");
    }

    #[test]
    fn an_error_is_one_line() {
        let mut r = Reply::new();
        r.error_bytes(b"ERR unknown command 'a\r\nb'\r\n");
        assert_eq!(text(&r), "-ERR unknown command 'a  b'\r\n");
    }
}
