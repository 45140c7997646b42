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
    Target { name: "nodes_conf", run: engine_node::fuzz::nodes_conf, corpus: nodes_conf },
    Target { name: "redis_conf", run: engine_node::fuzz::redis_conf, corpus: redis_conf },
    Target { name: "acl_file", run: engine_node::fuzz::acl_file, corpus: acl_files },
    Target { name: "lua", run: engine_lua::fuzz::source, corpus: scripts },
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
    vec![text, list.into(), hash.into(), ints.into(), set.into(), zset.into(), stream().into()]
}

/// A stream of several nodes with a deleted entry and a group.
fn stream() -> engine_store::Stream {
    use engine_store::StreamId;
    use engine_store::stream::{Group, NodeLimits, Stream};
    let mut stream = Stream::default();
    let id = |ms| StreamId { ms, seq: 1 };
    for ms in 1..8 {
        let pairs: &[&[u8]] = if ms == 3 { &[b"b", b"x"] } else { &[b"a", b"300"] };
        stream.log.append(id(ms), pairs, NodeLimits { max_bytes: 4096, max_entries: 4 });
    }
    stream.log.delete(&[id(2)]);
    let mut group = Group::new(id(4), Some(4));
    group.see_consumer(b"c", 1000);
    group.give(id(2), b"c", 1000, 1);
    group.give(id(4), b"c", 1000, 2);
    stream.groups.insert(b"g".to_vec(), group);
    stream
}

fn rdb_files() -> Vec<Vec<u8>> {
    use engine_store::{Db, rdb};
    let mut db = Db::new(1);
    for (i, value) in values().into_iter().enumerate() {
        db.insert(format!("key{i}").as_bytes(), value);
    }
    let ours = rdb::Writer::new(rdb::Header::default(), Vec::new(), vec![db], true, true).finish();
    let mut files = golden("engine/store/tests/golden", &["rdb7"]);
    files.push(ours);
    files
}

/// Types and values, without version and checksum.
fn payloads() -> Vec<Vec<u8>> {
    let payload = |value: &engine_store::Value, compress| {
        let mut bytes = engine_store::rdb::dump(value, compress);
        bytes.truncate(bytes.len() - 10);
        bytes
    };
    let mut all: Vec<Vec<u8>> = values().iter().map(|value| payload(value, true)).collect();
    all.push(payload(&stream().into(), false));
    // What servers before 7.0 wrote: a ziplist of `a` and 5 as a list, a hash and a sorted set, in
    // a quicklist, and a zipmap.
    let ziplist = [16_u8, 0, 0, 0, 13, 0, 0, 0, 2, 0, 0, 1, b'a', 3, 0xF6, 0xFF];
    let string = |kind: &[u8], body: &[u8]| [kind, &[body.len() as u8], body].concat();
    for kind in [10, 12, 13] {
        all.push(string(&[kind], &ziplist));
    }
    all.push(string(&[14, 1], &ziplist));
    all.push(string(&[9], &[1, 1, b'k', 2, 1, b'v', b'v', 0, 0xFF]));
    all
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
    let ours = texts.iter().map(|text| text.as_bytes().to_vec());
    ours.chain(golden("engine/store/tests/golden", &["aof", "manifest"])).collect()
}

/// As real servers wrote them, and one with everything that a line may hold.
fn nodes_conf() -> Vec<Vec<u8>> {
    let (me, other) = ("a1".repeat(20), "0f".repeat(20));
    let full = format!(
        "{me} 127.0.0.1:7000@17000,db01 myself,master - 0 1700000000000 3 connected 0-5460 5470 \
         [5461->-{other}] [12->-{other}] [13-<-{other}]\n\
         {other} ::1:7001@17001 slave,fail?,nofailover {me} 5 0 0 disconnected\n\
         vars currentEpoch 9 lastVoteEpoch 8\n"
    );
    let mut files = golden("engine/bus/tests/golden", &["conf"]);
    files.push(full.into_bytes());
    files
}

/// What a stock file holds, by kind of directive, with every default spelt out.
fn redis_conf() -> Vec<Vec<u8>> {
    let texts = [
        "# a remark\nbind 127.0.0.1 -::1\nport 7000\nprotected-mode no\ntimeout 0\n\
         save 3600 1 300 100\nmaxmemory 100mb\nmaxmemory-policy allkeys-lru\n\
         client-output-buffer-limit replica 256mb 64mb 60\nnotify-keyspace-events KEA\n",
        "cluster-enabled yes\ncluster-config-file \"nodes 1.conf\"\ncluster-node-timeout 5000\n\
         cluster-announce-ip ''\ncluster-announce-hostname db01\nrename-command FLUSHALL \"\"\n\
         user alice on >pass ~* +@all\nuser \"\" off\nrequirepass \"a\\x20b\\n\"\nreplicaof no one\n",
        "oom-score-adj-values 0 200 800\nlatency-tracking-info-percentiles 50 99.9\n\
         unixsocketperm 700\nsave \"\"\nsave 60 1\nslave-read-only yes\nhz 500\ninclude x\n",
    ];
    let stock = engine_node::Config::default().rewrite("port 6379\n# all\n");
    texts.iter().map(|text| text.as_bytes().to_vec()).chain([stock.into_bytes()]).collect()
}

/// Rules of every kind.
fn acl_files() -> Vec<Vec<u8>> {
    let hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    let texts = [
        format!("user alice on #{hash} >pw ~a* %R~r %W~w &news.* +@all -@dangerous +config|get\n"),
        "user default on nopass ~* &* +@all\n\nuser bob off resetchannels -@all +get +select|0 \
         (+@read ~x %RW~y) (-@all +acl|whoami allkeys)\n"
            .to_owned(),
        "user eve reset skip-sanitize-payload allcommands -client -client|kill +@string -get\r\n"
            .to_owned(),
    ];
    texts.into_iter().map(String::into_bytes).collect()
}

/// What a real server was asked to run, one by one.
fn scripts() -> Vec<Vec<u8>> {
    let files = golden("engine/lua/tests/oracle", &["lua"]);
    let files = files.iter().map(|file| String::from_utf8_lossy(file));
    files.flat_map(|file| file.split("\n----\n").map(Vec::from).collect::<Vec<_>>()).collect()
}

/// Packets captured from a real redis-server.
fn packets() -> Vec<Vec<u8>> {
    golden("engine/bus/tests/golden", &["bin"])
}

/// The files in a folder of the workspace that have one of these endings.
fn golden(folder: &str, endings: &[&str]) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort();
    let wanted = |path: &Path| {
        path.extension().and_then(|e| e.to_str()).is_some_and(|e| endings.contains(&e))
    };
    files.retain(|path| wanted(path));
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
