//! Real redis-servers and native nodes in one cluster on three hosts of their own (network
//! namespaces, with the addresses of the first seed): hosts are cut off, and one cable between two
//! hosts breaks, under load. Each kind is elected with votes of the other; in the end both agree on
//! every slot, role and epoch.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(missing_docs, unreachable_pub, reason = "it shares its helpers with other tests")]

mod common;

use std::path::Path;

use common::{Kind, wait};
use oracle::real::{ADDRESSES, Hosts, why_not};

/// Each host has a master (6380) and the replica of its neighbour's (6381).
const KINDS: [[Kind; 2]; 3] =
    [[Kind::Ours, Kind::Ours], [Kind::Real, Kind::Real], [Kind::Real, Kind::Ours]];
/// A node by its host and its place there.
type Place = (usize, usize);
const ALL: [Place; 6] = [(0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1)];

struct Cluster(Hosts);

impl Cluster {
    fn start() -> Self {
        // On every host `/srv/redis-server` is ours, and `/usr/bin/redis-server` the real one.
        let hosts = Hosts::start(&ADDRESSES, Some(Path::new(env!("CARGO_BIN_EXE_native-node"))));
        let cluster = Self(hosts.unwrap());
        for (host, place) in ALL {
            let program = match KINDS[host][place] {
                Kind::Ours => "/srv/redis-server",
                Kind::Real => "/usr/bin/redis-server",
            };
            let port = 6380 + place;
            cluster.on(
                host,
                &format!(
                    "mkdir -p /opt/{port} && cd /opt/{port} && {program} --port {port} --bind {} \
                     --protected-mode no --cluster-enabled yes --cluster-node-timeout 2000 --save '' \
                     --repl-diskless-sync-delay 0 --daemonize yes --logfile log",
                    ADDRESSES[host].1
                ),
            );
            wait("it answers", || cluster.ask((host, place), "ping") == "PONG");
        }
        cluster.join();
        cluster
    }

    /// By hand, so that every node has its place.
    fn join(&self) {
        for (epoch, place) in ALL.into_iter().enumerate() {
            self.ask(place, &format!("cluster set-config-epoch {}", epoch + 1));
        }
        for (host, place) in ALL {
            let meet = format!("cluster meet {} {}", ADDRESSES[host].1, 6380 + place);
            assert_eq!(self.ask((0, 0), &meet), "OK");
        }
        for (host, range) in ["0 5460", "5461 10922", "10923 16383"].iter().enumerate() {
            assert_eq!(self.ask((host, 0), &format!("cluster addslotsrange {range}")), "OK");
        }
        for host in 0..3 {
            let id = self.ask((host, 0), "cluster myid");
            let replica = ((host + 1) % 3, 1);
            wait("the replica knows its master", || {
                self.ask(replica, &format!("cluster replicate {id}")) == "OK"
            });
        }
        self.agree("at the beginning");
    }

    fn on(&self, host: usize, command: &str) -> String {
        self.0.output(host, command).unwrap().trim().to_owned()
    }

    fn ask(&self, (host, place): Place, command: &str) -> String {
        let (ip, port) = (ADDRESSES[host].1, 6380 + place);
        self.on(host, &format!("timeout 20 redis-cli -h {ip} -p {port} {command}"))
    }

    /// A node's line as another sees it.
    fn sees(&self, who: Place, whom: &str) -> String {
        let nodes = self.ask(who, "cluster nodes");
        nodes.lines().find(|line| line.starts_with(whom)).unwrap_or("").to_owned()
    }

    fn is_ok(&self, who: Place) -> bool {
        self.ask(who, "cluster info").contains("cluster_state:ok")
    }

    /// What a node believes: of each node id, role, master, epoch, link and slots.
    fn view(&self, who: Place) -> Vec<String> {
        let mut lines: Vec<String> = self
            .ask(who, "cluster nodes")
            .lines()
            .filter_map(|line| {
                let words: Vec<&str> = line.split(' ').collect();
                let role = words.get(2)?.trim_start_matches("myself,");
                let known = [words[0], role, words[3], words[6], words[7]];
                Some(format!("{} {}", known.join(" "), words[8..].join(" ")))
            })
            .collect();
        lines.sort();
        lines
    }

    fn agree(&self, when: &str) {
        wait(&format!("all agree {when}"), || {
            let first = self.view(ALL[0]);
            let sound = first.len() == 6
                && first.iter().all(|line| line.contains(" connected") && !line.contains("fail"));
            sound
                && ALL.iter().all(|place| self.view(*place) == first && self.is_ok(*place))
                && ALL.iter().all(|place| {
                    let role = self.ask(*place, "info replication");
                    role.contains("role:master") || role.contains("master_link_status:up")
                })
        });
    }

    /// Writes at this host until the host's file `stop` is there.
    fn load(&self, host: usize) {
        let ip = ADDRESSES[host].1;
        let one = format!("timeout 2 redis-cli -c -h {ip} -p 6380 incr load:$((i % 50))");
        let all = format!("i=0; while [ ! -e /tmp/stop ]; do i=$((i+1)); {one}; done");
        self.on(host, &format!("nohup sh -c \"{}\" > /tmp/load 2>&1 &", all.replace('$', "\\$")));
    }

    /// The host is off the net: the neighbours' replica takes its master's place. Back again, the
    /// old master follows.
    fn cut_off(&self, host: usize) {
        let (old, heir) = ((host, 0), ((host + 1) % 3, 1));
        let (old_id, heir_id) = (self.ask(old, "cluster myid"), self.ask(heir, "cluster myid"));
        self.0.plug(host, false).unwrap();
        for other in ALL.into_iter().filter(|place| place.0 != host) {
            wait("the rest has its new master", || {
                let line = self.sees(other, &heir_id);
                line.contains("master") && !line.ends_with("connected") && self.is_ok(other)
            });
        }
        wait("who is alone stops serving", || !self.is_ok(old));
        self.0.plug(host, true).unwrap();
        wait("it hears that it is none", || self.sees(old, &old_id).contains("slave"));
        assert!(self.sees(old, &old_id).contains(&heir_id));
        self.agree("after a cut");
        // It takes its office back, so that every round begins alike.
        wait("a failover by hand", || {
            self.ask(old, "cluster failover");
            self.ask(old, "role").starts_with("master")
        });
        self.agree("after its return");
    }

    /// Two hosts do not reach each other, and both reach the third: nobody fails.
    fn break_one_cable(&self) {
        let before = self.view((1, 0));
        let route = format!("blackhole {}/32", ADDRESSES[2].1);
        self.on(0, &format!("ip route add {route}"));
        let far = self.ask((2, 0), "cluster myid");
        wait("it is suspected", || self.sees((0, 0), &far).contains("fail?"));
        // A failed node would be known as such to the third host.
        assert!(!self.sees((1, 0), &far).contains("fail"), "{}", self.sees((1, 0), &far));
        self.on(0, &format!("ip route del {route}"));
        self.agree("after a broken cable");
        assert_eq!(self.view((1, 0)), before, "nothing has changed hands");
    }
}

#[test]
fn hosts_are_cut_off_and_both_kinds_agree_in_the_end() {
    if let Some(why) = why_not() {
        println!("skipped: {why}");
        return;
    }
    let cluster = Cluster::start();
    for host in 0..3 {
        cluster.load(host);
    }
    cluster.break_one_cable();
    // Heirs: a real one, one of ours, one of ours; the votes come from the two other masters.
    for host in 0..3 {
        cluster.cut_off(host);
    }
    for host in 0..3 {
        cluster.on(host, "touch /tmp/stop");
    }
    for host in 0..3 {
        let done = cluster.on(host, "grep -c '^[0-9]*$' /tmp/load");
        assert!(done.parse::<u64>().unwrap() > 10, "there was load: {done}");
    }
    let ip = ADDRESSES[0].1;
    let check = cluster.on(0, &format!("redis-cli --cluster check {ip}:6380"));
    assert!(check.contains("[OK] All nodes agree about slots configuration."), "{check}");
    assert!(check.contains("[OK] All 16384 slots covered."), "{check}");
}
