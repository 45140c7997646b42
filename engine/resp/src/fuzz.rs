//! Bodies for the fuzz targets, always compiled: each takes any bytes and panics only on a defect.

use crate::{Limits, ReplyDecoder, RequestParser};

/// Parses `bytes` as requests, whole and cut at `cut`: both ways must tell the same.
pub fn requests(bytes: &[u8], cut: usize) {
    let whole = parse_in_pieces(&[bytes]);
    let (a, b) = bytes.split_at(cut.min(bytes.len()));
    let cut = parse_in_pieces(&[a, b]);
    assert_eq!(whole, cut, "the cut at {} of {bytes:?} matters", a.len());
}

type Requests = (Vec<Vec<Vec<u8>>>, Option<crate::ProtocolError>);

fn parse_in_pieces(pieces: &[&[u8]]) -> Requests {
    let limits = Limits::default();
    let mut parser = RequestParser::new();
    let mut buf = Vec::new();
    let mut requests = Vec::new();
    for piece in pieces {
        buf.extend_from_slice(piece);
        loop {
            match parser.parse(&buf, &limits) {
                Ok(true) => requests.push(parser.args(&buf).map(<[u8]>::to_vec).collect()),
                Ok(false) => break,
                Err(error) => return (requests, Some(error)),
            }
        }
        let consumed = parser.consumed();
        buf.drain(..consumed);
        parser.rebase(consumed);
    }
    (requests, None)
}

/// Decodes `bytes` as replies, whole and cut at `cut`: both ways must tell the same.
pub fn replies(bytes: &[u8], cut: usize) {
    let whole = decode_in_pieces(&[bytes]);
    let (a, b) = bytes.split_at(cut.min(bytes.len()));
    let cut = decode_in_pieces(&[a, b]);
    assert_eq!(whole, cut, "the cut at {} of {bytes:?} matters", a.len());
}

fn decode_in_pieces(pieces: &[&[u8]]) -> (String, Option<crate::DecodeError>) {
    let mut decoder = ReplyDecoder::new();
    let mut values = String::new();
    for piece in pieces {
        decoder.feed(piece);
        loop {
            match decoder.decode() {
                // As text: a NaN is not equal to itself.
                Ok(Some(value)) => values.push_str(&format!("{value:?}\n")),
                Ok(None) => break,
                Err(error) => return (values, Some(error)),
            }
        }
    }
    (values, None)
}
