//! The shape of a cluster: hosts, nodes, who copies whom, who holds which slots. Made to measure, or
//! read from what `CLUSTER NODES` prints or `nodes.conf` holds.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use engine::sim::HostSpec;

/// A longer text is not read.
pub(crate) const TEXT_MOST: usize = 256 * 1024;
/// More nodes are not built.
pub(crate) const NODES_MOST: usize = 120;
/// More troubles are not listed.
const TROUBLES_MOST: usize = 12;
/// Where nodes go that a machine ran by itself (127.0.0.1).
const ALONE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 168, 40, 5));

/// One node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// 40 hex digits.
    pub id: String,
    /// Its place in [`Topology::hosts`].
    pub host: usize,
    /// Client port.
    pub port: u16,
    /// Bus port.
    pub bus: u16,
    /// Its master's id.
    pub master: Option<String>,
    /// Its slots as `nodes.conf` writes them: `0-5460`, `7`, `[93-<-id]`.
    pub slots: Vec<String>,
    /// Config epoch.
    pub epoch: u64,
    /// Whether it is to run; a failed one stays down.
    pub runs: bool,
}

/// A cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Topology {
    /// Name and address of each host.
    pub hosts: Vec<(String, IpAddr)>,
    /// The nodes.
    pub nodes: Vec<Plan>,
}

/// What is wrong with a line of a pasted text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    /// The line, from 1; 0 for the text as a whole.
    pub line: usize,
    /// A key of the catalogue.
    pub key: &'static str,
    /// Its argument `what`.
    pub what: String,
}

impl Topology {
    /// Masters dealt over hosts, and for each the replicas, each on another host than its master.
    pub(crate) fn regular(hosts: usize, replicas: &[usize], first_port: u16) -> Self {
        let hosts_of = |n: usize| -> Vec<(String, IpAddr)> {
            let known = HostSpec::seed_hosts();
            (0..n)
                .map(|ix| match known.get(ix) {
                    Some(spec) => (spec.name.clone(), spec.ip),
                    None => (
                        format!("db{:02}", ix + 1),
                        Ipv4Addr::new(192, 168, 40, 10 + ix as u8).into(),
                    ),
                })
                .collect()
        };
        let mut made = Self { hosts: hosts_of(hosts), nodes: Vec::new() };
        let masters = replicas.len().max(1);
        let mut next_port = vec![first_port; hosts];
        let mut add = |made: &mut Self, host: usize, master: Option<String>, slots, epoch| {
            let port = next_port[host];
            next_port[host] += 1;
            let id = made_up_id(made.nodes.len());
            made.nodes.push(Plan {
                id,
                host,
                port,
                bus: port + 10_000,
                master,
                slots,
                epoch,
                runs: true,
            });
        };
        for m in 0..masters {
            let (from, to) = (m * 16384 / masters, (m + 1) * 16384 / masters - 1);
            add(&mut made, m % hosts, None, vec![format!("{from}-{to}")], m as u64 + 1);
        }
        for (m, many) in replicas.iter().enumerate() {
            for r in 0..*many {
                let master = made.nodes[m].id.clone();
                add(&mut made, (m + 1 + r) % hosts, Some(master), Vec::new(), m as u64 + 1);
            }
        }
        made
    }

    /// From a text.
    ///
    /// # Errors
    /// What is wrong with it, line by line.
    pub(crate) fn parse(text: &str) -> Result<Self, Vec<Trouble>> {
        let whole = |key, what: String| vec![Trouble { line: 0, key, what }];
        if text.len() > TEXT_MOST {
            let megabytes = format!("{:.1}", text.len() as f64 / 1e6);
            return Err(whole("own-too-long", megabytes));
        }
        let mut made = Self::default();
        let mut troubles = Vec::new();
        for (ix, line) in text.lines().enumerate() {
            let line = line.trim().trim_matches('"');
            let ignored = line.is_empty() || line.starts_with('#') || line.starts_with("vars ");
            // A prompt with the command, as it is copied off a terminal.
            if ignored || line.to_ascii_lowercase().ends_with("cluster nodes") {
                continue;
            }
            if let Err((key, what)) = made.line(line) {
                troubles.push(Trouble { line: ix + 1, key, what });
            }
        }
        made.name_hosts();
        made.check(&mut troubles);
        if troubles.is_empty() && made.nodes.is_empty() {
            troubles = whole("own-empty", String::new());
        }
        if made.nodes.len() > NODES_MOST {
            troubles = whole("own-too-many", made.nodes.len().to_string());
        }
        troubles.truncate(TROUBLES_MOST);
        if troubles.is_empty() { Ok(made) } else { Err(troubles) }
    }

    /// Takes in one line.
    fn line(&mut self, line: &str) -> Result<(), (&'static str, String)> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [id, addr, flags, master, _ping, _pong, epoch, _link, slots @ ..] = words.as_slice()
        else {
            return Err(("own-few-words", words.len().to_string()));
        };
        if !is_id(id) {
            return Err(("own-bad-id", shorten(id)));
        }
        if self.nodes.iter().any(|n| n.id == *id) {
            return Err(("own-twice", shorten(id)));
        }
        let flags: Vec<&str> = flags.split(',').collect();
        if flags.iter().any(|f| matches!(*f, "handshake" | "noaddr")) {
            // Nobody knows yet, or any more, who that is.
            return Ok(());
        }
        let (ip, port, bus) = address(addr).ok_or_else(|| ("own-bad-address", shorten(addr)))?;
        let replica = flags.iter().any(|f| matches!(*f, "slave" | "replica"));
        if replica == flags.contains(&"master") {
            return Err(("own-bad-flags", shorten(&flags.join(","))));
        }
        let master = match *master {
            "-" => None,
            id if is_id(id) => Some(id.to_owned()),
            other => return Err(("own-bad-master", shorten(other))),
        };
        let epoch = epoch.parse().map_err(|_| ("own-bad-epoch", shorten(epoch)))?;
        for slot in slots {
            if !is_slots(slot) {
                return Err(("own-bad-slots", shorten(slot)));
            }
        }
        let host = self.host(ip);
        self.nodes.push(Plan {
            id: (*id).to_owned(),
            host,
            port,
            bus,
            master: master.filter(|_| replica),
            slots: slots.iter().map(|s| (*s).to_owned()).collect(),
            epoch,
            runs: !flags.contains(&"fail"),
        });
        Ok(())
    }

    fn host(&mut self, ip: IpAddr) -> usize {
        let ip = if ip.is_loopback() || ip.is_unspecified() { ALONE } else { ip };
        self.hosts.iter().position(|(_, known)| *known == ip).unwrap_or_else(|| {
            self.hosts.push((format!("db{:02}", self.hosts.len() + 1), ip));
            self.hosts.len() - 1
        })
    }

    /// Hosts are named in the order of their addresses.
    fn name_hosts(&mut self) {
        let mut order: Vec<usize> = (0..self.hosts.len()).collect();
        order.sort_by_key(|&ix| self.hosts[ix].1);
        let place = |old: usize| order.iter().position(|&ix| ix == old).unwrap_or(old);
        for node in &mut self.nodes {
            node.host = place(node.host);
        }
        let ips: Vec<IpAddr> = order.iter().map(|&ix| self.hosts[ix].1).collect();
        let named = ips.into_iter().enumerate();
        self.hosts = named.map(|(ix, ip)| (format!("db{:02}", ix + 1), ip)).collect();
    }

    /// What only the whole can show.
    fn check(&self, troubles: &mut Vec<Trouble>) {
        let ids: BTreeMap<&str, &Plan> = self.nodes.iter().map(|n| (n.id.as_str(), n)).collect();
        let mut seen = BTreeMap::new();
        for node in &self.nodes {
            if seen.insert((node.host, node.port), ()).is_some() {
                let what = format!("{}:{}", self.hosts[node.host].1, node.port);
                troubles.push(Trouble { line: 0, key: "own-same-address", what });
            }
            if let Some(master) = &node.master
                && !ids.contains_key(master.as_str())
            {
                troubles.push(Trouble { line: 0, key: "own-no-master", what: shorten(master) });
            }
        }
    }

    /// The hosts as a world wants them.
    pub(crate) fn specs(&self) -> Vec<HostSpec> {
        self.hosts.iter().map(|(name, ip)| HostSpec::new(name.clone(), *ip)).collect()
    }

    /// As `CLUSTER NODES` would print it: what [`Topology::parse`] reads as the same again.
    pub(crate) fn listing(&self) -> String {
        let mut text = String::new();
        for node in &self.nodes {
            let role = if node.master.is_some() { "slave" } else { "master" };
            let fail = if node.runs { "" } else { ",fail" };
            let ip = self.hosts.get(node.host).map_or(ALONE, |h| h.1);
            let master = node.master.as_deref().unwrap_or("-");
            let (port, bus, epoch, slots) = (node.port, node.bus, node.epoch, node.slots.join(" "));
            let line = format!(
                "{} {ip}:{port}@{bus} {role}{fail} {master} 0 0 {epoch} connected {slots}",
                node.id
            );
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    /// The nodes.conf of a node.
    pub(crate) fn nodes_conf(&self, of: usize) -> String {
        let mut text = String::new();
        for (ix, node) in self.nodes.iter().enumerate() {
            let me = if ix == of { "myself," } else { "" };
            let role = if node.master.is_some() { "slave" } else { "master" };
            let ip = self.hosts.get(node.host).map_or(ALONE, |h| h.1);
            let master = node.master.as_deref().unwrap_or("-");
            let slots: Vec<&str> = node
                .slots
                .iter()
                .filter(|s| ix == of || !s.starts_with('['))
                .map(String::as_str)
                .collect();
            let (port, bus, epoch) = (node.port, node.bus, node.epoch);
            let line = format!(
                "{} {ip}:{port}@{bus} {me}{role} {master} 0 0 {epoch} connected {}",
                node.id,
                slots.join(" ")
            );
            text.push_str(line.trim_end());
            text.push('\n');
        }
        let epoch = self.nodes.iter().map(|n| n.epoch).max().unwrap_or(0);
        text.push_str(&format!("vars currentEpoch {epoch} lastVoteEpoch 0\n"));
        text
    }
}

/// Forty hex digits that look like anybody's.
fn made_up_id(n: usize) -> String {
    let mut x = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(n as u64 + 1);
    let mut id = String::with_capacity(48);
    for _ in 0..3 {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        id.push_str(&format!("{x:016x}"));
    }
    id.truncate(40);
    id
}

fn is_id(word: &str) -> bool {
    word.len() == 40 && word.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// `ip:port@bus,hostname`, and forms that lack one or the other.
fn address(word: &str) -> Option<(IpAddr, u16, u16)> {
    let word = word.split(',').next()?;
    let (client, bus) = word.split_once('@').map_or((word, None), |(c, b)| (c, Some(b)));
    let (ip, port) = client.rsplit_once(':')?;
    let port: u16 = port.parse().ok().filter(|p| *p > 0)?;
    let bus = match bus {
        Some(bus) => bus.parse().ok()?,
        None => port.checked_add(10_000)?,
    };
    // A node that has not been told its own address writes none.
    let ip = if ip.is_empty() { ALONE } else { ip.trim_matches(['[', ']']).parse().ok()? };
    Some((ip, port, bus))
}

fn is_slots(word: &str) -> bool {
    let slot = |w: &str| w.parse::<u16>().is_ok_and(|n| n < 16384);
    if let Some(inner) = word.strip_prefix('[').and_then(|w| w.strip_suffix(']')) {
        let parts = inner.split_once("-<-").or_else(|| inner.split_once("->-"));
        return parts.is_some_and(|(n, id)| slot(n) && is_id(id));
    }
    match word.split_once('-') {
        Some((a, b)) => slot(a) && slot(b) && a.parse::<u16>().ok() <= b.parse::<u16>().ok(),
        None => slot(word),
    }
}

fn shorten(word: &str) -> String {
    const MOST: usize = 48;
    if word.chars().count() > MOST {
        word.chars().take(MOST).chain("…".chars()).collect()
    } else {
        word.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REAL: &str = "\
192.168.40.1:6380> CLUSTER NODES
9ab7887766fb733ea9ba8b9077c493a604e8eaf4 192.168.40.2:6380@16380 master - 0 1655214041555 3 connected 10923-16383
8787c7146d996e1a9721cce8d7f0191a01a7df27 192.168.40.1:6381@16381,host-b slave a5a381d1196111efaa97519b450b150487524245 0 1655214037526 5 connected
a5a381d1196111efaa97519b450b150487524245 192.168.40.5:6380@16380 master,fail - 0 1655214042561 5 connected 0-5461
7094c6f0782084271a2705a2bfdd99a7780cd0d1 192.168.40.1:6380@16380 myself,master - 0 0 1 connected 5462-10922 [93->-9ab7887766fb733ea9ba8b9077c493a604e8eaf4]
vars currentEpoch 5 lastVoteEpoch 0
";

    #[test]
    fn a_real_clusters_nodes_become_a_plan() {
        let made = Topology::parse(REAL).unwrap();
        assert_eq!(made.hosts[0], ("db01".to_owned(), Ipv4Addr::new(192, 168, 40, 1).into()));
        assert_eq!((made.hosts.len(), made.nodes[0].host), (3, 1));
        assert_eq!(made.nodes.len(), 4);
        assert_eq!(made.nodes[1].master.as_deref(), Some(made.nodes[2].id.as_str()));
        assert!(!made.nodes[2].runs && made.nodes[3].runs);
        let conf = made.nodes_conf(3);
        assert!(conf.contains("myself,master - 0 0 1 connected 5462-10922 [93->-9ab7"), "{conf}");
        assert!(!made.nodes_conf(0).contains('['));
        assert_eq!(Topology::parse(&conf).map(|t| t.nodes.len()), Ok(4), "what it writes it reads");
    }

    #[test]
    fn every_bad_line_is_named_with_its_trouble() {
        let trouble = |text: &str| {
            let troubles = Topology::parse(text).unwrap_err();
            troubles.into_iter().map(|t| (t.line, t.key)).collect::<Vec<_>>()
        };
        let id = "a".repeat(40);
        assert_eq!(trouble(""), [(0, "own-empty")]);
        assert_eq!(trouble("hello"), [(1, "own-few-words")]);
        assert_eq!(trouble("zz 1.1.1.1:1@2 master - 0 0 1 connected"), [(1, "own-bad-id")]);
        let line = |addr: &str, flags: &str, master: &str, rest: &str| {
            format!("\n{id} {addr} {flags} {master} 0 0 {rest}")
        };
        let of = |addr, flags, master, rest| trouble(&line(addr, flags, master, rest));
        assert_eq!(of("1.1.1.1", "master", "-", "1 connected"), [(2, "own-bad-address")]);
        assert_eq!(of("1.1.1.1:7@8", "myself", "-", "1 connected"), [(2, "own-bad-flags")]);
        assert_eq!(of("1.1.1.1:7@8", "slave", "x", "1 connected"), [(2, "own-bad-master")]);
        assert_eq!(of("1.1.1.1:7@8", "master", "-", "x connected"), [(2, "own-bad-epoch")]);
        assert_eq!(of("1.1.1.1:7@8", "master", "-", "1 connected 9-16384"), [(2, "own-bad-slots")]);
        let orphan = "b".repeat(40);
        assert_eq!(of("1.1.1.1:7@8", "slave", &orphan, "1 connected"), [(0, "own-no-master")]);
        let huge = "x".repeat(50_000_000);
        assert_eq!(trouble(&huge), [(0, "own-too-long")]);
    }

    #[test]
    fn a_made_cluster_covers_all_slots_and_keeps_replicas_apart() {
        let made = Topology::regular(4, &[1; 10], 6380);
        assert_eq!(made.nodes.len(), 20);
        for node in made.nodes.iter().filter(|n| n.master.is_some()) {
            let master = made.nodes.iter().find(|m| Some(&m.id) == node.master.as_ref()).unwrap();
            assert_ne!(master.host, node.host);
        }
        assert_eq!(Topology::parse(&made.nodes_conf(0)).map(|t| t.nodes.len()), Ok(20));
    }
}
