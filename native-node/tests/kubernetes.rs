//! The script of `deploy/kubernetes` that joins the pods, run on six nodes with an address each:
//! first on strangers, then after all of them have come back with other addresses at once.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use common::{cli, redis_is_here, wait};

/// Six pods, whose addresses are `127.0.NET.1` to `127.0.NET.6`.
struct Pods {
    folder: PathBuf,
    net: u8,
    children: Vec<Child>,
}

/// A file of the config map.
fn config_file(name: &str) -> String {
    let manifest =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/kubernetes/configmap.yaml");
    let text = std::fs::read_to_string(manifest).unwrap();
    let lines = text.lines().skip_while(|line| line.trim() != format!("{name}: |")).skip(1);
    let inside = lines.take_while(|line| line.starts_with("    ") || line.is_empty());
    inside.map(|line| format!("{}\n", line.get(4..).unwrap_or_default())).collect()
}

impl Pods {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("pods-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(folder.join("bin")).unwrap();
        std::fs::write(folder.join("join.sh"), config_file("join.sh")).unwrap();
        Self { folder, net: 0, children: Vec::new() }
    }

    fn address(&self, pod: usize) -> String {
        format!("127.0.{}.{}", self.net, pod + 1)
    }

    /// All pods come up at once, at addresses of this net, each with the volume that it had.
    fn start(&mut self, net: u8) {
        self.net = net;
        for pod in 0..6 {
            let data = self.folder.join(format!("data-{pod}"));
            std::fs::create_dir_all(&data).unwrap();
            let text = config_file("redis.conf").replace("/data", &data.to_string_lossy());
            let file = self.folder.join(format!("redis-{pod}.conf"));
            std::fs::write(&file, text).unwrap();
            let address = self.address(pod);
            let mut command = Command::new(env!("CARGO_BIN_EXE_native-node"));
            command.arg(file).args(["--cluster-announce-ip", &address]);
            // A pod has an address of its own anyway.
            command.args(["--bind", &address, "--bind-source-addr", &address]);
            self.children.push(command.stdout(Stdio::null()).spawn().unwrap());
        }
        // What a cluster's name service answers, and a cli that asks it.
        let names = format!(
            "#!/bin/sh\ni=${{2#slotlab-}}\necho \"127.0.{net}.$((${{i%.slotlab}} + 1)) $2\"\n"
        );
        let cli = format!(
            "#!/bin/sh\nfor word; do shift; case $word in slotlab-*) \
             word=$(getent hosts \"$word\" | cut -d' ' -f1);; esac; set -- \"$@\" \"$word\"; done\n\
             exec {} \"$@\"\n",
            env!("CARGO_BIN_EXE_native-node")
        );
        for (name, text) in [("getent", names), ("native-node", cli)] {
            let path = self.folder.join("bin").join(name);
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
    }

    fn kill_all(&mut self) {
        for mut child in self.children.drain(..) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// The Job.
    fn join(&self) {
        let path = format!("{}:/usr/bin:/bin", self.folder.join("bin").display());
        let out = Command::new("timeout")
            .args(["60", "sh"])
            .arg(self.folder.join("join.sh"))
            .env("PATH", path)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned();
        assert!(out.status.success(), "{said}");
    }

    fn ask(&self, pod: usize, command: &[&str]) -> String {
        let address = self.address(pod);
        cli(&[&["-c", "-h", &address, "-p", "6379"], command].concat())
    }

    fn all_are_well(&self) {
        for pod in 0..6 {
            wait("the pod says ok", || {
                self.ask(pod, &["CLUSTER", "INFO"]).contains("cluster_state:ok")
            });
            let net = format!(" 127.0.{}.", self.net);
            wait("everybody is where he is now", || {
                let nodes = self.ask(pod, &["CLUSTER", "NODES"]);
                nodes.lines().count() == 6 && nodes.matches(&net).count() == 6
            });
        }
    }
}

impl Drop for Pods {
    fn drop(&mut self) {
        self.kill_all();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn pods_are_joined_and_find_each_other_again_when_all_addresses_have_changed() {
    if !redis_is_here() {
        return;
    }
    let mut pods = Pods::new();
    pods.start(41);
    pods.join();
    pods.all_are_well();
    for i in 0..20 {
        assert_eq!(pods.ask(0, &["SET", &format!("key:{i}"), "kept"]), "OK");
    }
    let id = pods.ask(0, &["CLUSTER", "MYID"]);
    pods.kill_all();

    pods.start(42);
    wait("it answers", || pods.ask(0, &["PING"]) == "PONG");
    assert_eq!(pods.ask(0, &["CLUSTER", "MYID"]), id, "nodes.conf is the identity");
    pods.join();
    pods.all_are_well();
    for i in 0..20 {
        assert_eq!(pods.ask(3, &["GET", &format!("key:{i}")]), "kept");
    }
    // Once more changes nothing.
    pods.join();
    pods.all_are_well();
}
