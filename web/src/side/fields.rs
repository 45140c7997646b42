//! A message field by field, from its real bytes.

use engine::bus::describe;

use crate::i18n::Text;
use crate::world::mail::{Carrier, Letter};

/// One field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    /// Where it begins.
    pub offset: usize,
    /// How many bytes it has.
    pub len: usize,
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// What it means.
    pub meaning: String,
}

/// No more fields of commands and replies are shown.
const RESP_MOST: usize = 120;

/// The fields of a message.
pub(crate) fn rows(text: &Text, letter: &Letter) -> Vec<Row> {
    match letter.carrier {
        Carrier::Bus => describe(&letter.bytes)
            .into_iter()
            .map(|field| Row {
                offset: field.offset,
                len: field.len,
                meaning: text.field(field.key).unwrap_or(field.meaning).to_owned(),
                name: field.name,
                value: field.value,
            })
            .collect(),
        Carrier::Resp => resp(text, &letter.bytes),
    }
}

/// What a line of RESP is called and what it means: keys of the catalogue.
const fn of_type(first: u8) -> Option<(&'static str, &'static str)> {
    Some(match first {
        b'*' => ("array", "resp-array"),
        b'$' => ("bulk string", "resp-bulk"),
        b'+' => ("simple string", "resp-simple"),
        b'-' => ("error", "resp-error"),
        b':' => ("integer", "resp-integer"),
        b'%' => ("map", "resp-map"),
        b'~' => ("set", "resp-set"),
        b'_' => ("null", "resp-null"),
        b'#' => ("boolean", "resp-boolean"),
        b',' => ("double", "resp-double"),
        b'>' => ("push", "resp-push"),
        b'=' => ("verbatim string", "resp-bulk"),
        _ => return None,
    })
}

fn resp(text: &Text, bytes: &[u8]) -> Vec<Row> {
    const SHOWN: usize = 200;
    let show = |bytes: &[u8]| {
        let shown = bytes.get(..bytes.len().min(SHOWN)).unwrap_or_default();
        String::from_utf8_lossy(shown).into_owned()
    };
    let mut rows = Vec::new();
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|r| !r.is_empty() && rows.len() < RESP_MOST) {
        let end = rest.iter().position(|b| *b == b'\n').map_or(rest.len(), |n| n + 1);
        let line = rest.get(..end).unwrap_or_default();
        let Some((name, meaning)) = line.first().and_then(|b| of_type(*b)) else {
            rows.push(Row {
                offset: at,
                len: rest.len(),
                name: "bytes".to_owned(),
                value: show(rest),
                meaning: text.get("resp-bytes").to_owned(),
            });
            break;
        };
        let value = show(line.get(1..).unwrap_or_default()).trim_end().to_owned();
        let bulk = matches!(line.first(), Some(b'$' | b'='));
        let len = value.parse::<usize>().ok().filter(|_| bulk);
        rows.push(Row {
            offset: at,
            len: end,
            name: name.to_owned(),
            value,
            meaning: text.get(meaning).to_owned(),
        });
        at += end;
        if let Some(len) = len {
            let body = bytes.get(at..).unwrap_or_default();
            let body = body.get(..len.min(body.len())).unwrap_or_default();
            rows.push(Row {
                offset: at,
                len: body.len(),
                name: "data".to_owned(),
                value: show(body),
                meaning: text.get("resp-data").to_owned(),
            });
            at = at.saturating_add(len).saturating_add(2);
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;

    #[test]
    fn a_command_is_cut_into_its_lines_and_data() {
        let text = Text::new(Lang::En);
        let rows = resp(&text, b"*2\r\n$3\r\nget\r\n$3\r\nf\r\n\r\n");
        let seen: Vec<_> = rows.iter().map(|r| (r.offset, r.len, r.value.as_str())).collect();
        assert_eq!(seen, [(0, 4, "2"), (4, 4, "3"), (8, 3, "get"), (13, 4, "3"), (17, 3, "f\r\n")]);
        assert_eq!(resp(&text, b"$99999999999999999999\r\nx").len(), 2);
        assert_eq!(resp(&text, b"$5\r\nx")[1].value, "x", "cut off");
        assert_eq!(resp(&text, b"inline\r\n")[0].name, "bytes");
    }

    #[test]
    fn every_field_of_every_bus_packet_has_its_chinese() {
        let text = Text::new(Lang::Zh);
        // A header that claims each type in turn, two gossip entries and an extension.
        for kind in 0..12_u8 {
            let mut packet = vec![0_u8; 2256 + 2 * 104 + 16];
            packet[13] = kind;
            packet[15] = 1;
            packet[2253] = 4;
            for field in describe(&packet) {
                assert!(text.field(field.key).is_some(), "{} of type {kind}", field.key);
            }
        }
    }
}
