//! Records: commands as clients send them, one after the other.

/// Why reading stopped before the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRecord {
    /// The file ends inside a record, or inside a transaction: a write that was cut off.
    #[error("Unexpected end of file reading the append only file")]
    Truncated,
    /// The bytes are no record.
    #[error("Bad file format reading the append only file")]
    Format,
}

/// Reads the records of one file.
#[derive(Clone, Debug)]
pub struct Records<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The end of the last whole record.
    done: usize,
    /// The end of the last record outside of a transaction.
    valid: usize,
    in_multi: bool,
    annotations: Vec<&'a [u8]>,
}

impl<'a> Records<'a> {
    /// From the first record on.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self::resume(bytes, false)
    }

    /// Goes on where an earlier piece of the file ended after a whole record: inside of a
    /// transaction or not.
    #[must_use]
    pub const fn resume(bytes: &'a [u8], in_multi: bool) -> Self {
        Self { bytes, at: 0, done: 0, valid: 0, in_multi, annotations: Vec::new() }
    }

    /// Whether what was read last stands inside of a transaction.
    #[must_use]
    pub const fn in_multi(&self) -> bool {
        self.in_multi
    }

    /// Where the next record begins, as far as all before it are whole.
    #[must_use]
    pub const fn consumed(&self) -> usize {
        self.done
    }

    /// The annotations (`#TS:…`) in front of what was read last, or behind all records.
    pub fn take_annotations(&mut self) -> Vec<&'a [u8]> {
        std::mem::take(&mut self.annotations)
    }

    /// Where the file may be cut so that it ends with a whole record, outside of a transaction.
    #[must_use]
    pub const fn valid_up_to(&self) -> usize {
        self.valid
    }

    /// The next record; `None` at the end.
    ///
    /// # Errors
    /// [`BadRecord`]; nothing more can be read then.
    pub fn read(&mut self) -> Result<Option<Vec<&'a [u8]>>, BadRecord> {
        while self.bytes.get(self.at) == Some(&b'#') {
            let line = self.line()?;
            self.annotations.push(line);
        }
        if self.at == self.bytes.len() {
            if self.in_multi {
                return Err(BadRecord::Truncated);
            }
            self.done = self.at;
            return Ok(None);
        }
        let count = self.number(b'*')?;
        if count < 1 {
            return Err(BadRecord::Format);
        }
        let mut words = Vec::new();
        for _ in 0..count {
            let len = usize::try_from(self.number(b'$')?).map_err(|_| BadRecord::Format)?;
            let end = self.at.checked_add(len).ok_or(BadRecord::Format)?;
            words.push(self.bytes.get(self.at..end).ok_or(BadRecord::Truncated)?);
            self.at = end;
            let after = self.bytes.get(end..end + 2).ok_or(BadRecord::Truncated)?;
            if after != b"\r\n" {
                return Err(BadRecord::Format);
            }
            self.at += 2;
        }
        if words[0].eq_ignore_ascii_case(b"multi") {
            self.in_multi = true;
        } else if words[0].eq_ignore_ascii_case(b"exec") {
            self.in_multi = false;
        }
        self.done = self.at;
        if !self.in_multi {
            self.valid = self.at;
        }
        Ok(Some(words))
    }

    fn line(&mut self) -> Result<&'a [u8], BadRecord> {
        let rest = &self.bytes[self.at..];
        let end = rest.iter().position(|b| *b == b'\n').ok_or(BadRecord::Truncated)?;
        self.at += end + 1;
        Ok(rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]))
    }

    fn number(&mut self, mark: u8) -> Result<i64, BadRecord> {
        match self.bytes.get(self.at) {
            None => return Err(BadRecord::Truncated),
            Some(b) if *b != mark => return Err(BadRecord::Format),
            Some(_) => {}
        }
        let line = self.line()?;
        engine_base::number::parse_i64(&line[1..]).ok_or(BadRecord::Format)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_base::{Rng, Seed};

    const TWO: &[u8] = b"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n#TS:1\r\n*2\r\n$4\r\nINCR\r\n$1\r\na\r\n";

    #[test]
    fn a_cut_tail_leaves_the_whole_records() {
        for cut in 0..=TWO.len() {
            let mut records = Records::new(&TWO[..cut]);
            let mut count = 0;
            let end = loop {
                match records.read() {
                    Ok(Some(_)) => count += 1,
                    Ok(None) => break Ok(()),
                    Err(e) => break Err(e),
                }
            };
            let whole = usize::from(cut >= 23) + usize::from(cut == TWO.len());
            assert_eq!(count, whole, "cut at {cut}");
            assert!(matches!(end, Ok(()) | Err(BadRecord::Truncated)));
            assert!(records.valid_up_to() <= cut);
        }
    }

    #[test]
    fn an_open_transaction_is_a_cut_tail() {
        let bytes = b"*1\r\n$4\r\nPING\r\n*1\r\n$5\r\nMULTI\r\n*1\r\n$4\r\nPING\r\n";
        let mut records = Records::new(bytes);
        for _ in 0..3 {
            assert!(records.read().unwrap().is_some());
        }
        assert_eq!(records.read(), Err(BadRecord::Truncated));
        assert_eq!(records.valid_up_to(), 14);
    }

    #[test]
    fn pieces_say_what_the_whole_says() {
        let mut bytes = b"*1\r\n$5\r\nMULTI\r\n".to_vec();
        bytes.extend_from_slice(TWO);
        bytes.extend_from_slice(b"*1\r\n$4\r\nEXEC\r\n");
        for cut in 0..bytes.len() {
            let (mut words, mut start, mut in_multi) = (0, 0, false);
            for end in [cut, bytes.len()] {
                let mut records = Records::resume(&bytes[start..end], in_multi);
                while let Ok(Some(record)) = records.read() {
                    words += record.len();
                }
                (start, in_multi) = (start + records.consumed(), records.in_multi());
            }
            assert_eq!((words, start, in_multi), (6, bytes.len(), false), "cut at {cut}");
        }
    }

    #[test]
    fn damage_never_panics() {
        let mut rng = Rng::new(Seed::from_number(1));
        for _ in 0..20_000 {
            let mut bytes = TWO.to_vec();
            let i = rng.index(bytes.len());
            bytes[i] = rng.next_u64() as u8;
            let mut records = Records::new(&bytes);
            while let Ok(Some(words)) = records.read() {
                assert!(!words.is_empty());
            }
        }
    }
}
