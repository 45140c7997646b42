//! The server that the suite is pointed at in the external modes.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::target;

/// A running server with an empty folder of its own; it ends with this value.
pub(super) struct Server {
    child: Child,
}

/// The bus is on the last but few of the 200 ports, behind those of the suite's own servers.
const BUS_OFFSET: u16 = 195;

const PATIENCE: Duration = Duration::from_secs(15);

impl Server {
    /// Starts it and waits until it serves; in cluster mode with all slots.
    pub(super) fn start(binary: &Path, port: u16, cluster: bool) -> Result<Self> {
        let folder = target().join(format!("peer-tests-server-{port}"));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder)?;
        let log = std::fs::File::create(folder.join("log"))?;
        let child = Command::new(binary)
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""])
            .args(["--enable-debug-command", "yes", "--enable-protected-configs", "yes"])
            .args(["--enable-module-command", "yes"])
            .args(["--cluster-enabled", if cluster { "yes" } else { "no" }])
            // By default it would be 10000 higher, where the system draws the ports of outgoing
            // connections: it was taken now and then.
            .args(["--cluster-port", &(port + BUS_OFFSET).to_string()])
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(log)
            .spawn()
            .with_context(|| format!("cannot start {}", binary.display()))?;
        let server = Self { child };
        wait_for(port, "PING\r\n", "+PONG")?;
        if cluster {
            wait_for(port, "CLUSTER ADDSLOTSRANGE 0 16383\r\n", "+OK")?;
            wait_for(port, "CLUSTER INFO\r\n", "cluster_state:ok")?;
        }
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends an inline command until the answer holds `wanted`.
fn wait_for(port: u16, command: &str, wanted: &str) -> Result<()> {
    let end = Instant::now() + PATIENCE;
    let mut answer = String::new();
    while Instant::now() < end {
        answer = ask(port, command).unwrap_or_default();
        if answer.contains(wanted) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    bail!("the server on port {port} answers {answer:?} to {}", command.trim())
}

fn ask(port: u16, command: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    stream.write_all(command.as_bytes())?;
    let mut buffer = vec![0; 4096];
    let n = stream.read(&mut buffer)?;
    Ok(String::from_utf8_lossy(&buffer[..n]).into_owned())
}
