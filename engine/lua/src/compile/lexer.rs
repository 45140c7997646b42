//! Source text to tokens, one ahead at most.

use super::token::Token;
use crate::number::parse_number;
use crate::proto::{COMPILER_ROOM, chunk_id};
use crate::{CompileError, Heap};

type Result<T> = std::result::Result<T, CompileError>;

#[derive(Debug)]
pub(crate) struct Lexer<'a> {
    pub(crate) heap: &'a mut Heap,
    source: &'a [u8],
    at: usize,
    chunk: Vec<u8>,
    /// Line under the reader.
    pub(crate) line: u32,
    /// Line of the last token consumed.
    pub(crate) last_line: u32,
    /// The token under way.
    pub(crate) token: Token,
    ahead: Option<Token>,
    /// The text of the token read last, escapes resolved.
    buffer: Vec<u8>,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(heap: &'a mut Heap, name: &[u8], source: &'a [u8]) -> Lexer<'a> {
        Lexer {
            heap,
            source,
            at: 0,
            chunk: chunk_id(name, COMPILER_ROOM),
            line: 1,
            last_line: 1,
            token: Token::End,
            ahead: None,
            buffer: Vec::new(),
        }
    }

    /// Goes to the next token.
    pub(crate) fn next(&mut self) -> Result<()> {
        self.last_line = self.line;
        self.token = match self.ahead.take() {
            Some(token) => token,
            None => self.read()?,
        };
        Ok(())
    }

    /// Looks at the token after the one under way.
    pub(crate) fn look_ahead(&mut self) -> Result<Token> {
        let token = self.read()?;
        self.ahead = Some(token);
        Ok(token)
    }

    /// An error without a token.
    pub(crate) fn plain_error<T>(&self, text: &str) -> Result<T> {
        let place = format!(":{}: {text}", self.line);
        Err(CompileError([&self.chunk, place.as_bytes()].concat()))
    }

    /// An error near the token under way.
    pub(crate) fn error<T>(&self, text: &str) -> Result<T> {
        self.error_near(text, self.token)
    }

    fn error_near<T>(&self, text: &str, token: Token) -> Result<T> {
        let near = match token {
            Token::Name(_) | Token::Str(_) | Token::Number(_) => {
                self.buffer.split(|b| *b == 0).next().unwrap_or(&[]).to_vec()
            }
            // A zero byte is no token to PUC's Lua.
            Token::Byte(0) => return self.plain_error(text),
            token => token.text(),
        };
        let place = format!(":{}: {text} near '", self.line);
        Err(CompileError([&self.chunk, place.as_bytes(), &near, b"'"].concat()))
    }

    fn peek(&self) -> Option<u8> {
        self.source.get(self.at).copied()
    }

    fn save(&mut self) {
        if let Some(byte) = self.peek() {
            self.buffer.push(byte);
        }
        self.at += 1;
    }

    /// Passes one line end, of one or two bytes.
    fn line_end(&mut self) -> Result<()> {
        let first = self.peek();
        self.at += 1;
        let second = self.peek();
        if matches!(second, Some(b'\n' | b'\r')) && second != first {
            self.at += 1;
        }
        self.line += 1;
        if self.line >= i32::MAX as u32 {
            return self.error("chunk has too many lines");
        }
        Ok(())
    }

    fn read(&mut self) -> Result<Token> {
        self.buffer.clear();
        loop {
            let Some(byte) = self.peek() else { return Ok(Token::End) };
            match byte {
                b'\n' | b'\r' => self.line_end()?,
                b'-' => {
                    self.at += 1;
                    if self.peek() != Some(b'-') {
                        return Ok(Token::Byte(b'-'));
                    }
                    self.at += 1;
                    self.comment()?;
                }
                b'[' => match self.long_level() {
                    Some(level) => return self.long_string(level),
                    None if self.buffer.len() == 1 => return Ok(Token::Byte(b'[')),
                    None => return self.error_near("invalid long string delimiter", string()),
                },
                b'=' => return Ok(self.one_or_two(b'=', Token::Equal)),
                b'<' => return Ok(self.one_or_two(b'<', Token::LessEqual)),
                b'>' => return Ok(self.one_or_two(b'>', Token::GreaterEqual)),
                b'~' => return Ok(self.one_or_two(b'~', Token::NotEqual)),
                b'"' | b'\'' => return self.string(byte),
                b'.' => {
                    self.save();
                    if self.peek() == Some(b'.') {
                        self.save();
                        if self.peek() == Some(b'.') {
                            self.save();
                            return Ok(Token::Dots);
                        }
                        return Ok(Token::Concat);
                    }
                    if self.peek().is_some_and(|b| b.is_ascii_digit()) {
                        return self.number();
                    }
                    return Ok(Token::Byte(b'.'));
                }
                b' ' | b'\t' | 0x0b | 0x0c => self.at += 1,
                b'0'..=b'9' => return self.number(),
                byte if byte.is_ascii_alphabetic() || byte == b'_' => return Ok(self.name()),
                byte => {
                    self.at += 1;
                    return Ok(Token::Byte(byte));
                }
            }
        }
    }

    fn one_or_two(&mut self, first: u8, both: Token) -> Token {
        self.at += 1;
        if self.peek() == Some(b'=') {
            self.at += 1;
            return both;
        }
        Token::Byte(first)
    }

    fn name(&mut self) -> Token {
        while self.peek().is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_') {
            self.save();
        }
        Token::reserved(&self.buffer).unwrap_or_else(|| Token::Name(self.heap.intern(&self.buffer)))
    }

    /// `[`, any number of `=`, `[`: their number. The buffer then begins with them.
    fn long_level(&mut self) -> Option<usize> {
        self.save();
        let level = self.equals();
        if self.peek() == Some(b'[') {
            self.save();
            return Some(level);
        }
        None
    }

    fn equals(&mut self) -> usize {
        let before = self.buffer.len();
        while self.peek() == Some(b'=') {
            self.save();
        }
        self.buffer.len() - before
    }

    fn comment(&mut self) -> Result<()> {
        if self.peek() == Some(b'[') {
            let level = self.long_level();
            self.buffer.clear();
            if let Some(level) = level {
                self.long_text(level, true)?;
                self.buffer.clear();
                return Ok(());
            }
        }
        while !matches!(self.peek(), None | Some(b'\n' | b'\r')) {
            self.at += 1;
        }
        Ok(())
    }

    fn long_string(&mut self, level: usize) -> Result<Token> {
        self.long_text(level, false)?;
        let edge = level + 2;
        let inside = self.buffer[edge..self.buffer.len() - edge].to_vec();
        Ok(Token::Str(self.heap.intern(&inside)))
    }

    fn long_text(&mut self, level: usize, comment: bool) -> Result<()> {
        if matches!(self.peek(), Some(b'\n' | b'\r')) {
            self.line_end()?;
        }
        loop {
            match self.peek() {
                None => {
                    let what = if comment { "comment" } else { "string" };
                    return self.error_near(&format!("unfinished long {what}"), Token::End);
                }
                Some(b']') => {
                    self.save();
                    if self.equals() == level && self.peek() == Some(b']') {
                        self.save();
                        return Ok(());
                    }
                }
                Some(b'\n' | b'\r') => {
                    self.buffer.push(b'\n');
                    self.line_end()?;
                }
                Some(_) => self.save(),
            }
            if comment {
                self.buffer.clear();
            }
        }
    }

    fn string(&mut self, quote: u8) -> Result<Token> {
        self.save();
        loop {
            match self.peek() {
                None => return self.error_near("unfinished string", Token::End),
                Some(b'\n' | b'\r') => return self.error_near("unfinished string", string()),
                Some(b'\\') => self.escape()?,
                Some(byte) => {
                    self.save();
                    if byte == quote {
                        break;
                    }
                }
            }
        }
        let inside = self.buffer[1..self.buffer.len() - 1].to_vec();
        Ok(Token::Str(self.heap.intern(&inside)))
    }

    fn escape(&mut self) -> Result<()> {
        self.at += 1;
        let Some(byte) = self.peek() else { return Ok(()) };
        let meant = match byte {
            b'a' => 7,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 11,
            b'\n' | b'\r' => {
                self.buffer.push(b'\n');
                return self.line_end();
            }
            b'0'..=b'9' => {
                let mut number = 0_u32;
                for _ in 0..3 {
                    let Some(digit @ b'0'..=b'9') = self.peek() else { break };
                    number = number * 10 + u32::from(digit - b'0');
                    self.at += 1;
                }
                let Ok(byte) = u8::try_from(number) else {
                    return self.error_near("escape sequence too large", string());
                };
                self.buffer.push(byte);
                return Ok(());
            }
            other => other,
        };
        self.buffer.push(meant);
        self.at += 1;
        Ok(())
    }

    fn number(&mut self) -> Result<Token> {
        while self.peek().is_some_and(|b| b.is_ascii_digit() || b == b'.') {
            self.save();
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.save();
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.save();
            }
        }
        while self.peek().is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_') {
            self.save();
        }
        match parse_number(&self.buffer) {
            Some(number) => Ok(Token::Number(number)),
            None => self.error_near("malformed number", Token::Number(0.0)),
        }
    }
}

/// A token of the kind whose own text is shown.
fn string() -> Token {
    Token::Number(0.0)
}
