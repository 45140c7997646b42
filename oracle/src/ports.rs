//! Free ports for servers under test.

use std::fs::File;
use std::net::TcpListener;
use std::sync::Mutex;

/// A port that is free, and whose bus port is free too. Both lie below the range from which the
/// system draws the ports of outgoing connections, so that a server which was killed finds its
/// ports free when it starts again. A lock on a file keeps other tests away, which run as processes
/// of their own; it goes with this one.
///
/// # Panics
/// No port is free.
#[must_use]
pub fn free() -> u16 {
    static TAKEN: Mutex<Vec<File>> = Mutex::new(Vec::new());
    for port in 10_100..11_300 {
        let path = std::env::temp_dir().join(format!("native-node-port-{port}.lock"));
        let Ok(file) = File::options().append(true).create(true).open(path) else { continue };
        let free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
        if file.try_lock().is_ok() && free(port) && free(port + 10_000) {
            TAKEN.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(file);
            return port;
        }
    }
    panic!("no port is free");
}
