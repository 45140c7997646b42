//! CONFIG REWRITE: what somebody wrote into the file meanwhile stays, and who asked hears when the
//! file cannot be written; as with the real server.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::path::Path;
use std::process::{Child, Command, Stdio};

use common::{Kind, cli, free_port, redis_is_here, wait};

fn begin(kind: Kind, dir: &Path, port: u16) -> Child {
    let program = match kind {
        Kind::Ours => env!("CARGO_BIN_EXE_native-node"),
        Kind::Real => "redis-server",
    };
    let child = Command::new(program)
        .arg("redis.conf")
        .current_dir(dir)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    wait("it answers", || cli(&["-p", &port.to_string(), "PING"]) == "PONG");
    child
}

#[test]
fn the_file_is_read_again_and_a_failure_is_told() {
    if !redis_is_here() {
        return;
    }
    let [ours, real] = [Kind::Ours, Kind::Real].map(|kind| {
        let port = free_port();
        let name = format!("native-node-rewrite-{}-{port}", std::process::id());
        let dir = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&dir).unwrap();
        let file = dir.join("redis.conf");
        std::fs::write(
            &file,
            format!("port {port}\nbind 127.0.0.1\n# first\nsave \"\"\nrename-command DEBUG DBG\n"),
        )
        .unwrap();
        let mut child = begin(kind, &dir, port);
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, text.replace("# first", "# second\nmaxclients 77")).unwrap();
        let ask = |command: &[&str]| cli(&[&["-p", &port.to_string()], command].concat());
        let mut said = vec![
            // Refused by the name of the option that allows it, not by the new one.
            ask(&["DBG", "SLEEP", "0"]),
            ask(&["CONFIG", "SET", "maxclients", "55"]),
            ask(&["CONFIG", "REWRITE"]),
            std::fs::read_to_string(&file).unwrap().lines().take(6).collect::<Vec<_>>().join("|"),
        ];
        std::fs::remove_dir_all(&dir).unwrap();
        said.push(ask(&["CONFIG", "REWRITE"]));
        said.push(ask(&["PING"]));
        child.kill().unwrap();
        child.wait().unwrap();
        let (port, dir) = (port.to_string(), dir.to_string_lossy().into_owned());
        said.iter().map(|s| s.replace(&port, "PORT").replace(&dir, "DIR")).collect::<Vec<_>>()
    });
    assert_eq!(ours, real);
    assert_eq!(ours[4], "ERR Rewriting config file: No such file or directory");
}
