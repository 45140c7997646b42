//! No bytes make a reader panic or allocate without bound.

use engine_store::stream::{Group, NodeLimits, Stream};
use engine_store::{Db, Hash, Limits, List, Set, StreamId, Value, ZSet, fuzz, rdb};
use proptest::prelude::*;

fn values() -> Vec<Value> {
    let limits = Limits { hash_max_listpack_entries: 8, ..Limits::default() };
    let mut list = List::new();
    let (mut small, mut hash) = (Hash::new(), Hash::new());
    let (mut ints, mut set) = (Set::default(), Set::new_table(&limits));
    let (mut pack, mut zset) = (ZSet::default(), ZSet::for_member(usize::MAX, &limits));
    for i in 0..12 {
        let text = format!("member {i}");
        list.push_back(text.as_bytes(), &limits);
        hash.set(text.as_bytes(), b"300", &limits);
        ints.insert((i * 40_000).to_string().as_bytes(), &limits);
        set.insert(text.as_bytes(), &limits);
        pack.set(text.as_bytes(), f64::from(i), &limits);
        zset.set(text.as_bytes(), f64::from(i) / 7.0, &limits);
    }
    small.set(b"f", b"v", &limits);
    let mut stream = Stream::default();
    let nodes = NodeLimits { max_bytes: 4096, max_entries: 5 };
    for i in 1..=12 {
        let pairs: &[&[u8]] = if i % 3 == 0 { &[b"a", b"1", b"b", b"x"] } else { &[b"a", b"400"] };
        stream.log.append(StreamId { ms: i, seq: 1 }, pairs, nodes);
    }
    stream.log.delete(&[StreamId { ms: 4, seq: 1 }]);
    let mut group = Group::new(StreamId { ms: 6, seq: 1 }, Some(6));
    group.see_consumer(b"c", 1000);
    for ms in [1, 4, 6] {
        group.give(StreamId { ms, seq: 1 }, b"c", 1000, 2);
    }
    stream.groups.insert(b"g".to_vec(), group);
    vec![
        Value::string(b"12"),
        Value::string(&b"abcabcabc".repeat(20)),
        list.into(),
        small.into(),
        hash.into(),
        ints.into(),
        set.into(),
        pack.into(),
        zset.into(),
        stream.into(),
    ]
}

fn file() -> Vec<u8> {
    let mut db = Db::new(1);
    for (i, value) in values().into_iter().enumerate() {
        db.insert(format!("key{i}").as_bytes(), value);
    }
    rdb::Writer::new(rdb::Header::default(), Vec::new(), vec![db], true, true).finish()
}

/// Good bytes with some of them changed, cut off or doubled.
fn broken(good: Vec<u8>, edits: &[(usize, u8, u8)]) -> Vec<u8> {
    let mut bytes = good;
    for &(at, what, byte) in edits {
        if bytes.is_empty() {
            break;
        }
        let at = at % bytes.len();
        match what % 4 {
            0 | 1 => bytes[at] = byte,
            2 => bytes.truncate(at),
            _ => {
                let again = bytes[at..].to_vec();
                bytes.extend_from_slice(&again);
            }
        }
    }
    bytes
}

fn edits() -> impl Strategy<Value = Vec<(usize, u8, u8)>> {
    prop::collection::vec((0_usize..4000, any::<u8>(), any::<u8>()), 0..4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..Default::default() })]

    #[test]
    fn files(edits in edits(), cut in 0_usize..3000) {
        fuzz::rdb_file(&broken(file(), &edits), cut);
    }

    #[test]
    fn payloads(which in 0_usize..9, edits in edits()) {
        let good = rdb::dump(&values()[which], true);
        fuzz::payload(&broken(good[..good.len() - 10].to_vec(), &edits));
    }

    #[test]
    fn packs(which in 2_usize..9, edits in edits()) {
        let good = rdb::dump(&values()[which], false);
        fuzz::packs(&broken(good.get(2..good.len() - 10).unwrap_or_default().to_vec(), &edits));
    }

    #[test]
    fn random_bytes(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        fuzz::payload(&bytes);
        fuzz::packs(&bytes);
        fuzz::append_only(&bytes);
        fuzz::rdb_file(&[b"REDIS0010", &bytes[..]].concat(), bytes.len());
    }

    #[test]
    fn append_only_files(edits in edits()) {
        let good = b"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*1\r\n$5\r\nMULTI\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n*1\r\n$4\r\nEXEC\r\n";
        fuzz::append_only(&broken(good.to_vec(), &edits));
        fuzz::append_only(&broken(b"file a.1.base.rdb seq 1 type b\nfile a.1.incr.aof seq 1 type i\n".to_vec(), &edits));
    }
}
