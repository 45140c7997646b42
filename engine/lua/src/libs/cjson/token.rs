//! JSON's tokens as Lua CJSON reads them: numbers by `strtod`, everything ended by the first zero byte.

use engine_base::strtod;

/// What was read.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    ObjectBegin,
    ObjectEnd,
    ArrayBegin,
    ArrayEnd,
    Colon,
    Comma,
    Str(Vec<u8>),
    Number(f64),
    Bool(bool),
    Null,
    End,
    /// No token: what is wrong.
    Bad(&'static str),
}

impl Token {
    /// What an error calls it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Token::ObjectBegin => "T_OBJ_BEGIN",
            Token::ObjectEnd => "T_OBJ_END",
            Token::ArrayBegin => "T_ARR_BEGIN",
            Token::ArrayEnd => "T_ARR_END",
            Token::Colon => "T_COLON",
            Token::Comma => "T_COMMA",
            Token::Str(_) => "T_STRING",
            Token::Number(_) => "T_NUMBER",
            Token::Bool(_) => "T_BOOLEAN",
            Token::Null => "T_NULL",
            Token::End => "T_END",
            Token::Bad(what) => what,
        }
    }
}

/// A text under way.
pub(super) struct Tokens<'a> {
    text: &'a [u8],
    /// Where reading goes on.
    pub(super) at: usize,
    /// Where the last token stands, or what is wrong with it.
    pub(super) place: usize,
    /// Whether NaN, infinity, hexadecimal and the like are numbers.
    lenient: bool,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a [u8], lenient: bool) -> Tokens<'a> {
        Tokens { text, at: 0, place: 0, lenient }
    }

    fn byte(&self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or(0)
    }

    fn bad(&mut self, what: &'static str) -> Token {
        self.place = self.at;
        Token::Bad(what)
    }

    fn taken(&mut self, length: usize, token: Token) -> Token {
        self.at += length;
        token
    }

    pub(super) fn next(&mut self) -> Token {
        while matches!(self.byte(self.at), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
        self.place = self.at;
        match self.byte(self.at) {
            0 => Token::End,
            b'{' => self.taken(1, Token::ObjectBegin),
            b'}' => self.taken(1, Token::ObjectEnd),
            b'[' => self.taken(1, Token::ArrayBegin),
            b']' => self.taken(1, Token::ArrayEnd),
            b':' => self.taken(1, Token::Colon),
            b',' => self.taken(1, Token::Comma),
            b'"' => self.string(),
            b'-' | b'0'..=b'9' => {
                if !self.lenient && self.is_odd_number() {
                    return self.bad("invalid number");
                }
                self.number()
            }
            b'f' | b'i' | b'I' | b'n' | b'N' | b't' | b'+' => self.word(),
            _ => self.bad("invalid token"),
        }
    }

    fn word(&mut self) -> Token {
        for (word, token) in [
            (&b"true"[..], Token::Bool(true)),
            (b"false", Token::Bool(false)),
            (b"null", Token::Null),
        ] {
            if self.text[self.at..].starts_with(word) {
                return self.taken(word.len(), token);
            }
        }
        if self.lenient && self.is_odd_number() { self.number() } else { self.bad("invalid token") }
    }

    /// A number that JSON does not know but `strtod` may.
    fn is_odd_number(&self) -> bool {
        let mut at = self.at;
        match self.byte(at) {
            b'+' => return true,
            b'-' => at += 1,
            _ => {}
        }
        match self.byte(at) {
            b'0' => matches!(self.byte(at + 1), b'x' | b'X' | b'0'..=b'9'),
            0..=b'9' => false,
            _ => {
                let word = self.text.get(at..at + 3).unwrap_or_default();
                word.eq_ignore_ascii_case(b"inf") || word.eq_ignore_ascii_case(b"nan")
            }
        }
    }

    fn number(&mut self) -> Token {
        match strtod::prefix(&self.text[self.at..]) {
            Some((value, length)) => self.taken(length, Token::Number(value)),
            None => self.bad("invalid number"),
        }
    }

    fn string(&mut self) -> Token {
        self.at += 1;
        let mut out = Vec::new();
        loop {
            let rest = &self.text[self.at..];
            let plain =
                rest.iter().position(|b| matches!(b, b'"' | b'\\' | 0)).unwrap_or(rest.len());
            out.extend_from_slice(&rest[..plain]);
            self.at += plain;
            match self.byte(self.at) {
                b'"' => return self.taken(1, Token::Str(out)),
                b'\\' => {}
                _ => return self.bad("unexpected end of string"),
            }
            let escaped = match self.byte(self.at + 1) {
                b @ (b'"' | b'\\' | b'/') => b,
                b'b' => 8,
                b't' => b'\t',
                b'n' => b'\n',
                b'f' => 12,
                b'r' => b'\r',
                b'u' => match self.unicode() {
                    Some((code, length)) => {
                        push_utf8(&mut out, code);
                        self.at += length;
                        continue;
                    }
                    None => return self.bad("invalid unicode escape code"),
                },
                _ => return self.bad("invalid escape code"),
            };
            out.push(escaped);
            self.at += 2;
        }
    }

    /// `\uXXXX`, two of them for what is beyond 16 bits: the code and how many bytes it took.
    fn unicode(&self) -> Option<(u32, usize)> {
        let first = self.hex4(self.at + 2)?;
        if first & 0xf800 != 0xd800 {
            return Some((first, 6));
        }
        let high = first & 0x400 == 0;
        if !high || self.byte(self.at + 6) != b'\\' || self.byte(self.at + 7) != b'u' {
            return None;
        }
        let second = self.hex4(self.at + 8)?;
        let low = second & 0xfc00 == 0xdc00;
        low.then(|| (((first & 0x3ff) << 10 | second & 0x3ff) + 0x10000, 12))
    }

    fn hex4(&self, at: usize) -> Option<u32> {
        (at..at + 4).try_fold(0, |sum, at| Some(sum << 4 | char::from(self.byte(at)).to_digit(16)?))
    }
}

/// A code as UTF-8; half a surrogate pair never comes here.
fn push_utf8(out: &mut Vec<u8>, code: u32) {
    let c = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}
