//! A cluster that begins with its links up is the one that dialled and greeted, some time later.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use engine_base::Seed;
use engine_node::EventKind;
use engine_sim::{ClusterSpec, HostSpec, Signal, What, World};

fn spec(nodes: usize, seed: u64) -> ClusterSpec {
    let ip = |host: usize| IpAddr::from(Ipv4Addr::new(192, 168, 40, 1 + host as u8));
    ClusterSpec {
        hosts: (0..4).map(|host| HostSpec::new(format!("db{host:02}"), ip(host))).collect(),
        masters: nodes / 2,
        ..ClusterSpec::six(Seed::from_number(seed))
    }
}

fn text(world: &mut World, at: SocketAddr, words: &[&str]) -> String {
    String::from_utf8_lossy(&world.call(at, words)).into_owned()
}

/// A listing without its times, each node's line under its id.
fn without_times(listing: &str) -> BTreeMap<String, Vec<String>> {
    let lines = listing.lines().filter(|line| line.contains(':') && line.contains('@'));
    let fields = |line: &str| {
        let mut fields: Vec<String> = line.split(' ').map(str::to_owned).collect();
        fields.drain(4..6);
        (fields[0].clone(), fields)
    };
    lines.map(fields).collect()
}

/// What a node tells of its cluster, times and traffic left out.
#[derive(Debug, PartialEq)]
struct Told {
    nodes: BTreeMap<String, Vec<String>>,
    info: Vec<String>,
    file: BTreeMap<String, Vec<String>>,
    vars: Vec<String>,
    /// Addresses of peers, and how many links from and to them there are.
    links: BTreeMap<String, usize>,
    role: String,
}

fn told(world: &mut World, at: SocketAddr) -> Told {
    let nodes = without_times(&text(world, at, &["CLUSTER", "NODES"]));
    let info = text(world, at, &["CLUSTER", "INFO"]);
    let info = info.lines().filter(|l| l.starts_with("cluster_") && !l.contains("messages"));
    let links = text(world, at, &["CLUSTER", "LINKS"]);
    let mut count = BTreeMap::new();
    let words: Vec<&str> = links.lines().filter(|l| !l.starts_with(['$', '*', ':'])).collect();
    for pair in words.windows(2).filter(|w| w[0] == "node") {
        *count.entry(pair[1].to_owned()).or_default() += 1;
    }
    let role = text(world, at, &["ROLE"]).lines().nth(2).unwrap_or_default().to_owned();
    let host = world.find_host(&at.ip().to_string()).expect("its host");
    let path = format!("/data/{}/nodes.conf", at.port());
    let file = world.host(host).and_then(|h| h.fs.read(&path).ok()).unwrap_or_default().to_vec();
    let file = String::from_utf8(file).expect("text");
    let mut lines = without_times(&file);
    // Which links were up when it was last written: nobody reads that.
    lines.values_mut().for_each(|fields| drop(fields.remove(5)));
    let vars = file.lines().filter(|l| l.starts_with("vars")).map(str::to_owned).collect();
    Told { nodes, info: info.map(str::to_owned).collect(), file: lines, vars, links: count, role }
}

fn links_up(world: &World) -> usize {
    let up = |what: &What| matches!(what, What::Node(EventKind::BusLinkUp { .. }));
    world.trace().entries().iter().filter(|entry| up(&entry.what)).count()
}

fn suspicions(world: &World) -> usize {
    let of = |what: &What| {
        matches!(what, What::Node(EventKind::PfailMarked { .. } | EventKind::FailMarked { .. }))
    };
    world.trace().entries().iter().filter(|entry| of(&entry.what)).count()
}

#[test]
fn a_warm_world_tells_what_one_tells_that_was_started_cold() {
    for nodes in [12, 40] {
        let spec = spec(nodes, 3);
        let (mut warm, addrs) = World::warm(&spec);
        let (mut cold, same) = World::planted(&spec);
        assert_eq!(addrs, same);
        assert_eq!(links_up(&cold), nodes * (nodes - 1));
        assert_eq!(links_up(&warm), 0, "nobody dials");
        // Until the last replica's epoch is known, and on the disk, everywhere.
        cold.run_ms(20_000);
        for addr in &addrs {
            let (here, there) = (told(&mut warm, *addr), told(&mut cold, *addr));
            assert_eq!((&here.role, &here.info), (&there.role, &there.info), "{addr} of {nodes}");
            assert_eq!(here, there, "{addr} of {nodes}");
            assert_eq!(here.nodes.len(), nodes);
            assert!(here.info.contains(&"cluster_state:ok".to_owned()));
            assert_eq!(here.links.len(), nodes - 1, "{:?}", here.links);
            assert!(here.links.values().all(|links| *links == 2), "{:?}", here.links);
        }
    }
}

#[test]
fn nobody_is_suspected_in_a_quiet_minute() {
    for nodes in [12, 40] {
        let (mut world, _) = World::warm(&spec(nodes, 4));
        world.run_ms(60_000);
        assert_eq!(suspicions(&world), 0, "{nodes} nodes");
        let links = world.trace().entries().iter().filter(|e| {
            matches!(
                e.what,
                What::Node(EventKind::BusLinkUp { .. } | EventKind::BusLinkDown { .. })
            )
        });
        assert_eq!(links.count(), 0, "every link stays the one that it was");
    }
}

/// Kills the first master; how many milliseconds later a replica of it has its slots.
fn heir_after(world: &mut World, addrs: &[SocketAddr]) -> u64 {
    let (host, pid) = world
        .servers()
        .find(|(_, p)| p.server().is_some_and(|s| s.addr() == addrs[0]))
        .map(|(host, p)| (host, p.pid))
        .expect("it runs");
    let killed = world.now();
    world.kill(host, pid, Signal::Kill).expect("it runs");
    let won = |world: &mut World| {
        let mut last = world.trace().entries().iter().rev().take_while(|e| e.at >= killed);
        last.any(|e| matches!(e.what, What::Node(EventKind::ElectionWon { .. })))
    };
    assert!(world.until(60_000, won), "nobody takes its place");
    world.now().ms_since(killed)
}

#[test]
fn a_killed_master_has_an_heir_in_the_same_time() {
    // A node timeout and a half at most until it is suspected, a second and a half until it is agreed
    // and an election is due, and a few more seconds for votes.
    let window = 15_000..=30_000;
    for seed in 1..=3 {
        let spec = spec(12, seed);
        let (mut warm, addrs) = World::warm(&spec);
        let (mut cold, _) = World::planted(&spec);
        for world in [&mut warm, &mut cold] {
            let after = heir_after(world, &addrs);
            assert!(window.contains(&after), "{after} ms");
        }
    }
}

#[test]
fn a_warm_world_can_be_replayed() {
    let (mut world, _) = World::warm(&spec(12, 5));
    world.run_ms(5000);
    let again = world.replay();
    assert_eq!(again.trace().digest, world.trace().digest);
    assert_eq!(again.steps(), world.steps());
}
