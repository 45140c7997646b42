//! Worlds for tests.

use crate::world::model::{Health, HostView, NodeView, Role, WorldView};

/// A node of a host of the first seed.
pub(crate) fn node(host: usize, port: u16, role: Option<Role>) -> NodeView {
    let ip = ["192.168.40.5", "192.168.40.1", "192.168.40.2"][host];
    NodeView {
        host,
        ip: ip.to_owned(),
        port,
        name: format!("db0{}:{port}", host + 1),
        id: Some("a5a381d1196111a5a381d1196111a5a381d11961".to_owned()),
        pid: Some(3000),
        frozen: false,
        config_file: Some(format!("/opt/{port}.conf")),
        role,
        master: None,
        ranges: Vec::new(),
        epoch: 1,
        current_epoch: 6,
        state_ok: Some(true),
        keys: 3,
        offset: 1204,
        health: Health::Ok,
        doubters: 0,
        failers: 0,
        jury: 3,
        shard: None,
        silence: 0.2,
        timeout_ms: 15_000,
        election: None,
    }
}

/// So many hosts with so many masters each, dealt over the hosts one by one.
pub(crate) fn crowd(hosts: usize, each: usize) -> WorldView {
    let host = |ix: usize| HostView {
        name: format!("db{:02}", ix + 1),
        ip: format!("192.168.40.{}", 10 + ix),
        ways: Vec::new(),
    };
    let nodes = (0..hosts * each).map(|ix| {
        let (host, port) = (ix % hosts, 7000 + (ix / hosts) as u16);
        let name = format!("db{:02}:{port}", host + 1);
        NodeView { host, name, ..node(0, port, Some(Role::Master)) }
    });
    WorldView {
        hosts: (0..hosts).map(host).collect(),
        nodes: nodes.collect(),
        ..WorldView::default()
    }
}
