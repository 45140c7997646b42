//! No bytes make a parser panic, and where they are cut does not matter.

use engine_resp::{Reply, fuzz};
use proptest::prelude::*;

/// Bytes that look like protocol often enough to get past the first one.
fn protocol_like() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => Just(b"\r\n".to_vec()),
        3 => prop::sample::select(vec!["*", "$", "%", "~", ">", "|", "=", ",", "#", "_", "(", ":", "+", "-", "!"])
            .prop_map(|s| s.as_bytes().to_vec()),
        4 => (-2_i32..12).prop_map(|n| n.to_string().into_bytes()),
        2 => prop::sample::select(vec!["*1\r\n$1\r\na\r\n", "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", "PING\r\n", "\"", "'", "\\x4", "t\r\n", "txt:"])
            .prop_map(|s| s.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..6),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn requests(bytes in protocol_like(), cut in 0_usize..80) {
        fuzz::requests(&bytes, cut);
    }

    #[test]
    fn replies(bytes in protocol_like(), cut in 0_usize..80) {
        fuzz::replies(&bytes, cut);
    }

    #[test]
    fn a_request_written_is_the_request_read(args in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 1..12), cut in 0_usize..200) {
        let mut text = Reply::new();
        text.array(args.len());
        for arg in &args {
            text.bulk(arg);
        }
        let buf = text.into_vec();
        let mut parser = engine_resp::RequestParser::new();
        let limits = engine_resp::Limits::default();
        let cut = cut.min(buf.len() - 1);
        prop_assert!(!parser.parse(&buf[..cut], &limits).unwrap());
        prop_assert!(parser.parse(&buf, &limits).unwrap());
        let read: Vec<Vec<u8>> = parser.args(&buf).map(<[u8]>::to_vec).collect();
        prop_assert_eq!(read, args);
        prop_assert_eq!(parser.consumed(), buf.len());
    }
}
