//! The manifest: which files make up the data, in which order.

/// One file of the set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its name in the folder of the append-only file.
    pub name: String,
    /// Its number: rises with every rewrite.
    pub seq: u64,
}

/// The files of one append-only set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// The data as it was at the last rewrite.
    pub base: Option<Part>,
    /// The writes since then.
    pub incr: Vec<Part>,
    /// Files that are of no use any more and may still be there.
    pub history: Vec<Part>,
}

/// Why a manifest cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct ManifestError {
    /// The line, counted from 1.
    pub line: usize,
    /// Its text.
    pub text: String,
    /// In Redis's words.
    pub reason: &'static str,
}

/// The longest line (`MANIFEST_MAX_LINE`).
const LINE_MAX: usize = 1024;

impl Manifest {
    /// Reads the file (`aofLoadManifestFromFile`).
    ///
    /// # Errors
    /// As Redis refuses it.
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        let mut manifest = Self::default();
        let mut highest = 0;
        if bytes.is_empty() {
            return Err(error(0, b"", "Found an empty AOF manifest"));
        }
        let lines = bytes.strip_suffix(b"\n").unwrap_or(bytes).split(|byte| *byte == b'\n');
        let count = lines.clone().count();
        for (i, line) in lines.enumerate() {
            let number = i + 1;
            let fail = |reason| error(number, line, reason);
            if number == count && !bytes.ends_with(b"\n") {
                // Cut off: Redis does not count such a line.
                return Err(error(0, b"", "The AOF manifest file contains too long line"));
            }
            if line.starts_with(b"#") {
                continue;
            }
            if line.len() > LINE_MAX {
                return Err(fail("The AOF manifest file contains too long line"));
            }
            // What is not UTF-8 is nobody's file name here: it must not become another one's.
            let part = std::str::from_utf8(line).ok().and_then(parse_line);
            let (kind, part) = part.ok_or_else(|| fail("Invalid AOF manifest file format"))?;
            // Written again, it would be a line that nobody can read.
            if row(kind, &part).len() > LINE_MAX {
                return Err(fail("The AOF manifest file contains too long line"));
            }
            if part.name.contains('/') {
                return Err(fail("File can't be a path, just a filename"));
            }
            match kind {
                'b' if manifest.base.is_some() => {
                    return Err(fail("Found duplicate base file information"));
                }
                'b' => manifest.base = Some(part),
                'h' => manifest.history.push(part),
                'i' if part.seq <= highest => {
                    return Err(fail("Found a non-monotonic sequence number"));
                }
                'i' => {
                    highest = part.seq;
                    manifest.incr.push(part);
                }
                _ => return Err(fail("Unknown AOF file type")),
            }
        }
        Ok(manifest)
    }

    /// The file's text (`getAofManifestAsString`).
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        let parts = [('b', self.base.as_slice()), ('h', &self.history), ('i', &self.incr)];
        for (kind, list) in parts {
            for part in list {
                out.push_str(&row(kind, part));
                out.push('\n');
            }
        }
        out
    }
}

fn row(kind: char, part: &Part) -> String {
    format!("file {} seq {} type {kind}", quote(&part.name), part.seq)
}

fn error(line: usize, text: &[u8], reason: &'static str) -> ManifestError {
    ManifestError { line, text: String::from_utf8_lossy(text).into_owned(), reason }
}

fn parse_line(line: &str) -> Option<(char, Part)> {
    let words = engine_base::split::split_args(line.trim().as_bytes())?;
    if words.len() < 6 || words.len() % 2 != 0 {
        return None;
    }
    let (mut name, mut seq, mut kind) = (None, None, None);
    let (pairs, _) = words.as_chunks::<2>();
    for [key, value] in pairs {
        let value = String::from_utf8(value.clone()).ok()?;
        if key.eq_ignore_ascii_case(b"file") {
            name = Some(value);
        } else if key.eq_ignore_ascii_case(b"seq") {
            seq = value.parse().ok();
        } else if key.eq_ignore_ascii_case(b"type") {
            kind = value.chars().next();
        }
    }
    let seq = seq.filter(|n| *n > 0)?;
    Some((kind?, Part { name: name.filter(|n| !n.is_empty())?, seq }))
}

/// A name that would not be read back as one word is quoted (`sdsneedsrepr`).
fn quote(name: &str) -> String {
    let plain = |b: u8| b.is_ascii_graphic() && !matches!(b, b'"' | b'\'' | b'\\');
    if name.bytes().all(plain) {
        return name.to_owned();
    }
    let mut out = Vec::new();
    engine_base::split::write_quoted(&mut out, name.as_bytes());
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_last_line_that_was_cut_off_is_no_line() {
        for text in ["file a seq 1 type i", "file a seq 1 type i\n# cut", "file a se"] {
            let error = Manifest::parse(text.as_bytes()).unwrap_err();
            assert_eq!(
                (error.line, error.reason),
                (0, "The AOF manifest file contains too long line")
            );
        }
    }

    /// Found by fuzzing.
    #[test]
    fn a_name_that_stood_in_quotes_is_written_in_quotes() {
        let text = "file \"a b\\x0b\\\"c\" seq 1 type i\n";
        let manifest = Manifest::parse(text.as_bytes()).unwrap();
        assert_eq!(manifest.incr[0].name, "a b\u{b}\"c");
        assert_eq!(Manifest::parse(manifest.to_text().as_bytes()), Ok(manifest));
    }

    /// Found by fuzzing: bytes that are not UTF-8 became others, and a line three times as long.
    #[test]
    fn a_name_that_could_not_be_written_again_is_refused() {
        let why = |name: &[u8]| {
            let text = [b"file ", name, b" seq 1 type i\n"].concat();
            Manifest::parse(&text).map_err(|error| error.reason)
        };
        assert_eq!(why(b"a\xff.aof"), Err("Invalid AOF manifest file format"));
        assert_eq!(why("a\u{fffd}.aof".as_bytes()).map(|m| m.incr.len()), Ok(1));
        let long = "\u{e4}".repeat(100);
        assert_eq!(why(long.as_bytes()).map(|m| m.incr[0].name == long), Ok(true));
        let longer = "\u{e4}".repeat(200);
        assert_eq!(why(longer.as_bytes()), Err("The AOF manifest file contains too long line"));
        let quoted = format!("\"{}\"", "\\xc3\\xa4".repeat(100));
        assert_eq!(why(quoted.as_bytes()).map(|m| m.incr.len()), Ok(1));
    }

    #[test]
    fn the_text_is_that_of_redis() {
        let text = "file appendonly.aof.2.base.rdb seq 2 type b\n\
                    file appendonly.aof.1.incr.aof seq 1 type h\n\
                    file appendonly.aof.4.incr.aof seq 4 type i\n\
                    file appendonly.aof.5.incr.aof seq 5 type i\n";
        let manifest = Manifest::parse(text.as_bytes()).unwrap();
        assert_eq!(manifest.to_text(), text);
        assert_eq!(manifest.incr.len(), 2);
    }

    #[test]
    fn a_name_with_blanks_and_lines_is_one_word() {
        let name = " file seq \n\n.aof .1.base.rdb".to_owned();
        let base = Some(Part { name: name.clone(), seq: 1 });
        let text = Manifest { base, ..Manifest::default() }.to_text();
        assert_eq!(text, "file \" file seq \\n\\n.aof .1.base.rdb\" seq 1 type b\n");
        assert_eq!(Manifest::parse(text.as_bytes()).unwrap().base.unwrap().name, name);
    }

    #[test]
    fn what_redis_refuses_is_refused() {
        for (text, why) in [
            ("", "Found an empty AOF manifest"),
            ("file a seq 1\n", "Invalid AOF manifest file format"),
            ("file a seq x type b\n", "Invalid AOF manifest file format"),
            ("file a/b seq 1 type b\n", "File can't be a path, just a filename"),
            ("file a seq 1 type b\nfile b seq 2 type b\n", "Found duplicate base file information"),
            ("file a seq 2 type i\nfile b seq 1 type i\n", "Found a non-monotonic sequence number"),
            ("file a seq 1 type q\n", "Unknown AOF file type"),
        ] {
            assert_eq!(Manifest::parse(text.as_bytes()).unwrap_err().reason, why, "{text:?}");
        }
    }
}
