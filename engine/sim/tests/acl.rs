//! Users in the sandbox: their file is on the simulated disk, and what it cannot hold is not lost.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::net::SocketAddr;

use engine_base::Seed;
use engine_sim::{ClusterSpec, FaultOp, FsOp, HostId, Pid, Signal, World, command};

const HOST: HostId = HostId(0);
const FILE: &str = "/data/6380/users.acl";

fn spec() -> ClusterSpec {
    let options = ["--aclfile", "users.acl"].map(str::to_owned).to_vec();
    ClusterSpec { options, ..ClusterSpec::six(Seed::from_number(4)) }
}

fn says(world: &mut World, at: SocketAddr, line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    String::from_utf8_lossy(&world.call(at, &words)).into_owned()
}

fn write(world: &mut World, text: &str) {
    world.fs(HOST, FsOp::MakeDirs("/data/6380".into())).unwrap();
    world.fs(HOST, FsOp::Write(FILE.into(), text.as_bytes().to_vec())).unwrap();
}

fn file(world: &World) -> String {
    let bytes = world.host(HOST).unwrap().fs.read(FILE).unwrap();
    String::from_utf8_lossy(bytes).into_owned()
}

/// A world with one node, whose file of users holds this.
fn one_node(users: &str) -> (World, SocketAddr, Pid) {
    let spec = spec();
    let mut world = World::new(spec.seed, &spec.hosts);
    write(&mut world, users);
    world.start_plain_node(HOST, 6380, &spec).unwrap();
    let (_, process) = world.servers().next().unwrap();
    let (at, pid) = (process.server().unwrap().addr(), process.pid);
    (world, at, pid)
}

#[test]
fn users_outlive_the_process_that_saved_them() {
    let (mut world, node, pid) = one_node("user bob on nopass +@read ~b*\n");
    assert!(says(&mut world, node, "ACL LIST").contains("user bob on nopass ~b* resetchannels"));
    let rules = "ACL SETUSER alice on >secret ~a* +@all -@dangerous";
    assert_eq!(says(&mut world, node, rules), "+OK\r\n");
    assert_eq!(says(&mut world, node, "ACL SAVE"), "+OK\r\n");
    let list = says(&mut world, node, "ACL LIST");
    assert!(
        file(&world).starts_with("user alice on #2bb80d537b1da3e38bd30361aa855686bde0eacd7162")
    );
    world.kill(HOST, pid, Signal::Kill).unwrap();
    world.run_ms(100);
    world.start_plain_node(HOST, 6380, &spec()).unwrap();
    world.run_ms(100);
    assert_eq!(says(&mut world, node, "ACL LIST"), list);
    // A copy of the world goes its own way.
    let mut copy = world.clone();
    assert_eq!(says(&mut copy, node, "ACL DELUSER alice bob"), ":2\r\n");
    assert_eq!(says(&mut world, node, "ACL LIST"), list);
}

#[test]
fn a_file_is_loaded_again_and_its_users_clients_are_let_go() {
    let (mut world, node, _) = one_node("user bob on nopass +@all ~*\n");
    let bob = world.connect(HOST, Pid(1), node);
    world.run_ms(100);
    world.send(bob, &command(&["AUTH", "bob", "x"]));
    world.run_ms(100);
    assert_eq!(world.recv(bob), b"+OK\r\n");
    write(&mut world, "user bob on +nosuch\n");
    let said = says(&mut world, node, "ACL LOAD");
    assert!(
        said.starts_with("-ERR users.acl:1: Error in applying operation '+nosuch': "),
        "{said}"
    );
    world.send(bob, &command(&["ACL", "WHOAMI"]));
    world.run_ms(100);
    assert_eq!(world.recv(bob), b"$3\r\nbob\r\n");
    write(&mut world, "user carol on nopass +@all ~*\n");
    assert_eq!(says(&mut world, node, "ACL LOAD"), "+OK\r\n");
    world.run_ms(100);
    assert_ne!(world.conn_state(bob), engine_sim::ConnState::Open);
    let users = says(&mut world, node, "ACL USERS");
    assert!(users.contains("carol") && users.contains("default") && !users.contains("bob"));
    world.fs(HOST, FsOp::RemoveFile(FILE.into())).unwrap();
    let said = says(&mut world, node, "ACL LOAD");
    let why = "-ERR Error loading ACLs, opening file 'users.acl': No such file or directory\r\n";
    assert_eq!(said, why);
}

#[test]
fn a_full_disk_keeps_the_old_file() {
    let (mut world, node, _) = one_node("user bob on nopass +@read ~b*\n");
    let before = file(&world);
    says(&mut world, node, "ACL SETUSER alice on >secret ~a* +@all -@dangerous");
    let used = world.host(HOST).unwrap().fs.used();
    world.fault(FaultOp::DiskCapacity(HOST, used));
    let said = says(&mut world, node, "ACL SAVE");
    assert!(said.starts_with("-ERR There was an error trying to save the ACLs."), "{said}");
    assert_eq!(file(&world), before);
    assert_eq!(says(&mut world, node, "PING"), "+PONG\r\n");
}
