//! `redis-cli`: the program of `engine-client` on a simulated host.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::rc::Rc;

use engine_client::{
    Conn, ConnectError, Exit, Help, IoError, Options, Platform, Session, Stop, Tell, args,
};
use engine_node::DialError;
use engine_sim::fs::resolve;
use engine_sim::{ConnId, ConnState, FsOp, Signal};

use super::Context;
use crate::sys::{Sys, until_true};
use crate::tty::{Line, Tty};

pub(crate) async fn run(c: Context) -> i32 {
    let mut script = None;
    let parsed = args::parse_with(&c.args[1..], |option, rest| match rest.split_first() {
        Some((file, tail)) if option == "--eval" => {
            script = Some(file.clone());
            *rest = tail;
            Ok(true)
        }
        _ if option == "--eval" => Err(Stop::unrecognized(option)),
        _ => Ok(false),
    });
    let host = Host { c };
    let options = match engine_client::prepare(&host, parsed).await {
        Ok(options) => options,
        Err(code) => return code,
    };
    match script {
        Some(file) => run_script(&host, options, &file).await,
        None => engine_client::run_prepared(&host, options).await,
    }
}

/// `--eval`: a script from a file of the host.
async fn run_script(host: &Host, options: Options, file: &str) -> i32 {
    let mut session = Session::new(host, options);
    if !session.connect(false, Tell::Errors).await {
        return 1;
    }
    let script = match host.c.sys.read(&host.c.cwd, file) {
        Ok(bytes) => bytes,
        Err(why) => {
            host.c.io.err(format!("Can't open file '{file}': {why}\n"));
            return 1;
        }
    };
    let (Ok(code) | Err(Exit(code))) = engine_client::eval(&mut session, script.to_vec()).await;
    code
}

struct Host {
    c: Context,
}

/// A connection of the world; closed when it is dropped.
struct Link {
    sys: Sys,
    tty: Tty,
    id: ConnId,
}

impl Drop for Link {
    fn drop(&mut self) {
        // A world that is in use drops no programs.
        if let Ok(mut world) = self.sys.world.try_borrow_mut() {
            world.close(self.id);
        }
    }
}

impl Conn for Link {
    async fn write(&mut self, bytes: &[u8]) -> Result<(), IoError> {
        if self.sys.world.borrow_mut().send(self.id, bytes) {
            return Ok(());
        }
        let state = self.sys.world.borrow().conn_state(self.id);
        Err(if state == ConnState::Reset { IoError::Reset } else { IoError::BrokenPipe })
    }

    async fn read(&mut self, into: &mut Vec<u8>) -> Result<usize, IoError> {
        until_true(|| {
            let world = self.sys.world.borrow();
            world.has_input(self.id)
                || world.conn_state(self.id) != ConnState::Open
                || self.tty.0.borrow().interrupted
        })
        .await;
        let bytes = self.sys.world.borrow_mut().recv(self.id);
        if !bytes.is_empty() {
            into.extend_from_slice(&bytes);
            return Ok(bytes.len());
        }
        if std::mem::take(&mut self.tty.0.borrow_mut().interrupted) {
            self.tty.mark_interrupt();
            return Err(IoError::Interrupted);
        }
        let state = self.sys.world.borrow().conn_state(self.id);
        match state {
            ConnState::Closed => Ok(0),
            _ => Err(IoError::Reset),
        }
    }
}

impl Host {
    fn lookup(&self, name: &str) -> Option<IpAddr> {
        if let Ok(ip) = name.parse() {
            return Some(ip);
        }
        if name.eq_ignore_ascii_case("localhost") {
            return Some(Ipv4Addr::LOCALHOST.into());
        }
        let world = self.c.sys.world.borrow();
        world.find_host(name).and_then(|id| world.host(id)).map(|h| h.ip)
    }
}

impl Platform for Host {
    type Conn = Link;

    async fn connect(&self, host: &str, port: u16) -> Result<Link, ConnectError> {
        let ip = self.lookup(host).ok_or(ConnectError::UnknownHost)?;
        let sys = &self.c.sys;
        let to = SocketAddr::new(ip, port);
        let id = sys.world.borrow_mut().connect(sys.host, self.c.pid, to);
        let link = Link { sys: sys.clone(), tty: self.c.io.tty.clone(), id };
        until_true(|| {
            // Nothing catches Ctrl-C while the kernel connects.
            if self.c.io.tty.0.borrow().interrupted {
                self.c.io.tty.mark_interrupt();
                let _ = sys.world.borrow_mut().kill(sys.host, self.c.pid, Signal::Int);
            }
            sys.world.borrow().conn_state(id) != ConnState::Connecting
        })
        .await;
        let state = sys.world.borrow().conn_state(id);
        match state {
            ConnState::Failed(DialError::Refused) => Err(ConnectError::Refused),
            ConnState::Failed(DialError::TimedOut) => Err(ConnectError::TimedOut),
            ConnState::Failed(DialError::Unreachable) => Err(ConnectError::Unreachable),
            _ => Ok(link),
        }
    }

    async fn sleep(&self, ms: u64) {
        self.c.sys.sleep_us(ms.saturating_mul(1000)).await;
    }

    fn unix_ms(&self) -> i64 {
        // Finer than the page's clock: `(0.50s)` and random seeds come from here.
        self.c.sys.unix().0
    }

    fn out(&self, bytes: &[u8]) {
        self.c.io.out(bytes);
    }

    fn err(&self, bytes: &[u8]) {
        self.c.io.err(bytes);
    }

    async fn read_line(&self, prompt: &str, help: Option<&Rc<Help>>) -> Option<String> {
        if !self.c.io.stdin_is_tty() {
            let line = self.c.io.read_line().await?;
            let text = String::from_utf8_lossy(&line).into_owned();
            return Some(text.trim_end_matches(['\n', '\r']).to_owned());
        }
        loop {
            // A question (`Can I set the above configuration?`) is no place to leave.
            if prompt.ends_with("> ") && self.c.io.tty.must_leave(&self.c.sys, prompt, help).await {
                return None;
            }
            match self.c.io.tty.read_line(&self.c.sys, prompt, help).await {
                Line::Text(text) => match crate::paste::for_redis_cli(&text) {
                    Some(text) => return Some(text),
                    // A remark: it is on the screen, and that is all.
                    None => continue,
                },
                Line::End | Line::Interrupted => return None,
            }
        }
    }

    async fn read_stdin(&self) -> Vec<u8> {
        self.c.io.read_all().await
    }

    fn stdin_is_tty(&self) -> bool {
        self.c.io.stdin_is_tty()
    }

    fn stdout_is_tty(&self) -> bool {
        self.c.io.stdout_is_tty()
    }

    fn env(&self, name: &str) -> Option<String> {
        self.c.vars.get(name).cloned()
    }

    fn random(&self) -> u64 {
        // Different for each call and process, and the same in a replay.
        let sys = &self.c.sys;
        let mut digest = engine_sim::Digest::default();
        digest.number(sys.now().as_micros());
        digest.number(u64::from(self.c.pid.0));
        digest.number(sys.activity.get());
        sys.bump();
        digest.value()
    }

    fn read_file(&self, path: &str) -> Option<Vec<u8>> {
        self.c.sys.read(&self.c.cwd, path).ok()
    }

    fn write_file(&self, path: &str, bytes: &[u8]) -> Result<(), String> {
        let op = FsOp::Write(resolve(&self.c.cwd, path), bytes.to_vec());
        self.c.sys.fs(op).map_err(|why| why.to_string())
    }

    fn clear_screen(&self) {
        self.c.io.tty.0.borrow_mut().clear = true;
    }
}
