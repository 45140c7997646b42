//! What a client sends: `processInlineBuffer` and `processMultibulkBuffer` in networking.c.
//!
//! The parser never copies an argument and never looks twice at a byte it has passed: it keeps
//! where it stands in the caller's buffer, and hands out ranges of it.

use core::ops::Range;

use engine_base::number::parse_i64;
use engine_base::split::split_args;
use smallvec::SmallVec;
use thiserror::Error;

/// `PROTO_INLINE_MAX_SIZE` in server.h: the longest inline request or length line.
const MAX_LINE: usize = 64 * 1024;

/// What a client may send at most. The defaults are those of an authenticated client with the
/// default `proto-max-bulk-len`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// `proto-max-bulk-len`: the longest argument, in bytes.
    pub max_bulk: u64,
    /// The client must authenticate first: ten arguments of 16 KB are enough for that.
    pub unauthenticated: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_bulk: 512 * 1024 * 1024, unauthenticated: false }
    }
}

/// The client broke the protocol: it gets `-ERR Protocol error: …` with this text, and its
/// connection is closed after the reply (`setProtocolError` in networking.c).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ProtocolError {
    /// No end of line in 64 KB of inline request.
    #[error("Protocol error: too big inline request")]
    InlineTooBig,
    /// An inline request with an open quote.
    #[error("Protocol error: unbalanced quotes in request")]
    UnbalancedQuotes,
    /// No end of line in 64 KB after `*`.
    #[error("Protocol error: too big mbulk count string")]
    CountTooBig,
    /// What follows `*` is no number or too large.
    #[error("Protocol error: invalid multibulk length")]
    BadCount,
    /// More than ten arguments before authentication.
    #[error("Protocol error: unauthenticated multibulk length")]
    UnauthenticatedCount,
    /// No end of line in 64 KB after `$`.
    #[error("Protocol error: too big bulk count string")]
    BulkLineTooBig,
    /// An argument must begin with `$`.
    #[error("Protocol error: expected '$', got '{}'", .0.escape_ascii())]
    ExpectedDollar(u8),
    /// What follows `$` is no number, negative or too large.
    #[error("Protocol error: invalid bulk length")]
    BadBulk,
    /// An argument above 16 KB before authentication.
    #[error("Protocol error: unauthenticated bulk length")]
    UnauthenticatedBulk,
}

impl ProtocolError {
    /// The text after `-ERR `, to the byte.
    #[must_use]
    pub fn text(&self) -> Vec<u8> {
        match self {
            Self::ExpectedDollar(byte) => {
                let mut text = b"Protocol error: expected '$', got '".to_vec();
                // A NUL ends C's text; `addReplyErrorFormat` blanks line breaks.
                match byte {
                    0 => {}
                    b'\r' | b'\n' => text.extend_from_slice(b" '"),
                    other => text.extend_from_slice(&[*other, b'\'']),
                }
                text
            }
            other => other.to_string().into_bytes(),
        }
    }
}

/// Where the parser stands inside a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before the first byte of a request.
    Start,
    /// Inside a multibulk request, before the `$` line of an argument.
    Length { left: usize },
    /// Inside an argument of `len` bytes that begins at `pos`.
    Body { left: usize, len: usize },
}

/// An incremental parser over a buffer that the caller owns.
///
/// Call [`Self::parse`] with the same buffer (only grown at its end) until it says `true`; read
/// the arguments; call it again for the next request. To drop the parsed front of the buffer,
/// drain [`Self::consumed`] bytes and call [`Self::rebase`].
#[derive(Clone, Debug)]
pub struct RequestParser {
    state: State,
    /// The next byte to look at.
    pos: usize,
    /// No end of line before this position.
    scanned: usize,
    args: SmallVec<[Range<usize>; 8]>,
    /// The unquoted words of an inline request: `args` point in here then.
    inline: Option<Vec<u8>>,
}

impl Default for RequestParser {
    fn default() -> Self {
        Self::new()
    }
}

impl RequestParser {
    /// At the beginning of a connection.
    #[must_use]
    pub fn new() -> Self {
        Self { state: State::Start, pos: 0, scanned: 0, args: SmallVec::new(), inline: None }
    }

    /// Reads on in `buf`. `true`: a request with at least one argument is complete. `false`: more
    /// bytes are needed.
    ///
    /// # Errors
    /// [`ProtocolError`]: the connection is of no more use.
    pub fn parse(&mut self, buf: &[u8], limits: &Limits) -> Result<bool, ProtocolError> {
        loop {
            match self.state {
                State::Start => {
                    self.args.clear();
                    self.inline = None;
                    let done = match buf.get(self.pos) {
                        None => return Ok(false),
                        Some(b'*') => self.count(buf, limits)?,
                        Some(_) => self.inline(buf)?,
                    };
                    match done {
                        None => return Ok(false),
                        Some(()) if self.inline.is_some() => return Ok(true),
                        Some(()) => {}
                    }
                }
                State::Length { left } => {
                    let Some(len) = self.length(buf, limits)? else { return Ok(false) };
                    self.state = State::Body { left, len };
                }
                State::Body { left, len } => {
                    // The two bytes after an argument are skipped unread, as Redis does.
                    let end = self.pos.saturating_add(len);
                    if buf.len() < end.saturating_add(2) {
                        return Ok(false);
                    }
                    self.args.push(self.pos..end);
                    self.advance(end + 2);
                    if left == 1 {
                        self.state = State::Start;
                        return Ok(true);
                    }
                    self.state = State::Length { left: left - 1 };
                }
            }
        }
    }

    fn advance(&mut self, to: usize) {
        self.pos = to;
        self.scanned = to;
    }

    /// The end of the line at `pos`: where `mark` stands. Remembers how far it has looked.
    fn line_end(&mut self, buf: &[u8], mark: u8) -> Option<usize> {
        let from = self.scanned.max(self.pos);
        // `strchr`: it looks no further than a NUL, so a line that holds one never ends.
        match buf.get(from..)?.iter().position(|&b| b == mark || b == 0) {
            Some(at) if buf.get(from + at) == Some(&0) => {
                self.scanned = from + at;
                None
            }
            Some(at) => {
                self.scanned = from + at;
                Some(from + at)
            }
            None => {
                self.scanned = buf.len();
                None
            }
        }
    }

    /// A line that begins with one byte of type and ends with CR and one more byte.
    fn number_line(
        &mut self,
        buf: &[u8],
        too_long: ProtocolError,
    ) -> Result<Option<Option<i64>>, ProtocolError> {
        let Some(end) = self.line_end(buf, b'\r') else {
            return if buf.len() - self.pos > MAX_LINE { Err(too_long) } else { Ok(None) };
        };
        if buf.len() < end + 2 {
            return Ok(None);
        }
        let number = parse_i64(buf.get(self.pos + 1..end).unwrap_or_default());
        self.advance(end + 2);
        Ok(Some(number))
    }

    fn count(&mut self, buf: &[u8], limits: &Limits) -> Result<Option<()>, ProtocolError> {
        let Some(number) = self.number_line(buf, ProtocolError::CountTooBig)? else {
            return Ok(None);
        };
        let count = number.filter(|&n| n <= i64::from(i32::MAX)).ok_or(ProtocolError::BadCount)?;
        if count > 10 && limits.unauthenticated {
            return Err(ProtocolError::UnauthenticatedCount);
        }
        if let Ok(left @ 1..) = usize::try_from(count) {
            self.state = State::Length { left };
        }
        Ok(Some(()))
    }

    fn length(&mut self, buf: &[u8], limits: &Limits) -> Result<Option<usize>, ProtocolError> {
        // The line's end is looked for before its first byte is judged, as Redis does.
        let start = self.pos;
        let Some(number) = self.number_line(buf, ProtocolError::BulkLineTooBig)? else {
            return Ok(None);
        };
        if buf[start] != b'$' {
            return Err(ProtocolError::ExpectedDollar(buf[start]));
        }
        let len = number.and_then(|n| u64::try_from(n).ok()).ok_or(ProtocolError::BadBulk)?;
        if len > limits.max_bulk {
            return Err(ProtocolError::BadBulk);
        }
        if len > 16_384 && limits.unauthenticated {
            return Err(ProtocolError::UnauthenticatedBulk);
        }
        usize::try_from(len).map(Some).map_err(|_| ProtocolError::BadBulk)
    }

    fn inline(&mut self, buf: &[u8]) -> Result<Option<()>, ProtocolError> {
        let Some(end) = self.line_end(buf, b'\n') else {
            let long = buf.len() - self.pos > MAX_LINE;
            return if long { Err(ProtocolError::InlineTooBig) } else { Ok(None) };
        };
        let line = &buf[self.pos..end];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let words = split_args(line).ok_or(ProtocolError::UnbalancedQuotes)?;
        self.advance(end + 1);
        if !words.is_empty() {
            let mut text = Vec::with_capacity(words.iter().map(Vec::len).sum());
            for word in words {
                let from = text.len();
                text.extend_from_slice(&word);
                self.args.push(from..text.len());
            }
            self.inline = Some(text);
        }
        Ok(Some(()))
    }

    /// How many arguments the request has, the command's name included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.args.len()
    }

    /// Whether no request is complete.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.args.is_empty()
    }

    /// The arguments of the request that [`Self::parse`] has just completed, in the same `buf`.
    pub fn args<'a>(&'a self, buf: &'a [u8]) -> impl ExactSizeIterator<Item = &'a [u8]> + Clone {
        let text = self.inline.as_deref().unwrap_or(buf);
        self.args.iter().map(move |range| text.get(range.clone()).unwrap_or_default())
    }

    /// Bytes of the arguments that have come of a request that is not complete.
    #[must_use]
    pub fn pending_bytes(&self) -> usize {
        if self.state == State::Start {
            0
        } else {
            self.args.iter().map(ExactSizeIterator::len).sum()
        }
    }

    /// Where the next unread byte of the buffer is.
    #[must_use]
    pub fn position(&self) -> usize {
        self.pos
    }

    /// How many bytes at the front of the buffer belong to complete requests, or to nothing. Zero
    /// inside a request: its arguments still stand in the buffer.
    #[must_use]
    pub fn consumed(&self) -> usize {
        match self.state {
            State::Start => self.pos,
            _ => self.args.first().map_or(self.pos, |first| first.start).min(self.pos),
        }
    }

    /// The caller has drained `n` bytes (at most [`Self::consumed`]) from the front of the buffer.
    pub fn rebase(&mut self, n: usize) {
        let n = n.min(self.consumed());
        self.pos -= n;
        self.scanned = self.scanned.saturating_sub(n);
        if self.state == State::Start {
            self.args.clear();
        } else {
            for range in &mut self.args {
                *range = range.start - n..range.end - n;
            }
        }
    }

    /// How many bytes the buffer must at least hold before [`Self::parse`] can get further inside
    /// an argument: what a driver may reserve for a big value (bounded by `max_bulk`).
    #[must_use]
    pub fn wanted(&self) -> Option<usize> {
        match self.state {
            State::Body { len, .. } => Some(self.pos.saturating_add(len).saturating_add(2)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &[u8]) -> Result<Option<Vec<Vec<u8>>>, ProtocolError> {
        let mut parser = RequestParser::new();
        let done = parser.parse(text, &Limits::default())?;
        Ok(done.then(|| parser.args(text).map(<[u8]>::to_vec).collect()))
    }

    #[test]
    fn both_forms_of_a_request() {
        let want = Some(vec![b"SET".to_vec(), b"k".to_vec(), b"a b".to_vec()]);
        assert_eq!(one(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$3\r\na b\r\n"), Ok(want.clone()));
        assert_eq!(one(b"SET k \"a b\"\r\n"), Ok(want.clone()));
        assert_eq!(one(b"\r\n*0\r\n*-1\r\nSET k 'a b'\n"), Ok(want));
        assert_eq!(one(b"*1\r\n$4\r\nPIN"), Ok(None));
        assert_eq!(one(b"PI\0NG\r\n"), Ok(None), "as C's strchr");
    }

    #[test]
    fn errors_have_the_texts_of_the_real_server() {
        let text = |bytes: &[u8]| String::from_utf8(one(bytes).unwrap_err().text()).unwrap();
        assert_eq!(text(b"*abc\r\n"), "Protocol error: invalid multibulk length");
        assert_eq!(text(b"*2147483648\r\n"), "Protocol error: invalid multibulk length");
        assert_eq!(text(b"*1\r\nPING\r\n"), "Protocol error: expected '$', got 'P'");
        assert_eq!(text(b"*1\r\n$-5\r\n"), "Protocol error: invalid bulk length");
        assert_eq!(text(b"*1\r\n$536870913\r\n"), "Protocol error: invalid bulk length");
        assert_eq!(text(b"get \"k\r\n"), "Protocol error: unbalanced quotes in request");
        assert_eq!(text(&[b'a'; 70_000]), "Protocol error: too big inline request");
        let mut long = b"*".to_vec();
        long.resize(70_000, b'1');
        assert_eq!(text(&long), "Protocol error: too big mbulk count string");
    }

    #[test]
    fn an_unauthenticated_client_may_send_little() {
        let limits = Limits { unauthenticated: true, ..Limits::default() };
        let err = |bytes: &[u8]| RequestParser::new().parse(bytes, &limits).unwrap_err();
        assert_eq!(err(b"*11\r\n"), ProtocolError::UnauthenticatedCount);
        assert_eq!(err(b"*1\r\n$16385\r\n"), ProtocolError::UnauthenticatedBulk);
    }

    #[test]
    fn the_front_can_be_drained_inside_a_request() {
        let mut buf = b"PING\r\n*2\r\n$3\r\nGET\r\n$1\r\n".to_vec();
        let mut parser = RequestParser::new();
        let limits = Limits::default();
        assert!(parser.parse(&buf, &limits).unwrap());
        assert!(!parser.parse(&buf, &limits).unwrap());
        let n = parser.consumed();
        assert!(n >= 6);
        buf.drain(..n);
        parser.rebase(n);
        buf.extend_from_slice(b"k\r\n");
        assert!(parser.parse(&buf, &limits).unwrap());
        assert_eq!(parser.args(&buf).collect::<Vec<_>>(), [&b"GET"[..], b"k"]);
    }
}
