use super::*;
use crate::stream::{Group, NodeLimits, StreamId};
use crate::{Db, Hash, Limits, List, Set, Value, ZSet};
use engine_base::{Rng, Seed, UnixMs};

/// Entries, and a group of a consumer that was given some of them and one that was not.
fn stream() -> crate::stream::Stream {
    let mut stream = crate::stream::Stream::default();
    let limits = NodeLimits { max_bytes: 4096, max_entries: 7 };
    let id = |ms| StreamId { ms, seq: ms % 3 };
    for ms in 1..30 {
        stream.log.append(id(ms), &[b"field", b"value"], limits);
    }
    let mut group = Group::new(id(2), Some(2));
    group.add_consumer(b"idle", 1_000);
    group.add_consumer(b"busy", 2_000);
    for ms in [1, 2] {
        group.give(id(ms), b"busy", 3_000, ms);
    }
    stream.groups.insert(b"group".to_vec(), group);
    stream
}

/// One value of each encoding.
fn samples(limits: &Limits) -> Vec<(&'static str, Value)> {
    let mut list = List::new();
    let mut short = List::new();
    let (mut pack, mut hash) = (Hash::new(), Hash::new());
    let (mut ints, mut set) = (Set::default(), Set::new_table(limits));
    let (mut zpack, mut zset) = (ZSet::default(), ZSet::default());
    for i in 0..400 {
        let text = format!("element number {i}");
        list.push_back(text.repeat(4).as_bytes(), limits);
        hash.set(text.as_bytes(), i.to_string().as_bytes(), limits);
        set.insert(text.as_bytes(), limits);
        zset.set(text.as_bytes(), f64::from(i) / 3.0, limits);
        if i < 20 {
            short.push_back(i.to_string().as_bytes(), limits);
            pack.set(text.as_bytes(), i.to_string().as_bytes(), limits);
            ints.insert((i * 70_000).to_string().as_bytes(), limits);
            zpack.set(text.as_bytes(), f64::from(i) / 3.0, limits);
        }
    }
    zset.set(b"low", f64::NEG_INFINITY, limits);
    vec![
        ("int", Value::string(b"12345678901")),
        ("small", Value::string(b"-7")),
        ("text", Value::string(b"hello")),
        ("long", Value::string(&b"abcdefgh".repeat(500))),
        ("list", list.into()),
        ("short", short.into()),
        ("pack", pack.into()),
        ("hash", hash.into()),
        ("ints", ints.into()),
        ("set", set.into()),
        ("zpack", zpack.into()),
        ("zset", zset.into()),
        ("stream", stream().into()),
    ]
}

fn file(limits: &Limits) -> Vec<u8> {
    let mut dbs = vec![Db::new(3), Db::new(3), Db::new(3)];
    for (name, value) in samples(limits) {
        dbs[0].insert(name.as_bytes(), value.clone());
        dbs[2].insert(name.as_bytes(), value);
    }
    dbs[2].set_expire(b"int", Some(UnixMs(1 << 42)));
    let stream = Stream { db: 0, id: [b'a'; 40], offset: 77 };
    let header = Header { redis_version: "7.0.15", stream: Some(stream), ..Header::default() };
    Writer::new(header, vec![b"#!lua name=x".to_vec()], dbs, true, true).finish()
}

fn read(bytes: &[u8], piece: usize, limits: &Limits) -> Result<Vec<Item>, RdbError> {
    let mut reader = Reader::new();
    let mut items = Vec::new();
    for part in bytes.chunks(piece) {
        reader.feed(part);
        while let Some(item) = reader.read(limits, false)? {
            items.push(item);
        }
    }
    while let Some(item) = reader.read(limits, true)? {
        items.push(item);
    }
    assert!(reader.rest().is_empty());
    Ok(items)
}

#[test]
fn a_file_comes_back_whatever_the_pieces() {
    let limits = Limits::default();
    let bytes = file(&limits);
    let wanted = samples(&limits);
    for piece in [5, 1000, bytes.len()] {
        let items = read(&bytes, piece, &limits).unwrap();
        assert!(matches!(items.last(), Some(Item::End)));
        let mut found = 0;
        for item in &items {
            let Item::Pair { key, value, expire, .. } = item else { continue };
            let (_, want) = wanted.iter().find(|(n, _)| n.as_bytes() == key).unwrap();
            assert_eq!(dump(value, true), dump(want, true));
            assert_eq!(value.encoding(), want.encoding());
            found += 1;
            if let Some(at) = expire {
                assert_eq!((&key[..], at.0), (&b"int"[..], 1 << 42));
            }
        }
        assert_eq!(found, wanted.len() * 2);
        let aux = |name: &[u8]| {
            items.iter().find_map(|i| match i {
                Item::Aux(n, text) if n == name => Some(text.clone()),
                _ => None,
            })
        };
        assert_eq!(aux(b"repl-offset"), Some(b"77".to_vec()));
        assert!(items.iter().any(|i| matches!(i, Item::Function(_))));
    }
}

#[test]
fn a_file_written_in_steps_is_the_same_and_no_step_is_long() {
    let limits = Limits::default();
    let mut db = Db::new(3);
    let (mut hash, mut set) = (Hash::new(), Set::new_table(&limits));
    let (mut zset, mut list) = (ZSet::default(), List::new());
    for i in 0..4000 {
        let text = format!("element number {i}");
        hash.set(text.as_bytes(), b"v", &limits);
        set.insert(text.as_bytes(), &limits);
        zset.set(text.as_bytes(), f64::from(i), &limits);
        list.push_back(text.as_bytes(), &limits);
    }
    for i in 0..2000 {
        db.insert(format!("key {i}").as_bytes(), Value::string(b"small"));
    }
    db.insert(b"hash", hash);
    db.insert(b"set", set);
    db.insert(b"zset", zset);
    db.insert(b"list", list);
    let writer = || Writer::new(Header::default(), Vec::new(), vec![db.clone()], false, true);
    let whole = writer().finish();
    let (mut stepped, mut writer) = (Vec::new(), writer());
    loop {
        let before = stepped.len();
        let more = writer.step(&mut stepped, 1000);
        let step = stepped.len() - before;
        assert!(step < 100_000, "a step of {step} bytes");
        if !more {
            break;
        }
    }
    assert!(stepped == whole, "the steps do not show in the file");
    let keys = read(&whole, whole.len(), &limits).unwrap();
    assert_eq!(keys.iter().filter(|i| matches!(i, Item::Pair { .. })).count(), 2004);
}

#[test]
fn payloads_come_back_and_a_flipped_bit_is_refused() {
    let limits = Limits::default();
    let mut rng = Rng::new(Seed::from_number(1));
    for (name, value) in samples(&limits) {
        let payload = dump(&value, true);
        let back = restore(&payload, &limits).unwrap();
        assert_eq!(dump(&back, true), payload, "{name}");
        let mut bad = payload.clone();
        let i = rng.index(bad.len());
        bad[i] ^= 1;
        assert_eq!(restore(&bad, &limits).unwrap_err(), BadPayload::Envelope);
        assert_eq!(
            restore(&payload[..payload.len() - 1], &limits).unwrap_err(),
            BadPayload::Envelope
        );
    }
    assert_eq!(restore(b"", &limits).unwrap_err(), BadPayload::Envelope);
}

#[test]
fn damage_is_an_error_and_never_a_panic() {
    let limits = Limits::default();
    let mut rng = Rng::new(Seed::from_number(2));
    let bytes = file(&limits);
    assert_eq!(read(&bytes[..bytes.len() / 2], 4096, &limits).unwrap_err(), RdbError::Truncated);
    for _ in 0..40 {
        let mut bad = bytes.clone();
        let i = 9 + rng.index(bad.len() - 9);
        bad[i] ^= 1 << rng.below(8);
        assert!(read(&bad, 4096, &limits).is_err(), "byte {i}");
    }
    // With the right checksum around wrong content.
    for (_, value) in samples(&limits) {
        let payload = dump(&value, rng.chance(0.5));
        for _ in 0..100 {
            let mut bad = payload[..payload.len() - 8].to_vec();
            for _ in 0..=rng.below(2) {
                let i = rng.index(bad.len() - 2);
                bad[i] = rng.next_u64() as u8;
            }
            let sum = CRC64.checksum(&bad);
            bad.extend_from_slice(&sum.to_le_bytes());
            if let Ok(back) = restore(&bad, &limits) {
                assert!(restore(&dump(&back, false), &limits).is_ok());
            }
        }
    }
}

#[test]
fn what_is_not_ours_has_a_clear_name() {
    let limits = Limits::default();
    assert_eq!(read(b"REDIS0011\xff", 100, &limits).unwrap_err(), RdbError::Version(11));
    assert_eq!(read(b"RODIS0010\xff", 100, &limits).unwrap_err(), RdbError::Signature);
    let module = b"REDIS0010\x07\x01k";
    assert_eq!(read(module, 100, &limits).unwrap_err().to_string(), "Unknown RDB encoding type 7");
}

#[test]
fn encodings_of_older_servers_are_read() {
    let limits = Limits::default();
    // A ziplist of "a", 5 and 300.
    let zl = [
        &[0x13, 0, 0, 0, 0x0f, 0, 0, 0, 3, 0][..],
        &[0, 1, b'a', 3, 0xF6, 2, 0xC0, 0x2C, 0x01],
        &[0xFF],
    ]
    .concat();
    let mut zl = zl;
    let total = zl.len() as u32;
    zl[..4].copy_from_slice(&total.to_le_bytes());
    let mut astray = zl.clone();
    astray[4] = 0x0e;
    let payload = [&[kind::LIST_ZIPLIST, astray.len() as u8], &astray[..]].concat();
    let refused = read(
        &[b"REDIS0006".as_slice(), &[payload[0], 1, b'l'], &payload[1..]].concat(),
        100,
        &limits,
    );
    let why = "List ziplist integrity check failed.";
    assert_eq!(refused.unwrap_err(), RdbError::Corrupt(why), "its last element is elsewhere");
    let mut bytes = b"REDIS0006".to_vec();
    bytes.extend_from_slice(&[kind::LIST_ZIPLIST, 1, b'l', zl.len() as u8]);
    bytes.extend_from_slice(&zl);
    bytes.extend_from_slice(&[kind::HASH_ZIPMAP, 1, b'm', 9, 1, 1, b'f', 2, 0, b'v', b'w', 0xFF]);
    bytes[9 + 4 + zl.len() + 3] = 8;
    bytes.extend_from_slice(&[kind::ZSET, 1, b'z', 1, 1, b'm', 3, b'1', b'.', b'5', opcode::EOF]);
    bytes.extend_from_slice(&[0; 8]);
    let items = read(&bytes, 5, &limits).unwrap();
    let value = |name: &[u8]| {
        items.iter().find_map(|i| match i {
            Item::Pair { key, value, .. } if key == name => Some(value.clone()),
            _ => None,
        })
    };
    let Some(Value::List(list)) = value(b"l") else { panic!("no list") };
    let texts: Vec<_> = list.iter().map(|e| e.to_vec()).collect();
    assert_eq!(texts, [b"a".to_vec(), b"5".to_vec(), b"300".to_vec()]);
    let Some(Value::Hash(hash)) = value(b"m") else { panic!("no hash") };
    assert!(hash.get(b"f").is_some_and(|v| v.is(b"vw")));
    let Some(Value::ZSet(zset)) = value(b"z") else { panic!("no sorted set") };
    assert_eq!(zset.score(b"m"), Some(1.5));
}

/// What a master that writes version 11 says of a key `s`.
fn later(type_byte: u8, content: &[u8]) -> Option<Value> {
    let mut bytes = b"REDIS0011".to_vec();
    bytes.extend_from_slice(&[opcode::SLOT_INFO, 5, 1, 0, type_byte, 1, b's']);
    bytes.extend_from_slice(content);
    bytes.extend_from_slice(&[opcode::EOF, 0, 0, 0, 0, 0, 0, 0, 0]);
    let limits = Limits::default();
    let mut reader = Reader::from_master();
    reader.feed(&bytes);
    let Ok(Some(Item::Pair { value, .. })) = reader.read(&limits, true) else { return None };
    matches!(reader.read(&limits, true), Ok(Some(Item::End))).then_some(value)
}

#[test]
fn a_master_of_valkey_may_send_version_11() {
    let mut pack = crate::Listpack::new();
    for member in [&b"x"[..], b"7", b"y"] {
        pack.push_back(member);
    }
    let content = [&[pack.as_bytes().len() as u8], pack.as_bytes()].concat();
    let Some(Value::Set(set)) = later(kind::SET_LISTPACK, &content) else { panic!("no set") };
    assert!(set.len() == 3 && set.contains(b"7") && set.contains(b"y"));
}

#[test]
fn a_stream_of_version_11_has_a_second_time_for_each_consumer() {
    let want = dump(&stream().into(), true);
    // The type, and what an envelope has behind the content.
    let mut content = want[1..want.len() - 10].to_vec();
    for name in [&b"\x04busy"[..], b"\x04idle"] {
        let at = content.windows(5).position(|part| part == name).unwrap() + 5 + 8;
        content.splice(at..at, 77_i64.to_le_bytes());
    }
    let found = later(kind::STREAM_LISTPACKS_3, &content).expect("a stream");
    assert_eq!(dump(&found, true), want);
}
