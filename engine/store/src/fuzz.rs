//! Bodies for the fuzz targets, always compiled: each takes any bytes and panics only on a defect.

use crate::aof::{Manifest, Records};
use crate::rdb::{self, Item, Reader};
use crate::stream::{NodeLimits, Trim};
use crate::{Db, Intset, Limits, Listpack, Stream, StreamId, Value};

/// Reads `bytes` as an RDB file, whole and cut at `cut`: both ways must tell the same. What was
/// read must be writable, and read again (of one input in four: that is the slow part).
pub fn rdb_file(bytes: &[u8], cut: usize) {
    let (whole, good) = read_pieces(&[bytes]);
    let (a, b) = bytes.split_at(cut.min(bytes.len()));
    let (cut, _) = read_pieces(&[a, b]);
    assert_eq!(whole, cut, "the cut at {} matters", a.len());
    if !bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)).is_multiple_of(4) {
        return;
    }
    let mut db = Db::new(1);
    for (key, value) in good {
        db.insert(&key, value);
    }
    let written =
        rdb::Writer::new(rdb::Header::default(), Vec::new(), vec![db.clone()], true, true).finish();
    let (_, again) = read_pieces(&[&written]);
    assert_eq!(again.len(), db.len(), "what was written is read again");
}

/// What each item says, and the pairs.
fn read_pieces(pieces: &[&[u8]]) -> (Vec<String>, Vec<(Vec<u8>, Value)>) {
    let limits = Limits::default();
    let mut reader = Reader::new();
    let (mut told, mut pairs) = (Vec::new(), Vec::new());
    for (i, piece) in pieces.iter().enumerate() {
        reader.feed(piece);
        let last = i + 1 == pieces.len();
        loop {
            match reader.read(&limits, last) {
                Ok(None) => break,
                Ok(Some(Item::Pair { key, value, expire, .. })) => {
                    let payload = rdb::dump(&value, false);
                    told.push(format!("{key:?} {payload:?} {expire:?}"));
                    pairs.push((key, value));
                }
                Ok(Some(item)) => told.push(format!("{item:?}")),
                Err(error) => {
                    told.push(error.to_string());
                    return (told, pairs);
                }
            }
        }
    }
    (told, pairs)
}

/// Reads `bytes` as a value with its type in front, as if the checksum were right: what is
/// accepted must be written and read again to the same payload.
pub fn payload(bytes: &[u8]) {
    let limits = Limits::default();
    let sealed = rdb::envelope(bytes);
    if let Ok(value) = rdb::restore(&sealed, &limits) {
        let again = rdb::dump(&value, true);
        let back = rdb::restore(&again, &limits).expect("our own payload is good");
        assert_eq!(rdb::dump(&back, true), again);
        if let Value::Stream(stream) = value {
            walk_stream(stream.into_inner());
        }
    }
}

/// Reads a stream from both sides, whatever its counts say, and takes it apart.
fn walk_stream(mut stream: Stream) {
    let ids = |stream: &Stream| -> Vec<StreamId> {
        let entries = stream.log.range(StreamId::MIN, StreamId::MAX);
        entries
            .inspect(|entry| assert_eq!(entry.pairs().count(), entry.len()))
            .map(|e| e.id)
            .collect()
    };
    let there = ids(&stream);
    let back = stream.log.range_back(StreamId::MIN, StreamId::MAX).count();
    assert_eq!(back, there.len(), "as many from behind");
    let _ = (stream.log.radix_nodes(), stream.heap(), stream.log.lag(StreamId::MIN, None));
    let Stream { log, groups } = &mut stream;
    for group in groups.values_mut() {
        let pending: usize = group.consumers().values().map(|c| c.pending().len()).sum();
        assert_eq!(pending, group.pending().len(), "each is pending with one consumer");
        for id in &there {
            group.move_on(log, *id);
            group.give(*id, b"somebody", 0, 1);
        }
    }
    let limits = NodeLimits { max_bytes: 4096, max_entries: 10 };
    if let Some(next) = stream.log.last_id.next() {
        stream.log.append(next, &[b"name", b"value"], limits);
    }
    stream.log.delete(&there[..there.len() / 3]);
    stream.log.trim(Trim::Length(there.len() as u64 / 3), false, 0);
    if let Some(id) = there.get(there.len() / 2) {
        stream.log.trim(Trim::Before(*id), false, 0);
    }
    let _ = rdb::dump(&stream.into(), false);
}

/// Reads `bytes` as a listpack and as an intset, and walks what is accepted.
pub fn packs(bytes: &[u8]) {
    if let Ok(mut pack) = Listpack::from_bytes(bytes) {
        let there: Vec<Vec<u8>> = pack.iter().map(|e| e.to_vec()).collect();
        let mut back: Vec<Vec<u8>> = pack.iter_back(pack.last()).map(|e| e.to_vec()).collect();
        back.reverse();
        assert_eq!(there, back);
        assert_eq!(there.len(), pack.len());
        pack.push_front(b"12345");
        pack.push_back(b"text");
        assert!(Listpack::from_bytes(pack.as_bytes()).is_ok());
    }
    if let Ok(mut ints) = Intset::from_bytes(bytes) {
        ints.insert(i64::MAX);
        assert!(ints.iter().is_sorted());
        assert!(Intset::from_bytes(&ints.to_bytes()).is_ok());
    }
}

/// Reads `bytes` as records and as a manifest of an append-only file.
pub fn append_only(bytes: &[u8]) {
    let mut records = Records::new(bytes);
    while let Ok(Some(words)) = records.read() {
        assert!(!words.is_empty());
    }
    let valid = records.valid_up_to();
    let mut again = Records::new(&bytes[..valid]);
    while let Ok(Some(_)) = again.read() {}
    assert_eq!(again.valid_up_to(), valid, "a file that was cut there is whole");
    if let Ok(manifest) = Manifest::parse(bytes) {
        let text = manifest.to_text();
        if !text.is_empty() {
            assert_eq!(Manifest::parse(text.as_bytes()), Ok(manifest));
        }
    }
}
