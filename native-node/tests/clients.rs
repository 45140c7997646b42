//! Client libraries against six native nodes: `cargo xtask test --only clients` installs them and
//! runs this. What they do is in `native-node/clients`; here nodes are moved and killed meanwhile.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use common::{Kind, Server, cli, wait};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

fn installed() -> PathBuf {
    workspace().join("target/clients")
}

/// A program of `native-node/clients`, one step at a time.
struct Client {
    name: &'static str,
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Client {
    fn start(name: &'static str, program: &Path, args: &[PathBuf]) -> Self {
        let mut command = Command::new(program);
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|why| {
            panic!("{}: {why}; `cargo xtask test --only clients` installs it", program.display())
        });
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { name, child, stdin, stdout: BufReader::new(stdout) }
    }

    fn tell(&mut self, step: &str) {
        writeln!(self.stdin, "{step}").unwrap();
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // One that has ended already is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// All of them take a step at once; what they answer.
fn all(clients: &mut [Client], step: &str, wanted: &str) {
    all_meanwhile(clients, step, wanted, || ());
}

fn all_meanwhile(clients: &mut [Client], step: &str, wanted: &str, work: impl FnOnce()) {
    clients.iter_mut().for_each(|client| client.tell(step));
    work();
    let answers: Vec<(&str, String)> =
        clients.iter_mut().map(|client| (client.name, client.answer())).collect();
    let wrong: Vec<_> = answers.iter().filter(|(_, answer)| answer != wanted).collect();
    assert!(wrong.is_empty(), "{step}: {wrong:#?}");
}

fn libraries() -> Vec<Client> {
    let at = installed();
    let node = |script: &str| [at.join("node").join(script)];
    let python = workspace().join("native-node/clients/python/scenario.py");
    vec![
        Client::start("redis-py", &at.join("python/bin/python"), &[python]),
        Client::start("ioredis", Path::new("node"), &node("ioredis.mjs")),
        Client::start("node-redis", Path::new("node"), &node("node-redis.mjs")),
        Client::start("redis-rs", &at.join("rust/debug/scenario"), &[]),
    ]
}

/// Six nodes under the real redis-cli: masters 0, 1 and 2.
fn six_nodes() -> Vec<Server> {
    let nodes: Vec<Server> = (0..6).map(|_| Server::cluster(Kind::Ours)).collect();
    let addresses: Vec<String> = nodes.iter().map(Server::address).collect();
    let mut create = vec!["--cluster", "create", "--cluster-replicas", "1", "--cluster-yes"];
    create.extend(addresses.iter().map(String::as_str));
    let printed = cli(&create);
    assert!(printed.contains("[OK] All 16384 slots covered."), "{printed}");
    for node in &nodes {
        wait("every node says ok", || node.state_is_ok());
    }
    for node in &nodes[3..] {
        let synced = || node.field(&["INFO", "replication"], "master_link_status") == "up";
        wait("the replicas are in step", synced);
    }
    // A replica is listed once gossip has told that it has data.
    let replicas: Vec<String> = nodes[3..].iter().map(Server::id).collect();
    for node in &nodes {
        let listed = || {
            let slots = node.ask(&["CLUSTER", "SLOTS"]);
            replicas.iter().all(|id| slots.contains(id.as_str()))
        };
        wait("every node lists the replicas", listed);
    }
    nodes
}

/// `foo`'s slot, 12182, half moved from node 2 to node 0: `{foo}gone` is there already.
fn open_a_slot(nodes: &[Server]) {
    assert_eq!(nodes[2].ask(&["MSET", "{foo}gone", "moved", "{foo}here", "stayed"]), "OK");
    let (from, to) = (nodes[2].id(), nodes[0].id());
    assert_eq!(nodes[0].ask(&["CLUSTER", "SETSLOT", "12182", "IMPORTING", &from]), "OK");
    assert_eq!(nodes[2].ask(&["CLUSTER", "SETSLOT", "12182", "MIGRATING", &to]), "OK");
    let port = nodes[0].port.to_string();
    let moved = nodes[2].ask(&["MIGRATE", "127.0.0.1", &port, "{foo}gone", "0", "5000"]);
    assert_eq!(moved, "OK");
    let asked = nodes[2].ask(&["GET", "{foo}gone"]);
    assert!(asked.starts_with("ASK 12182 "), "{asked}");
}

fn close_the_slot(nodes: &[Server]) {
    let port = nodes[0].port.to_string();
    assert_eq!(nodes[2].ask(&["MIGRATE", "127.0.0.1", &port, "{foo}here", "0", "5000"]), "OK");
    let to = nodes[0].id();
    for node in [0, 2, 1] {
        assert_eq!(nodes[node].ask(&["CLUSTER", "SETSLOT", "12182", "NODE", &to]), "OK");
    }
}

#[test]
#[ignore = "needs client libraries: cargo xtask test --only clients"]
fn libraries_follow_the_cluster_through_moves_and_a_failover() {
    let mut nodes = six_nodes();
    let mut clients = libraries();
    let port = nodes[0].port;
    for client in &mut clients {
        client.tell(&format!("connect {port}"));
    }
    for client in &mut clients {
        let found = client.answer();
        let wanted = match client.name {
            "redis-rs" => "ok connected",
            "node-redis" => "ok 3 masters 16384 slots",
            _ => "ok 3 masters 3 replicas",
        };
        assert_eq!(found, wanted, "{}", client.name);
    }
    all(&mut clients, "fill 100", "ok 100");
    all(&mut clients, "check 100", "ok 100");
    all(&mut clients, "transaction", "ok 6");
    all(&mut clients, "pubsub", "ok hello");
    all(&mut clients, "shardpubsub", "ok hello");

    open_a_slot(&nodes);
    all(&mut clients, "ask {foo}gone {foo}here", "ok moved stayed");
    close_the_slot(&nodes);
    all(&mut clients, "ask {foo}here {foo}gone", "ok stayed moved");

    // The keys of 400 slots move away under the clients' hands.
    let (from, to) = (nodes[1].id(), nodes[2].id());
    let address = nodes[0].address();
    all_meanwhile(&mut clients, "churn 6000", "ok busy", || {
        let slots = ["--cluster-slots", "400", "--cluster-yes"];
        let ends = ["--cluster-from", &from, "--cluster-to", &to];
        let args = [&["--cluster", "reshard", &address][..], &ends, &slots].concat();
        let printed = cli(&args);
        assert!(printed.contains("Moving slot 5461 from"), "{printed}");
        assert!(!printed.contains("ERR"), "{printed}");
    });
    all(&mut clients, "check 100", "ok 100");

    let killed = nodes[1].id();
    all_meanwhile(&mut clients, "survive 100", "ok 100", || nodes[1].kill());
    all(&mut clients, "check 100", "ok 100");
    assert!(nodes[0].sees(&killed).contains("master,fail"), "{}", nodes[0].sees(&killed));
}

/// The second seed's six nodes, from files like the one that the README shows.
struct SeedPorts {
    folder: PathBuf,
    children: Vec<Child>,
}

impl SeedPorts {
    fn start() -> Self {
        let folder = std::env::temp_dir().join(format!("seed-ports-{}", std::process::id()));
        let readme = std::fs::read_to_string(workspace().join("README.md")).unwrap();
        let start = readme.find("port 7000\n").expect("the README shows a configuration");
        let file = readme[start..].split("```").next().unwrap();
        let mut seed = Self { folder, children: Vec::new() };
        for port in 7000..7006 {
            let own = seed.folder.join(port.to_string());
            std::fs::create_dir_all(&own).unwrap();
            let text = file
                .replace("/srv/redis-cluster", &seed.folder.to_string_lossy())
                .replace("7000", &port.to_string())
                // Children that end with the test.
                .replace("daemonize yes", "daemonize no");
            std::fs::write(own.join("redis.conf"), text).unwrap();
            let mut command = Command::new(env!("CARGO_BIN_EXE_native-node"));
            command.arg(own.join("redis.conf")).stdout(Stdio::null());
            seed.children.push(command.spawn().unwrap());
            let port = port.to_string();
            wait("it answers", || cli(&["-p", &port, "ping"]) == "PONG");
        }
        seed
    }
}

impl Drop for SeedPorts {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[test]
#[ignore = "needs redis-py: cargo xtask test --only clients"]
fn the_python_session_of_the_readme_goes_as_it_is_written() {
    let _nodes = SeedPorts::start();
    let addresses: Vec<String> = (7000..7006).map(|port| format!("127.0.0.1:{port}")).collect();
    let mut create = vec!["--cluster", "create", "--cluster-replicas", "1", "--cluster-yes"];
    create.extend(addresses.iter().map(String::as_str));
    let printed = cli(&create);
    assert!(printed.contains("[OK] All 16384 slots covered."), "{printed}");
    wait("it serves", || cli(&["-p", "7002", "set", "foo", "1"]) == "OK");
    assert_eq!(cli(&["-p", "7000", "get", "foo"]), "MOVED 12182 127.0.0.1:7002");
    let session = "import doctest, sys\n\
                   result = doctest.testfile(sys.argv[1], module_relative=False)\n\
                   print(result)\n\
                   sys.exit(result.failed or result.attempted < 5)";
    let out = Command::new(installed().join("python/bin/python"))
        .args(["-c", session])
        .arg(workspace().join("README.md"))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&out.stdout);
    assert!(out.status.success(), "{text}{}", String::from_utf8_lossy(&out.stderr));
}
