//! The namespaces of the hosts, and the switch between them.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

/// Three hosts and their switch; all their processes end when it is dropped.
pub struct Hosts {
    holders: Vec<Child>,
    /// The first process of each host.
    inits: Vec<u32>,
    /// A process at the switch.
    switch: u32,
}

/// Why real hosts cannot be made here; `None` when they can.
#[must_use]
pub fn why_not() -> Option<String> {
    let said = |program: &str, args: &[&str]| {
        let out = Command::new(program).args(args).stderr(Stdio::null()).output();
        out.map(|o| String::from_utf8_lossy(&o.stdout).into_owned()).unwrap_or_default()
    };
    if said("id", &["-u"]).trim() != "0" {
        return Some("it needs root for network namespaces".into());
    }
    if !said("redis-server", &["--version"]).contains("v=7.0.15") {
        return Some("redis-server 7.0.15 is not installed".into());
    }
    for program in ["ip", "unshare", "nsenter", "script", "redis-cli"] {
        if !said("which", &[program]).contains('/') {
            return Some(format!("{program} is not installed"));
        }
    }
    None
}

/// The root of a host: a memory file tree of its own with the programs of this machine.
const ROOT: &str = r#"
set -e
hostname "$1"
root=/tmp
# Opened before its folder may be hidden by the new root.
[ -z "$2" ] || exec 3< "$2"
mount -t tmpfs none "$root"
cd "$root"
mkdir usr etc dev proc root opt tmp home var run
mkdir -p var/run var/log srv
[ -z "$2" ] || { cat <&3 > srv/redis-server; chmod 755 srv/redis-server; exec 3<&-; }
for d in usr etc dev; do mount --rbind "/$d" "$d"; done
mount -t proc none proc
for l in bin sbin lib lib64; do [ -e "/$l" ] && ln -s "usr/$l" "$l"; done
ip link set lo up
exec chroot "$root" bash -c "while true; do sleep 1000 & wait; done"
"#;

impl Hosts {
    /// Makes hosts with these names and addresses; `redis-server` is that program, if one is named.
    ///
    /// # Errors
    /// A namespace that cannot be made: see [`why_not`].
    pub fn start(addresses: &[(&str, &str)], server: Option<&Path>) -> Result<Self> {
        let mut hosts = Self { holders: Vec::new(), inits: Vec::new(), switch: 0 };
        let switch = hosts.hold(Command::new("unshare").args(["--net", "sleep", "infinity"]))?;
        hosts.switch = switch;
        hosts.until(|| in_own_network(switch))?;
        on(switch, &["ip", "link", "add", "br0", "type", "bridge"])?;
        on(switch, &["ip", "link", "set", "br0", "up"])?;
        for (i, (name, address)) in addresses.iter().enumerate() {
            let mut command = Command::new("unshare");
            command.args(["--net", "--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child"]);
            command.args(["bash", "-c", ROOT, "host", name]);
            command.arg(server.unwrap_or(Path::new("")));
            let holder = hosts.hold(&mut command)?;
            let mut init = None;
            hosts.until(|| {
                init = child_of(holder).filter(|&pid| is_up(pid));
                init.is_some()
            })?;
            let init = init.context("the host did not start")?;
            let (port, peer) = (format!("port{i}"), init.to_string());
            let cable = ["type", "veth", "peer", "name", "eth0", "netns", &peer];
            on(switch, &[&["ip", "link", "add", &port], cable.as_slice()].concat())?;
            on(switch, &["ip", "link", "set", &port, "master", "br0", "up"])?;
            on(init, &["ip", "addr", "add", &format!("{address}/24"), "dev", "eth0"])?;
            on(init, &["ip", "link", "set", "eth0", "up"])?;
            hosts.inits.push(init);
        }
        Ok(hosts)
    }

    fn hold(&mut self, command: &mut Command) -> Result<u32> {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
        let pid = child.id();
        self.holders.push(child);
        Ok(pid)
    }

    fn until(&mut self, mut holds: impl FnMut() -> bool) -> Result<()> {
        let end = Instant::now() + Duration::from_secs(10);
        while !holds() {
            ensure!(Instant::now() < end, "a namespace did not come up");
            for holder in &mut self.holders {
                if let Some(status) = holder.try_wait()? {
                    bail!("a namespace ended at once: {status}");
                }
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// The words that run a program on a host, under its own root.
    fn enter(&self, host: usize) -> String {
        let environment = "TERM=dumb HOME=/root USER=root LANG=C.UTF-8 PATH=/srv:/usr/local/bin:\
                           /usr/bin:/bin:/usr/sbin:/sbin";
        format!(
            "nsenter -t {} -n -m -p -u -i -r env -i {environment}",
            self.inits.get(host).copied().unwrap_or_default()
        )
    }

    /// A login at a host, as `script -c` takes it.
    pub(super) fn shell(&self, host: usize) -> String {
        format!(
            "{} bash -c 'export PS1=\"[\\u@\\h \\W]# \"; exec -a -bash bash --noediting --norc \
             --noprofile'",
            self.enter(host).replace("env -i", "env -i -C /root")
        )
    }

    /// What a shell of that host prints for a command line, its errors too.
    ///
    /// # Errors
    /// No shell.
    pub fn output(&self, host: usize, command: &str) -> Result<String> {
        super::terminal::output(&self.command(host, command))
    }

    /// Pulls a host's cable out of the switch, or plugs it in again.
    ///
    /// # Errors
    /// The host is gone.
    pub fn plug(&self, host: usize, connected: bool) -> Result<()> {
        let state = if connected { "up" } else { "down" };
        on(self.switch, &["ip", "link", "set", &format!("port{host}"), state])
    }

    /// One command line, run by a shell of that host.
    pub(super) fn command(&self, host: usize, command: &str) -> String {
        let quoted = command.replace('\'', r"'\''");
        format!("{} bash -c '{quoted}'", self.enter(host).replace("env -i", "env -i -C /root"))
    }
}

impl Drop for Hosts {
    fn drop(&mut self) {
        for holder in &mut self.holders {
            // One that has ended already is what is wanted.
            let _ = holder.kill();
            let _ = holder.wait();
        }
    }
}

fn on(pid: u32, command: &[&str]) -> Result<()> {
    let status =
        Command::new("nsenter").args(["-t", &pid.to_string(), "-n"]).args(command).status()?;
    ensure!(status.success(), "{command:?} failed");
    Ok(())
}

fn in_own_network(pid: u32) -> bool {
    let network = |pid: &str| std::fs::read_link(format!("/proc/{pid}/ns/net")).ok();
    network(&pid.to_string()).is_some_and(|n| Some(n) != network("self"))
}

fn child_of(pid: u32) -> Option<u32> {
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).ok()?;
    children.split_whitespace().next()?.parse().ok()
}

/// Whether the first process of a host has come to its last words: a shell that only waits, so
/// that nobody stays behind as a zombie.
fn is_up(pid: u32) -> bool {
    let words = std::fs::read_to_string(format!("/proc/{pid}/cmdline"));
    words.is_ok_and(|words| words.starts_with("bash\0-c\0while true"))
}
