//! Writing lengths and strings.

use super::lzf::Lzf;
use crate::listpack::Elem;
use crate::number::parse_i64;

/// Where a value is written to, and whether long strings are compressed.
pub(super) struct Output<'a> {
    pub(super) bytes: &'a mut Vec<u8>,
    pub(super) lzf: Option<&'a mut Lzf>,
}

impl Output<'_> {
    pub(super) fn byte(&mut self, b: u8) {
        self.bytes.push(b);
    }

    /// A length (`rdbSaveLen`).
    pub(super) fn length(&mut self, len: u64) {
        if len < 1 << 6 {
            self.byte(len as u8);
        } else if len < 1 << 14 {
            self.bytes.extend_from_slice(&[0x40 | (len >> 8) as u8, len as u8]);
        } else if let Ok(len) = u32::try_from(len) {
            self.byte(0x80);
            self.bytes.extend_from_slice(&len.to_be_bytes());
        } else {
            self.byte(0x81);
            self.bytes.extend_from_slice(&len.to_be_bytes());
        }
    }

    /// A string: as a number when it is short and is one, compressed when that pays, else as it
    /// is (`rdbSaveRawString`).
    pub(super) fn string(&mut self, s: &[u8]) {
        if s.len() <= 11
            && let Some(n) = parse_i64(s)
            && self.small_int(n)
        {
            return;
        }
        if s.len() > 20
            && let Some(lzf) = &mut self.lzf
            && let Some(packed) = lzf.compress(s)
        {
            self.bytes.push(0xC3);
            self.length(packed.len() as u64);
            self.length(s.len() as u64);
            self.bytes.extend_from_slice(&packed);
            return;
        }
        self.length(s.len() as u64);
        self.bytes.extend_from_slice(s);
    }

    /// A number as a string (`rdbSaveLongLongAsStringObject`).
    pub(super) fn int(&mut self, n: i64) {
        if !self.small_int(n) {
            let text = itoa::Buffer::new().format(n).to_owned();
            self.length(text.len() as u64);
            self.bytes.extend_from_slice(text.as_bytes());
        }
    }

    pub(super) fn elem(&mut self, e: Elem<'_>) {
        match e {
            Elem::Int(n) => self.int(n),
            Elem::Str(s) => self.string(s),
        }
    }

    fn small_int(&mut self, n: i64) -> bool {
        let le = n.to_le_bytes();
        let (mark, len) = if i8::try_from(n).is_ok() {
            (0xC0, 1)
        } else if i16::try_from(n).is_ok() {
            (0xC1, 2)
        } else if i32::try_from(n).is_ok() {
            (0xC2, 4)
        } else {
            return false;
        };
        self.byte(mark);
        self.bytes.extend_from_slice(&le[..len]);
        true
    }
}
