//! The targets: the same bodies that `fuzz/` gives to libFuzzer, each with good input to start from.

use std::path::Path;

/// A body that panics only on a defect.
pub(crate) struct Target {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&[u8]),
    /// Good inputs.
    pub(crate) corpus: fn() -> Vec<Vec<u8>>,
}

/// Every one of them. A shim in `fuzz/fuzz_targets` bears the same name.
pub(crate) const TARGETS: &[Target] = &[
    Target { name: "bus", run: engine_bus::fuzz::decode_any, corpus: packets },
    Target {
        name: "resp_requests",
        run: |bytes| engine_resp::fuzz::requests(bytes, bytes.len() / 2),
        corpus: requests,
    },
    Target {
        name: "resp_replies",
        run: |bytes| engine_resp::fuzz::replies(bytes, bytes.len() / 2),
        corpus: replies,
    },
    Target {
        name: "store_rdb",
        run: |bytes| engine_store::fuzz::rdb_file(bytes, bytes.len() / 2),
        corpus: rdb_files,
    },
    Target { name: "store_payload", run: engine_store::fuzz::payload, corpus: payloads },
    Target { name: "store_packs", run: engine_store::fuzz::packs, corpus: packs },
    Target { name: "store_aof", run: engine_store::fuzz::append_only, corpus: append_only },
];

/// A value of each kind of encoding.
fn values() -> Vec<engine_store::Value> {
    use engine_store::{Hash, Limits, List, Set, Value, ZSet};
    let limits = Limits::default();
    let mut list = List::new();
    let (mut hash, mut ints) = (Hash::new(), Set::default());
    let (mut set, mut zset) = (Set::new_table(&limits), ZSet::for_member(usize::MAX, &limits));
    for i in 0..9 {
        let text = format!("member {i}");
        list.push_back(text.as_bytes(), &limits);
        hash.set(text.as_bytes(), b"1000", &limits);
        ints.insert((i * 40_000).to_string().as_bytes(), &limits);
        set.insert(text.as_bytes(), &limits);
        zset.set(text.as_bytes(), f64::from(i) / 7.0, &limits);
    }
    let text = Value::string(&b"abcabc".repeat(20));
    vec![text, list.into(), hash.into(), ints.into(), set.into(), zset.into()]
}

fn rdb_files() -> Vec<Vec<u8>> {
    use engine_store::{Db, rdb};
    let mut db = Db::new(1);
    for (i, value) in values().into_iter().enumerate() {
        db.insert(format!("key{i}").as_bytes(), value);
    }
    vec![rdb::Writer::new(rdb::Header::default(), Vec::new(), vec![db], true, true).finish()]
}

/// Types and values, without version and checksum.
fn payloads() -> Vec<Vec<u8>> {
    let payload = |value| {
        let mut bytes = engine_store::rdb::dump(value, true);
        bytes.truncate(bytes.len() - 10);
        bytes
    };
    values().iter().map(payload).collect()
}

/// What a hash and a set of numbers are kept as: behind the type and one byte of length.
fn packs() -> Vec<Vec<u8>> {
    let body = |bytes: Vec<u8>| bytes.get(2..).unwrap_or_default().to_vec();
    values()[2..4].iter().map(|v| body(engine_store::rdb::dump(v, false))).collect()
}

fn append_only() -> Vec<Vec<u8>> {
    let texts: [&str; 2] = [
        "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*1\r\n$5\r\nMULTI\r\n*1\r\n$4\r\nEXEC\r\n#TS:1\r\n",
        "file a.1.base.rdb seq 1 type b\nfile a.1.incr.aof seq 1 type i\n",
    ];
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// Packets captured from a real redis-server.
fn packets() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../engine/bus/tests/golden");
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "bin"));
    files.iter().filter_map(|path| std::fs::read(path).ok()).collect()
}

fn requests() -> Vec<Vec<u8>> {
    let texts: [&str; 4] = [
        "*1\r\n$4\r\nPING\r\n",
        "*3\r\n$3\r\nSET\r\n$3\r\nk22\r\n$2\r\nv1\r\n*2\r\n$3\r\nGET\r\n$3\r\nk22\r\n",
        "SET k22 \"v\\x00\\n1\"\r\nGET 'k22'\r\nPING\n",
        "*0\r\n*-1\r\n*2\r\n$4\r\nECHO\r\n$0\r\n\r\n",
    ];
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

fn replies() -> Vec<Vec<u8>> {
    let texts: [&str; 5] = [
        "+OK\r\n-MOVED 12182 127.0.0.1:7002\r\n:42\r\n$-1\r\n",
        "*2\r\n$3\r\nfoo\r\n*2\r\n:1\r\n*-1\r\n",
        "%1\r\n+a\r\n,3.25\r\n~2\r\n#t\r\n_\r\n",
        "=8\r\ntxt:abcd\r\n(3492890328409238509324850943850943825024385\r\n",
        ">2\r\n+message\r\n$1\r\nx\r\n!5\r\nERR x\r\n,nan\r\n",
    ];
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}
