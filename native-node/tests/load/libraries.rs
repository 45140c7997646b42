//! Client libraries of others as writers: programs of `native-node/clients` that write until they
//! are told to stop, and tell what was acknowledged and what failed.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, UNIX_EPOCH};

use super::deeds::Deeds;
use super::stage::Stage;

/// A library at work.
pub struct Library {
    name: &'static str,
    child: Child,
}

/// Tells it to come to an end.
pub struct Stop(ChildStdin);

/// Takes down what it says.
pub struct Listener {
    name: &'static str,
    stdout: BufReader<ChildStdout>,
}

/// redis-py and redis-rs, as `cargo xtask test --only clients` installs them.
pub fn start(port: u16) -> Vec<Library> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap();
    let installed = root.join("target/clients");
    let script = root.join("native-node/clients/python/load.py");
    vec![
        Library::start("py", &installed.join("python/bin/python"), &[script], port),
        Library::start("rs", &installed.join("rust/debug/load"), &[], port),
    ]
}

impl Library {
    fn start(name: &'static str, program: &Path, args: &[PathBuf], port: u16) -> Self {
        let mut command = Command::new(program);
        command.args(args).arg(port.to_string()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let child = command.spawn().unwrap_or_else(|why| {
            panic!("{}: {why}; `cargo xtask test --only clients` installs it", program.display())
        });
        Self { name, child }
    }

    /// Its two ends, once it is connected.
    pub fn split(&mut self) -> (Stop, Listener) {
        let mut stdout = BufReader::new(self.child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n", "{}", self.name);
        (Stop(self.child.stdin.take().unwrap()), Listener { name: self.name, stdout })
    }
}

impl Stop {
    pub fn stop(&mut self) {
        // One that has failed already is told of by its listener.
        let _ = writeln!(self.0, "stop");
    }
}

impl Listener {
    /// Until its end.
    pub fn listen(self, stage: &Stage) -> Deeds {
        let mut deeds = Deeds::default();
        for line in self.stdout.lines() {
            let line = line.unwrap();
            let words: Vec<&str> = line.split(' ').collect();
            match words.as_slice() {
                ["ack", key, number, ms] => {
                    let number: u64 = number.parse().unwrap();
                    let at = UNIX_EPOCH + Duration::from_millis(ms.parse().unwrap());
                    let known = deeds.0.entry((*key).to_owned()).or_default();
                    known.tried = number;
                    known.acked.push((number, at));
                }
                ["err", key, number, kind] => {
                    let known = deeds.0.entry((*key).to_owned()).or_default();
                    known.tried = number.parse().unwrap();
                    stage.note(&format!("{} {kind}", self.name));
                }
                ["bye"] => return deeds,
                _ => panic!("{}: {line}", self.name),
            }
        }
        panic!("{} ended without a word", self.name);
    }
}

impl Drop for Library {
    fn drop(&mut self) {
        // One that has ended already is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
