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
];

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
