//! Replies as a client reads them, RESP2 and RESP3.

use thiserror::Error;

/// One reply.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `+text`.
    Simple(Vec<u8>),
    /// `-CODE text`.
    Error(Vec<u8>),
    /// `:n`.
    Int(i64),
    /// `$…`: bytes.
    Bulk(Vec<u8>),
    /// `$-1`, `*-1` or `_`.
    Null,
    /// `*…`.
    Array(Vec<Value>),
    /// `%…`.
    Map(Vec<(Value, Value)>),
    /// `~…`.
    Set(Vec<Value>),
    /// `>…`: out of band (pub/sub, invalidation).
    Push(Vec<Value>),
    /// `,…`: the number, and its text as it came.
    Double(f64, String),
    /// `#t` or `#f`.
    Bool(bool),
    /// `(…`: decimal digits.
    BigNumber(String),
    /// `=…`: three letters of format, and the text.
    Verbatim([u8; 3], Vec<u8>),
}

impl Value {
    /// The bytes of a string of any kind.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Simple(b) | Self::Bulk(b) | Self::Verbatim(_, b) => Some(b),
            _ => None,
        }
    }

    /// The bytes of a string of any kind, as text with foreign bytes replaced.
    #[must_use]
    pub fn to_text(&self) -> Option<String> {
        self.as_bytes().map(|b| String::from_utf8_lossy(b).into_owned())
    }

    /// The number of an integer reply.
    #[must_use]
    pub const fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(n) => Some(*n),
            _ => None,
        }
    }

    /// The items of an array, set or push.
    #[must_use]
    pub fn as_slice(&self) -> Option<&[Self]> {
        match self {
            Self::Array(items) | Self::Set(items) | Self::Push(items) => Some(items),
            _ => None,
        }
    }

    /// The text of an error reply.
    #[must_use]
    pub fn as_error(&self) -> Option<String> {
        match self {
            Self::Error(text) => Some(String::from_utf8_lossy(text).into_owned()),
            _ => None,
        }
    }
}

/// What came is no reply: the connection is of no more use. In the words of redis-cli's library
/// (read.c in hiredis).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// No reply begins with this byte.
    #[error("Protocol error, got \"{}\" as reply type byte", .0.escape_ascii())]
    UnknownType(u8),
    /// A number, truth value or double that is none.
    #[error("Bad {0} value")]
    Malformed(&'static str),
    /// A length that is none or cannot be, or a string that lacks what its length promised.
    #[error("{0}")]
    Length(&'static str),
    /// Aggregates inside aggregates deeper than anybody means them.
    #[error("Nested replies too deep")]
    TooDeep,
    /// A line of more than 64 KB without an end, or a string above 512 MB.
    #[error("Reply too long")]
    TooLong,
}

/// Aggregates inside aggregates.
const MAX_DEPTH: usize = 128;
/// The longest string, as `proto-max-bulk-len` allows it by default.
const MAX_BULK: i64 = 512 * 1024 * 1024;
/// The longest line.
const MAX_LINE: usize = 64 * 1024 * 1024;

/// Which aggregate is being filled.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Array,
    Map,
    Set,
    Push,
    /// `|…`: read and dropped; the reply it belongs to follows.
    Attribute,
}

/// An aggregate with items missing.
#[derive(Clone, Debug)]
struct Open {
    kind: Kind,
    missing: usize,
    items: Vec<Value>,
}

/// An incremental reader: [`Self::feed`] it what came, then take values until there is none.
/// Nothing is read twice, however the bytes are cut.
#[derive(Clone, Debug, Default)]
pub struct ReplyDecoder {
    buf: Vec<u8>,
    pos: usize,
    scanned: usize,
    /// A string whose length line was read: type byte and length.
    string: Option<(u8, usize)>,
    open: Vec<Open>,
}

impl ReplyDecoder {
    /// At the beginning of a connection.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds bytes that came.
    pub fn feed(&mut self, bytes: &[u8]) {
        // Drop what was read before growing.
        if self.pos > 0 && self.pos >= self.buf.len() / 2 {
            self.buf.drain(..self.pos);
            self.scanned = self.scanned.saturating_sub(self.pos);
            self.pos = 0;
        }
        self.buf.extend_from_slice(bytes);
    }

    /// Bytes that were fed and not read yet.
    #[must_use]
    pub fn pending(&self) -> &[u8] {
        self.buf.get(self.pos..).unwrap_or_default()
    }

    /// The next whole reply, if it is here.
    ///
    /// # Errors
    /// [`DecodeError`]: close the connection.
    pub fn decode(&mut self) -> Result<Option<Value>, DecodeError> {
        loop {
            let Some(mut value) = self.item()? else { return Ok(None) };
            loop {
                let Some(mut open) = self.open.pop() else { return Ok(Some(value)) };
                open.items.push(value);
                open.missing -= 1;
                if open.missing > 0 {
                    self.open.push(open);
                    break;
                }
                match close(open.kind, open.items) {
                    Some(whole) => value = whole,
                    None => break,
                }
            }
        }
    }

    /// The next value that is no open aggregate; opens aggregates on its way.
    fn item(&mut self) -> Result<Option<Value>, DecodeError> {
        loop {
            if let Some((kind, len)) = self.string {
                return self.string_body(kind, len);
            }
            let Some((kind, from, to)) = self.line()? else { return Ok(None) };
            let line = &self.buf[from..to];
            let value = match kind {
                b'+' => Value::Simple(line.to_vec()),
                b'-' => Value::Error(line.to_vec()),
                b':' => Value::Int(integer(line)?),
                b'_' => Value::Null,
                b'#' => Value::Bool(match line {
                    b"t" => true,
                    b"f" => false,
                    _ => return Err(DecodeError::Malformed("bool")),
                }),
                b',' => double(line)?,
                b'(' => Value::BigNumber(String::from_utf8_lossy(line).into_owned()),
                b'$' | b'=' | b'!' => match length(line, "Bad bulk string length")? {
                    -1 if kind == b'$' => Value::Null,
                    len @ 0..=MAX_BULK => {
                        self.string = Some((kind, len as usize));
                        continue;
                    }
                    len if len > MAX_BULK => return Err(DecodeError::TooLong),
                    _ => return Err(DecodeError::Length("Bulk string length out of range")),
                },
                b'*' | b'%' | b'~' | b'>' | b'|' => match self.aggregate(kind, from, to)? {
                    Some(value) => value,
                    None => continue,
                },
                other => return Err(DecodeError::UnknownType(other)),
            };
            return Ok(Some(value));
        }
    }

    /// Opens an aggregate, or gives an empty or null one at once.
    fn aggregate(
        &mut self,
        kind: u8,
        from: usize,
        to: usize,
    ) -> Result<Option<Value>, DecodeError> {
        let count = length(&self.buf[from..to], "Bad multi-bulk length")?;
        let kind = match kind {
            b'*' if count == -1 => return Ok(Some(Value::Null)),
            b'*' => Kind::Array,
            b'%' => Kind::Map,
            b'~' => Kind::Set,
            b'>' => Kind::Push,
            _ => Kind::Attribute,
        };
        let factor = if matches!(kind, Kind::Map | Kind::Attribute) { 2 } else { 1 };
        let missing = usize::try_from(count)
            .ok()
            .filter(|&n| n <= i32::MAX as usize)
            .map(|n| n * factor)
            .ok_or(DecodeError::Length("Multi-bulk length out of range"))?;
        if missing == 0 {
            return Ok(close(kind, Vec::new()));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(DecodeError::TooDeep);
        }
        // A stranger's number reserves no more than a little.
        self.open.push(Open { kind, missing, items: Vec::with_capacity(missing.min(64)) });
        Ok(None)
    }

    fn string_body(&mut self, kind: u8, len: usize) -> Result<Option<Value>, DecodeError> {
        let end = self.pos + len;
        if self.buf.len() < end + 2 {
            return Ok(None);
        }
        let body = self.buf[self.pos..end].to_vec();
        self.advance(end + 2);
        self.string = None;
        Ok(Some(match kind {
            b'$' => Value::Bulk(body),
            b'!' => Value::Error(body),
            _ => match body.split_first_chunk::<3>() {
                Some((format, [b':', text @ ..])) => Value::Verbatim(*format, text.to_vec()),
                _ => {
                    return Err(DecodeError::Length(
                        "Verbatim string 4 bytes of content type are missing or incorrectly encoded.",
                    ));
                }
            },
        }))
    }

    fn advance(&mut self, to: usize) {
        self.pos = to;
        self.scanned = to;
    }

    /// A type byte and the rest of its line, passed when it is whole.
    fn line(&mut self) -> Result<Option<(u8, usize, usize)>, DecodeError> {
        let Some(&kind) = self.buf.get(self.pos) else { return Ok(None) };
        if !b"+-:$*_#,(=!%~>|".contains(&kind) {
            return Err(DecodeError::UnknownType(kind));
        }
        let from = self.scanned.max(self.pos);
        let found = self.buf[from..].windows(2).position(|pair| pair == b"\r\n");
        let Some(at) = found else {
            // The last byte may be the CR of an end that is still on its way.
            self.scanned = self.buf.len().saturating_sub(1).max(self.pos);
            return if self.buf.len() - self.pos > MAX_LINE {
                Err(DecodeError::TooLong)
            } else {
                Ok(None)
            };
        };
        let line = (kind, self.pos + 1, from + at);
        self.advance(from + at + 2);
        Ok(Some(line))
    }
}

fn close(kind: Kind, items: Vec<Value>) -> Option<Value> {
    Some(match kind {
        Kind::Array => Value::Array(items),
        Kind::Set => Value::Set(items),
        Kind::Push => Value::Push(items),
        Kind::Attribute => return None,
        Kind::Map => {
            let mut pairs = Vec::with_capacity(items.len() / 2);
            let mut items = items.into_iter();
            while let (Some(key), Some(value)) = (items.next(), items.next()) {
                pairs.push((key, value));
            }
            Value::Map(pairs)
        }
    })
}

fn integer(line: &[u8]) -> Result<i64, DecodeError> {
    let digits = line.strip_prefix(b"+").unwrap_or(line);
    core::str::from_utf8(digits)
        .ok()
        .and_then(|text| text.parse().ok())
        .ok_or(DecodeError::Malformed("integer"))
}

fn length(line: &[u8], complaint: &'static str) -> Result<i64, DecodeError> {
    integer(line).map_err(|_| DecodeError::Length(complaint))
}

fn double(line: &[u8]) -> Result<Value, DecodeError> {
    let text = core::str::from_utf8(line).map_err(|_| DecodeError::Malformed("double"))?;
    let number = text.parse().map_err(|_| DecodeError::Malformed("double"))?;
    Ok(Value::Double(number, text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Vec<Value> {
        let mut decoder = ReplyDecoder::new();
        decoder.feed(bytes);
        core::iter::from_fn(|| decoder.decode().unwrap()).collect()
    }

    #[test]
    fn both_protocols() {
        assert_eq!(
            all(b"+OK\r\n:-3\r\n$2\r\nhi\r\n$-1\r\n*-1\r\n*2\r\n*0\r\n:1\r\n"),
            [
                Value::Simple(b"OK".to_vec()),
                Value::Int(-3),
                Value::Bulk(b"hi".to_vec()),
                Value::Null,
                Value::Null,
                Value::Array(vec![Value::Array(vec![]), Value::Int(1)]),
            ]
        );
        assert_eq!(
            all(b"|1\r\n+a\r\n+b\r\n%1\r\n+k\r\n~1\r\n#t\r\n,1.5\r\n_\r\n=6\r\ntxt:hi\r\n>0\r\n"),
            [
                Value::Map(vec![(
                    Value::Simple(b"k".to_vec()),
                    Value::Set(vec![Value::Bool(true)])
                )]),
                Value::Double(1.5, "1.5".into()),
                Value::Null,
                Value::Verbatim(*b"txt", b"hi".to_vec()),
                Value::Push(vec![]),
            ]
        );
    }

    #[test]
    fn strangers_are_refused() {
        let err = |bytes: &[u8]| {
            let mut decoder = ReplyDecoder::new();
            decoder.feed(bytes);
            decoder.decode().unwrap_err()
        };
        assert_eq!(err(b"HTTP/1.1"), DecodeError::UnknownType(b'H'));
        assert_eq!(err(b"$-2\r\n"), DecodeError::Length("Bulk string length out of range"));
        assert_eq!(err(&b"*1\r\n".repeat(200)), DecodeError::TooDeep);
    }
}
