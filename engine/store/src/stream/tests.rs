use super::*;
use crate::rdb::{dump, envelope, restore};
use crate::{Limits, Listpack, Value};

const NODES: NodeLimits = NodeLimits { max_bytes: 4096, max_entries: 3 };

fn id(ms: u64) -> StreamId {
    StreamId { ms, seq: 0 }
}

fn filled(count: u64) -> Stream {
    let mut stream = Stream::default();
    for ms in 1..=count {
        let pairs: &[&[u8]] = if ms == 2 { &[b"other", b"x"] } else { &[b"a", b"1", b"b", b"two"] };
        stream.log.append(id(ms), pairs, NODES);
    }
    stream
}

fn ids(stream: &Stream) -> Vec<u64> {
    stream.log.range(StreamId::MIN, StreamId::MAX).map(|entry| entry.id.ms).collect()
}

#[test]
fn entries_are_found_from_both_sides_as_they_were_added() {
    let stream = filled(8);
    assert_eq!(ids(&stream), [1, 2, 3, 4, 5, 6, 7, 8]);
    let back: Vec<u64> = stream.log.range_back(id(2), id(5)).map(|entry| entry.id.ms).collect();
    assert_eq!(back, [5, 4, 3, 2]);
    let pairs = |ms| -> Vec<(Vec<u8>, Vec<u8>)> {
        let entry = stream.log.get(id(ms)).expect("an entry");
        entry.pairs().map(|(name, value)| (name.to_vec(), value.to_vec())).collect()
    };
    assert_eq!(pairs(2), [(b"other".to_vec(), b"x".to_vec())]);
    assert_eq!(pairs(3), [(b"a".to_vec(), b"1".to_vec()), (b"b".to_vec(), b"two".to_vec())]);
    assert_eq!(stream.log.node_count(), 3);
    assert!(stream.log.get(StreamId { ms: 3, seq: 1 }).is_none());
}

#[test]
fn the_bytes_of_a_node_are_those_of_redis() {
    let mut stream = Stream::default();
    stream.log.append(StreamId { ms: 5, seq: 9 }, &[b"a", b"1"], NODES);
    stream.log.append(StreamId { ms: 6, seq: 2 }, &[b"b", b"x"], NODES);
    stream.log.delete(&[StreamId { ms: 5, seq: 9 }]);
    let (_, pack) = stream.log.packs(0).next().expect("a node");
    let said: Vec<String> =
        pack.iter().map(|e| String::from_utf8_lossy(&e.to_cow()).into_owned()).collect();
    // One live, one deleted, one name, the name, the end; flags, differences, value, length.
    let first = ["1", "1", "1", "a", "0", "3", "0", "0", "1", "4"];
    // Its names are its own.
    let second = ["0", "1", "-7", "1", "b", "x", "6"];
    assert_eq!(said, [&first[..], &second].concat());
}

#[test]
fn what_is_deleted_is_remembered() {
    let mut stream = filled(8);
    assert_eq!(stream.log.delete(&[id(1), id(1), id(5), id(99)]), 2);
    assert_eq!((stream.log.first_id(), stream.log.max_deleted), (id(2), id(5)));
    assert_eq!(stream.log.delete(&[id(2), id(3)]), 2);
    assert_eq!(ids(&stream), [4, 6, 7, 8]);
    assert_eq!((stream.log.node_count(), stream.log.first_id()), (2, id(4)));
    stream.log.delete(&[id(4), id(6), id(7), id(8)]);
    assert_eq!((stream.log.len(), stream.log.first_id()), (0, StreamId::MIN));
    assert_eq!((stream.log.last_id, stream.log.entries_added), (id(8), 8));
}

#[test]
fn trimming_takes_whole_nodes_or_single_entries() {
    let mut stream = filled(8);
    assert_eq!(stream.log.trim(Trim::Length(6), true, 0), 0, "no whole node is too much");
    assert_eq!(stream.log.trim(Trim::Length(4), true, 2), 0, "a node has more than two");
    assert_eq!(stream.log.trim(Trim::Length(4), true, 0), 3);
    assert_eq!(stream.log.trim(Trim::Length(4), false, 0), 1);
    assert_eq!((ids(&stream), stream.log.first_id()), (vec![5, 6, 7, 8], id(5)));
    assert_eq!(stream.log.first_kept(), id(4), "a deleted entry is still kept");
    assert_eq!(stream.log.trim(Trim::Before(id(8)), false, 0), 3);
    assert_eq!(ids(&stream), [8]);
}

#[test]
fn how_far_a_group_has_come_is_known_while_nothing_is_missing() {
    let mut stream = filled(5);
    assert_eq!(stream.log.lag(StreamId::MIN, None), Some(5));
    assert_eq!(stream.log.lag(id(2), Some(2)), Some(3));
    assert_eq!(stream.log.lag(id(2), None), None);
    assert_eq!(stream.log.lag(id(5), None), Some(0));
    stream.log.delete(&[id(3)]);
    assert_eq!(stream.log.lag(id(2), Some(2)), None, "what is ahead has a gap");
    assert_eq!(stream.log.lag(id(4), Some(4)), Some(1), "the gap is behind");
    let mut group = Group::new(id(3), None);
    assert!(group.move_on(&stream.log, id(5)));
    assert_eq!(group.read, Some(5));
    assert!(!group.move_on(&stream.log, id(4)));
}

#[test]
fn an_entry_is_pending_with_one_consumer() {
    let mut group = Group::new(id(0), None);
    assert!(group.see_consumer(b"a", 10) && !group.see_consumer(b"a", 20));
    group.add_consumer(b"b", 10);
    group.give(id(1), b"a", 100, 1);
    group.give(id(2), b"a", 100, 1);
    group.give(id(1), b"b", 200, 2);
    let of = |group: &Group, name: &[u8]| group.consumers()[name].pending().len();
    assert_eq!((of(&group, b"a"), of(&group, b"b"), group.pending().len()), (1, 1, 2));
    assert!(group.take_back(id(1)) && !group.take_back(id(1)));
    assert_eq!(group.remove_consumer(b"a"), Some(1));
    assert!(group.pending().is_empty());
}

#[test]
fn the_radix_tree_of_redis_is_counted() {
    assert_eq!(Stream::default().log.radix_nodes(), 1);
    assert_eq!(filled(1).log.radix_nodes(), 2);
    // Seven shared bytes, a branch, two rests, two ends.
    assert_eq!(filled(4).log.radix_nodes(), 6);
}

/// The payload of a stream with one node of these elements and so many entries.
fn payload(elements: &[&[u8]], length: u8) -> Vec<u8> {
    let mut pack = Listpack::new();
    elements.iter().for_each(|element| pack.push_back(element));
    let mut bytes = vec![19, 1, 16];
    bytes.extend_from_slice(&id(1).to_bytes());
    bytes.push(pack.byte_len() as u8);
    bytes.extend_from_slice(pack.as_bytes());
    bytes.extend_from_slice(&[length, 1, 0, 1, 0, 0, 0, 1, 0]);
    envelope(&bytes)
}

#[test]
fn a_damaged_node_is_refused() {
    let limits = Limits::default();
    let good: &[&[u8]] = &[b"1", b"0", b"1", b"a", b"0", b"2", b"0", b"0", b"v", b"4"];
    let Ok(Value::Stream(stream)) = restore(&payload(good, 1), &limits) else { panic!("refused") };
    assert_eq!(ids(&stream), [1]);
    for (at, wrong) in [
        (0, &b"2"[..]),
        (0, b"-1"),
        (0, b"x"),
        (0, b"9223372036854775807"),
        (1, b"9223372036854775807"),
        (2, b"2"),
        (2, b"-1"),
        (2, b"9223372036854775807"),
        (4, b"1"),
        (5, b"0"),
        (5, b"x"),
        (6, b"x"),
        (9, b"5"),
    ] {
        let mut elements = good.to_vec();
        elements[at] = wrong;
        assert!(restore(&payload(&elements, 1), &limits).is_err(), "{at}: {wrong:?}");
    }
    assert!(restore(&payload(&good[..9], 1), &limits).is_err(), "an element is missing");
    // A length that is wrong is believed, as Redis does, and hurts nobody.
    let Ok(Value::Stream(stream)) = restore(&payload(good, 9), &limits) else { panic!("refused") };
    let mut stream = stream.into_inner();
    assert_eq!(stream.log.trim(Trim::Length(0), false, 0), 1);
    assert_eq!(stream.log.delete(&[id(1)]), 0);
    assert_eq!(stream.log.lag(id(9), None), None);
}

#[test]
fn a_stream_comes_back_from_its_payload() {
    let mut stream = filled(60);
    stream.log.delete(&[id(7), id(30)]);
    let mut group = Group::new(id(9), None);
    for (name, ms) in [(&b"a"[..], 3), (b"b", 9), (b"a", 7)] {
        group.see_consumer(name, 1_700_000_000_000);
        group.give(id(ms), name, 1_700_000_000_001, 4);
    }
    stream.groups.insert(b"g".to_vec(), group);
    stream.groups.insert(Vec::new(), Group::new(StreamId::MAX, Some(3)));
    for compress in [false, true] {
        let value = Value::from(stream.clone());
        let Ok(Value::Stream(back)) = restore(&dump(&value, compress), &Limits::default()) else {
            panic!("our own payload is refused")
        };
        assert_eq!(*back, stream);
    }
}

#[test]
fn a_stream_that_redis_saved_is_read() {
    let mut reader = crate::rdb::Reader::new();
    reader.feed(include_bytes!("../../tests/golden/stream.rdb7"));
    let value = loop {
        match reader.read(&Limits::default(), true) {
            Ok(Some(crate::rdb::Item::Pair { value, .. })) => break value,
            Ok(Some(_)) => {}
            other => panic!("no stream: {other:?}"),
        }
    };
    let Value::Stream(stream) = value else { panic!("no stream") };
    assert_eq!((ids(&stream), stream.log.len()), (vec![1, 2], 2));
    let group = &stream.groups[&b"g"[..]];
    assert_eq!((group.last_id, group.read, group.pending().len()), (StreamId::MIN, None, 0));
}
