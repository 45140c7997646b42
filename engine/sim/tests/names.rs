//! A host of the world is found by its name, as `/etc/hosts` would say it.

mod common;

use std::net::SocketAddr;

use common::says;
use engine_base::Seed;
use engine_node::Config;
use engine_sim::{HostId, HostSpec, Pid, ServerSpec, Spawn, World};

fn start(world: &mut World, host: usize) -> SocketAddr {
    let ip = world.host(HostId(host)).expect("a host").ip;
    let text = format!("bind {ip}\nport 6380\nprotected-mode no\nrepl-diskless-sync-delay 0\n");
    let spec = ServerSpec {
        spawn: Spawn { ppid: Pid(1), user: "root".into(), tty: None, title: "redis-server".into() },
        adopt: None,
        cwd: "/tmp".into(),
        config: Config::parse(&text, &[] as &[&str]).expect("directives"),
        config_file: None,
    };
    world.start_server(HostId(host), spec).expect("a process");
    SocketAddr::new(ip, 6380)
}

#[test]
fn a_replica_follows_a_host_by_its_name_and_hears_of_a_name_that_is_none() {
    let mut world = World::new(Seed::from_number(1), &HostSpec::seed_hosts());
    let (master, replica) = (start(&mut world, 0), start(&mut world, 1));
    let name = world.host(HostId(0)).unwrap().name.clone();
    says(&mut world, master, "SET k v");
    assert_eq!(says(&mut world, replica, "REPLICAOF nowhere 6380"), "+OK\r\n");
    world.run_ms(3000);
    let info = says(&mut world, replica, "INFO replication");
    assert!(info.contains("master_host:nowhere") && info.contains("link_status:down"), "{info}");
    assert_eq!(says(&mut world, replica, &format!("REPLICAOF {name} 6380")), "+OK\r\n");
    world.run_ms(3000);
    assert_eq!(says(&mut world, replica, "GET k"), "$1\r\nv\r\n");
    let info = says(&mut world, replica, "INFO replication");
    assert!(info.contains(&format!("master_host:{name}")), "{info}");
    let listed = says(&mut world, replica, "CLIENT LIST TYPE master");
    assert!(listed.contains(&format!("addr={master}")), "{listed}");
}
