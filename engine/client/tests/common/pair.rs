//! Two clusters alike, one for each program.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{ours, ours_piped, real};

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
        if !args.contains("--cluster create") {
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

    /// Waits until all nodes of both clusters agree.
    fn settle(&self) {
        settle(&self.a);
        settle(&self.b);
    }
}

/// Waits until all nodes of a cluster agree.
pub fn settle(ports: &[u16]) {
    let nodes = |port: &u16| ours_piped(&format!("-p {port} cluster nodes"), "");
    let why = || format!("all agree\n{}", ports.iter().map(nodes).collect::<String>());
    super::wait_or(why, || agreed(ports));
}

/// Whether all nodes that know of others see the same nodes with the same roles, epochs and slots,
/// are linked to all of them, and have drawn the conclusion from it: to serve, or not to.
fn agreed(ports: &[u16]) -> bool {
    let views: Vec<_> = ports.iter().filter_map(|port| view(*port)).collect();
    views.windows(2).all(|two| two[0] == two[1]) && views.iter().all(|view| view.complete())
}

/// What one node sees.
#[derive(PartialEq, Eq)]
struct View {
    /// Of each node its id, address, flags, master, epoch, link and slots; open slots are only
    /// known to their own nodes.
    nodes: BTreeSet<Vec<String>>,
    serves: bool,
    covered: bool,
}

impl View {
    fn complete(&self) -> bool {
        let linked = |node: &Vec<String>| node[5] == "connected" && !node[2].contains("handshake");
        self.serves == self.covered && self.nodes.iter().all(linked)
    }
}

/// `None` for a server without others.
fn view(port: u16) -> Option<View> {
    let lines = ours_piped(&format!("-p {port} cluster nodes"), "");
    let nodes: BTreeSet<Vec<String>> = lines
        .lines()
        .map(|line| line.split(' ').map(str::to_owned).collect::<Vec<_>>())
        .filter(|words| words.len() >= 8)
        .map(|words| {
            let told = [0, 1, 2, 3, 6, 7].map(|i| words[i].replace("myself,", ""));
            let slots = words[8..].iter().filter(|slot| !slot.starts_with('[')).cloned();
            told.into_iter().chain(slots).collect()
        })
        .collect();
    let info = ours_piped(&format!("-p {port} cluster info"), "");
    let (serves, covered) =
        (info.contains("cluster_state:ok"), info.contains("cluster_slots_assigned:16384\r\n"));
    (nodes.len() > 1).then_some(View { nodes, serves, covered })
}

/// Waits until the real program prints this.
pub fn wait_for_words(args: &str, words: &str) {
    super::wait(&format!("{args}: {words}"), || super::real_piped(args, "").contains(words));
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
