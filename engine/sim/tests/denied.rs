//! A stranger at a protected node is told why before the link closes.

use engine_base::Seed;
use engine_node::Config;
use engine_sim::{ConnState, HostId, HostSpec, Pid, ServerSpec, Spawn, World};

#[test]
fn what_was_sent_before_a_close_is_read_even_when_the_reset_comes_later() {
    let mut world = World::new(Seed::from_number(1), &HostSpec::seed_hosts());
    let spec = ServerSpec {
        spawn: Spawn { ppid: Pid(1), user: "root".into(), tty: None, title: "redis-server".into() },
        adopt: None,
        cwd: "/tmp".into(),
        config: Config::parse("bind 192.168.40.5\nport 6380\n", &[] as &[&str]).unwrap(),
        config_file: None,
    };
    world.start_server(HostId(0), spec).unwrap();
    for _ in 0..2 {
        let conn = world.connect(HostId(0), Pid(1), "192.168.40.5:6380".parse().unwrap());
        while world.conn_state(conn) == ConnState::Connecting {
            world.step();
        }
        assert!(world.send(conn, b"PING\r\n"));
        while !world.has_input(conn) && world.conn_state(conn) == ConnState::Open {
            world.step();
        }
        let text = world.recv(conn);
        assert!(
            text.starts_with(b"-DENIED"),
            "{:?} {:?}",
            world.conn_state(conn),
            String::from_utf8_lossy(&text)
        );
        world.run_ms(5);
        assert_eq!(world.conn_state(conn), ConnState::Reset);
        world.close(conn);
    }
}
