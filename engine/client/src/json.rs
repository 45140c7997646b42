//! Replies as JSON (`cliFormatReplyJson` in redis-cli.c).

use crate::reply::Reply;
use engine_base::split::write_quoted;

/// Appends `reply`; `quoted`: strings as the standard output quotes them, backslashes doubled.
pub(crate) fn push(out: &mut Vec<u8>, reply: &Reply, quoted: bool) {
    match reply {
        Reply::Error(text) => {
            out.extend_from_slice(b"error:");
            string(out, text, quoted);
        }
        Reply::Simple(text) | Reply::Bulk(text) | Reply::Verbatim(_, text) => {
            string(out, text, quoted);
        }
        Reply::Int(value) => out.extend_from_slice(value.to_string().as_bytes()),
        Reply::Double(_, text) | Reply::BigNumber(text) => out.extend_from_slice(text.as_bytes()),
        Reply::Null => out.extend_from_slice(b"null"),
        Reply::Bool(value) => out.extend_from_slice(value.to_string().as_bytes()),
        Reply::Array(items) | Reply::Set(items) | Reply::Push(items) => {
            out.push(b'[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                push(out, item, quoted);
            }
            out.push(b']');
        }
        Reply::Map(pairs) => {
            out.push(b'{');
            for (i, (name, value)) in pairs.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                key(out, name, quoted);
                out.push(b':');
                push(out, value, quoted);
            }
            out.push(b'}');
        }
    }
}

/// JSON wants strings as keys; RESP3 does not.
fn key(out: &mut Vec<u8>, reply: &Reply, quoted: bool) {
    let mut text = Vec::new();
    push(&mut text, reply, quoted);
    let is_string =
        matches!(reply, Reply::Error(_) | Reply::Simple(_) | Reply::Bulk(_) | Reply::Verbatim(..));
    if is_string || text.first() == Some(&b'"') {
        out.extend_from_slice(&text);
    } else {
        out.push(b'"');
        out.extend_from_slice(&text);
        out.push(b'"');
    }
}

fn string(out: &mut Vec<u8>, bytes: &[u8], quoted: bool) {
    if quoted {
        let mut text = Vec::new();
        write_quoted(&mut text, bytes);
        for byte in text {
            if byte == b'\\' {
                out.push(b'\\');
            }
            out.push(byte);
        }
        return;
    }
    out.push(b'"');
    for &byte in bytes {
        match byte {
            b'\\' | b'"' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            12 => out.extend_from_slice(b"\\f"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            8 => out.extend_from_slice(b"\\b"),
            0..=0x1f => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}
