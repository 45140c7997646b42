//! Two clusters alike, one for each program.

use std::path::{Path, PathBuf};

use super::{ours, real};

/// Node ids, in the order in which they are met, become `ID0`, `ID1`, …: they differ between
/// two clusters.
pub fn mask_ids(text: &str) -> String {
    let mut seen: Vec<&str> = Vec::new();
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_hexdigit()) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(from.len());
        let (word, behind) = from.split_at(end);
        out.push_str(before);
        if word.len() == 40 {
            let place = seen.iter().position(|id| *id == word).unwrap_or_else(|| {
                seen.push(word);
                seen.len() - 1
            });
            out.push_str(&format!("ID{place}"));
        } else {
            out.push_str(word);
        }
        rest = behind;
    }
    out + rest
}

/// What a user does to a cluster that grows and shrinks, for both programs on clusters alike.
pub struct Pair {
    a: Vec<u16>,
    b: Vec<u16>,
    /// A folder for each program's files; `{dir}` in arguments.
    pub folders: [PathBuf; 2],
}

impl Pair {
    pub fn new(a: Vec<u16>, b: Vec<u16>) -> Self {
        let base = std::env::temp_dir().join(format!("pair-{}-{}", a[0], std::process::id()));
        let folders = ["a", "b"].map(|name| base.join(name));
        for folder in &folders {
            std::fs::create_dir_all(folder).unwrap();
        }
        Self { a, b, folders }
    }

    /// With one more server beside each cluster.
    pub fn with_another(mut self, ports: [u16; 2]) -> Self {
        self.a.push(ports[0]);
        self.b.push(ports[1]);
        self
    }

    /// A file of a backup: the entries, in the order of the alphabet.
    pub fn masked_json(&self, text: &str, side: usize) -> Vec<String> {
        let ports = if side == 0 { &self.a } else { &self.b };
        let mut text = text.to_owned();
        for (i, port) in ports.iter().enumerate() {
            text = text.replace(&port.to_string(), &format!("PORT{i}"));
        }
        let text = text.strip_prefix("[\n").unwrap_or(&text);
        let text = text.strip_suffix("  }\n]").unwrap_or(text);
        let mut entries: Vec<String> =
            text.split("  },\n").map(|entry| mask_ids(entry).trim_end().to_owned()).collect();
        entries.sort();
        entries
    }

    /// Runs `args` with both; `{0}` … are the ports, `[0]` … the ids of the nodes there. Lines
    /// may come in any order, because nodes list each other in any order.
    pub fn same(&self, args: &str, script: &str) {
        if args.starts_with("--cluster") && !args.contains("create") {
            self.settle();
        }
        self.same_now(args, script);
    }

    /// The same, of clusters that are not expected to agree.
    pub fn same_now(&self, args: &str, script: &str) {
        let [one, other] = &self.folders;
        let theirs = real(&fill(&self.a, one, args), &fill(&self.a, one, script));
        let mine = ours(&fill(&self.b, other, args), &fill(&self.b, other, script));
        let (x, y) = (self.masked(&theirs, &self.a), self.masked(&mine, &self.b));
        assert_eq!(x, y, "{args}\n--- real\n{theirs}\n--- ours\n{mine}");
    }

    /// What must be equal, in the order of the alphabet.
    pub fn masked(&self, text: &str, ports: &[u16]) -> Vec<String> {
        let mut text = text.to_owned();
        for folder in &self.folders {
            text = text.replace(&*folder.to_string_lossy(), "FOLDER");
        }
        for (i, port) in ports.iter().enumerate() {
            for joint in [':', '-'] {
                text = text.replace(&format!("127.0.0.1{joint}{port}"), &format!("NODE{i}"));
            }
        }
        let mut lines: Vec<String> = text
            .lines()
            .filter(|l| !l.is_empty() && l.bytes().any(|b| b != b'.'))
            .map(|l| match l.split_once("...) -> ") {
                // The beginning of an id.
                Some((id, rest)) => format!("{} {rest}", id.split(' ').next().unwrap_or_default()),
                None => by_number(mask_ids(l).trim_end()),
            })
            .collect();
        lines.sort();
        lines
    }

    /// Waits until all nodes of both clusters serve all slots.
    pub fn healthy(&self) {
        for port in self.a.iter().chain(&self.b) {
            wait_for_words(&format!("-p {port} cluster info"), "cluster_state:ok");
        }
    }

    /// Waits until all nodes of both clusters agree.
    pub fn settle(&self) {
        for ports in [&self.a, &self.b] {
            for _ in 0..100 {
                let args = format!("--cluster check 127.0.0.1:{}", ports[0]);
                if super::real_piped(&args, "").contains("[OK] All nodes agree") {
                    break;
                }
                std::thread::sleep(std::time::Duration::from_millis(100));
            }
        }
    }
}

/// Waits until the real program prints this.
pub fn wait_for_words(args: &str, words: &str) {
    for _ in 0..400 {
        if super::real_piped(args, "").contains(words) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("{args}: no {words}");
}

/// What the real program lists as its hash table, or the nodes' own tables, hold it.
const IN_ANY_ORDER: [&str; 3] =
    ["[WARNING] The following slots are open: ", "Set as migrating in: ", "Set as importing in: "];

fn by_number(line: &str) -> String {
    let Some(start) = IN_ANY_ORDER.iter().find(|start| line.starts_with(**start)) else {
        return line.to_owned();
    };
    let mut words: Vec<&str> = line[start.len()..].trim_end_matches('.').split(',').collect();
    words.sort_unstable();
    format!("{start}{}", words.join(","))
}

fn fill(ports: &[u16], folder: &Path, text: &str) -> String {
    let mut text = text.replace("{dir}", &folder.to_string_lossy());
    for (i, port) in ports.iter().enumerate() {
        text = text.replace(&format!("{{{i}}}"), &port.to_string());
        if text.contains(&format!("[{i}]")) {
            let id = real(&format!("-p {port} --raw cluster myid"), "");
            text = text.replace(&format!("[{i}]"), id.lines().next().unwrap_or_default());
        }
    }
    text
}

impl Drop for Pair {
    fn drop(&mut self) {
        if let Some(base) = self.folders[0].parent() {
            let _ = std::fs::remove_dir_all(base);
        }
    }
}
