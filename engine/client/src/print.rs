//! Replies as text: the formats of redis-cli (`cliFormatReply` and below in redis-cli.c).

use crate::json;
use crate::reply::Reply;
use engine_base::split::write_quoted;

/// How replies are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// For people: quoted, numbered, with types.
    Standard,
    /// The bytes alone: what a pipe gets.
    Raw,
    /// Comma-separated.
    Csv,
    /// JSON with the strings' own bytes.
    Json,
    /// JSON in which strings are quoted as in the standard output.
    QuotedJson,
}

/// The output mode with the two delimiters of the raw one.
#[derive(Clone, Debug)]
pub struct Format {
    /// Which.
    pub output: Output,
    /// Between the elements of an aggregate in raw mode (`-d`).
    pub bulk_delimiter: String,
    /// After each reply in raw mode (`-D`).
    pub reply_delimiter: String,
}

impl Format {
    /// The text of `reply`; `verbatim` for the replies that are texts by themselves
    /// (see [`is_text_reply`]).
    #[must_use]
    pub fn format(&self, reply: &Reply, verbatim: bool) -> Vec<u8> {
        let mut out = Vec::new();
        if verbatim {
            self.raw(&mut out, reply);
            return out;
        }
        match self.output {
            Output::Standard => standard(&mut out, reply, ""),
            Output::Raw => {
                self.raw(&mut out, reply);
                out.extend_from_slice(self.reply_delimiter.as_bytes());
            }
            Output::Csv => {
                csv(&mut out, reply);
                out.push(b'\n');
            }
            Output::Json | Output::QuotedJson => {
                json::push(&mut out, reply, self.output == Output::QuotedJson);
                out.push(b'\n');
            }
        }
        out
    }

    /// The raw form (`cliFormatReplyRaw`).
    pub fn raw(&self, out: &mut Vec<u8>, reply: &Reply) {
        match reply {
            Reply::Null => {}
            Reply::Error(text) => {
                out.extend_from_slice(text);
                out.push(b'\n');
            }
            Reply::Simple(text) | Reply::Bulk(text) | Reply::Verbatim(_, text) => {
                out.extend_from_slice(text);
            }
            Reply::Bool(value) => {
                out.extend_from_slice(if *value { b"(true)" } else { b"(false)" });
            }
            Reply::Int(value) => out.extend_from_slice(value.to_string().as_bytes()),
            Reply::Double(_, text) | Reply::BigNumber(text) => {
                out.extend_from_slice(text.as_bytes());
            }
            Reply::Array(items) | Reply::Set(items) | Reply::Push(items) => {
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.extend_from_slice(self.bulk_delimiter.as_bytes());
                    }
                    self.raw(out, item);
                }
            }
            Reply::Map(pairs) => {
                for (i, (key, value)) in pairs.iter().enumerate() {
                    if i > 0 {
                        out.extend_from_slice(self.bulk_delimiter.as_bytes());
                    }
                    self.raw(out, key);
                    out.push(b' ');
                    self.raw(out, value);
                }
            }
        }
    }
}

impl Default for Format {
    fn default() -> Self {
        Self { output: Output::Standard, bulk_delimiter: "\n".into(), reply_delimiter: "\n".into() }
    }
}

/// The standard form (`cliFormatReplyTTY`).
fn standard(out: &mut Vec<u8>, reply: &Reply, prefix: &str) {
    let line = |out: &mut Vec<u8>, text: &str| out.extend_from_slice(text.as_bytes());
    match reply {
        Reply::Error(text) => {
            line(out, "(error) ");
            out.extend_from_slice(text);
        }
        Reply::Simple(text) | Reply::Verbatim(_, text) => out.extend_from_slice(text),
        Reply::Int(value) => line(out, &format!("(integer) {value}")),
        Reply::Double(_, text) | Reply::BigNumber(text) => line(out, &format!("(double) {text}")),
        Reply::Bulk(bytes) => write_quoted(out, bytes),
        Reply::Null => line(out, "(nil)"),
        Reply::Bool(true) => line(out, "(true)"),
        Reply::Bool(false) => line(out, "(false)"),
        Reply::Array(items) if items.is_empty() => line(out, "(empty array)"),
        Reply::Set(items) if items.is_empty() => line(out, "(empty set)"),
        Reply::Push(items) if items.is_empty() => line(out, "(empty push)"),
        Reply::Map(pairs) if pairs.is_empty() => line(out, "(empty hash)"),
        Reply::Array(items) | Reply::Push(items) => return list(out, items, prefix, ')'),
        Reply::Set(items) => return list(out, items, prefix, '~'),
        Reply::Map(pairs) => return map(out, pairs, prefix),
    }
    out.push(b'\n');
}

/// How many digits the largest number of a list has.
fn width(count: usize) -> usize {
    count.to_string().len()
}

fn list(out: &mut Vec<u8>, items: &[Reply], prefix: &str, separator: char) {
    let width = width(items.len());
    let inner = format!("{prefix}{}", " ".repeat(width + 2));
    for (i, item) in items.iter().enumerate() {
        // The caller has put the prefix of the first element already.
        let before = if i == 0 { "" } else { prefix };
        let number = i + 1;
        out.extend_from_slice(format!("{before}{number:>width$}{separator} ").as_bytes());
        standard(out, item, &inner);
    }
}

fn map(out: &mut Vec<u8>, pairs: &[(Reply, Reply)], prefix: &str) {
    let width = width(pairs.len());
    let inner = format!("{prefix}{}", " ".repeat(width + 2));
    for (i, (key, value)) in pairs.iter().enumerate() {
        let before = if i == 0 { "" } else { prefix };
        let number = i + 1;
        out.extend_from_slice(format!("{before}{number:>width$}# ").as_bytes());
        standard(out, key, &inner);
        out.pop();
        out.extend_from_slice(b" => ");
        if is_multiline(value) {
            out.push(b'\n');
            out.extend_from_slice(inner.as_bytes());
        }
        standard(out, value, &inner);
    }
}

/// Whether the standard form takes several lines (`cliIsMultilineValueTTY`).
fn is_multiline(reply: &Reply) -> bool {
    match reply {
        Reply::Array(items) | Reply::Set(items) | Reply::Push(items) => match items.as_slice() {
            [] => false,
            [only] => is_multiline(only),
            _ => true,
        },
        Reply::Map(pairs) => match pairs.as_slice() {
            [] => false,
            [(_, only)] => is_multiline(only),
            _ => true,
        },
        _ => false,
    }
}

/// Comma-separated, aggregates flattened (`cliFormatReplyCSV`).
fn csv(out: &mut Vec<u8>, reply: &Reply) {
    match reply {
        Reply::Error(text) => {
            out.extend_from_slice(b"ERROR,");
            write_quoted(out, text);
        }
        Reply::Simple(text) | Reply::Bulk(text) | Reply::Verbatim(_, text) => {
            write_quoted(out, text);
        }
        Reply::Int(value) => out.extend_from_slice(value.to_string().as_bytes()),
        Reply::Double(_, text) | Reply::BigNumber(text) => out.extend_from_slice(text.as_bytes()),
        Reply::Null => out.extend_from_slice(b"NULL"),
        Reply::Bool(value) => out.extend_from_slice(value.to_string().as_bytes()),
        Reply::Array(items) | Reply::Set(items) | Reply::Push(items) => {
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                csv(out, item);
            }
        }
        Reply::Map(pairs) => {
            for (i, (key, value)) in pairs.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                csv(out, key);
                out.push(b',');
                csv(out, value);
            }
        }
    }
}

/// Whether the reply to this command is a text that is printed as it is, in every output mode
/// (`output_raw` of `cliSendCommand`).
#[must_use]
pub fn is_text_reply(command: &[Vec<u8>]) -> bool {
    let word = |i: usize| command.get(i).map(|w| w.to_ascii_lowercase()).unwrap_or_default();
    let (first, second, count) = (word(0), word(1), command.len());
    match first.as_slice() {
        b"info" | b"lolwut" => true,
        b"debug" => matches!(second.as_slice(), b"htstats" | b"htstats-key" | b"client-eviction"),
        b"memory" => matches!(second.as_slice(), b"malloc-stats" | b"doctor"),
        b"cluster" => count == 2 && matches!(second.as_slice(), b"nodes" | b"info"),
        b"client" => matches!(second.as_slice(), b"list" | b"info"),
        b"latency" => match second.as_slice() {
            b"graph" => count == 3,
            b"doctor" => count == 2,
            _ => false,
        },
        b"proxy" => second == b"info",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(text: &str) -> Reply {
        Reply::Bulk(text.as_bytes().to_vec())
    }

    fn show(reply: &Reply) -> String {
        String::from_utf8(Format::default().format(reply, false)).unwrap()
    }

    #[test]
    fn nested_arrays_are_numbered_and_indented() {
        let mut items = vec![Reply::Array(vec![bulk("a"), Reply::Array(vec![Reply::Null])])];
        items.extend((2..=10).map(Reply::Int));
        let text = show(&Reply::Array(items));
        assert!(text.starts_with(" 1) 1) \"a\"\n    2) 1) (nil)\n 2) (integer) 2\n"), "{text}");
        assert!(text.ends_with("10) (integer) 10\n"), "{text}");
    }

    #[test]
    fn maps_and_sets_have_their_own_marks() {
        let map = Reply::Map(vec![
            (bulk("one"), Reply::Int(1)),
            (bulk("two"), Reply::Set(vec![bulk("x"), bulk("y")])),
        ]);
        assert_eq!(
            show(&map),
            "1# \"one\" => (integer) 1\n2# \"two\" => \n   1~ \"x\"\n   2~ \"y\"\n"
        );
    }

    #[test]
    fn texts_are_printed_as_they_are() {
        let words = |line: &str| -> Vec<Vec<u8>> {
            line.split(' ').map(|w| w.as_bytes().to_vec()).collect()
        };
        assert!(is_text_reply(&words("CLUSTER nodes")));
        assert!(is_text_reply(&words("info replication")));
        assert!(!is_text_reply(&words("cluster slots")));
        assert!(!is_text_reply(&words("cluster nodes extra")));
    }
}
