//! Commands that outlive their connection: who measures a server for hours wants to see it come back
//! (`reconnectingRedisCommand` in redis-cli.c).

use engine_client::{Exit, Link, LinkError, Options, Platform as _, Reply, Session};

use super::Terminal;
use super::socket::Socket;

/// To the beginning of the line, which is emptied.
const CLEAR_LINE: &str = "\r\x1b[0K";

/// A connection that is opened anew when it is lost.
pub(super) struct Reconnecting<'a> {
    platform: &'a Terminal,
    host: String,
    port: u16,
    link: Option<Link<Socket>>,
}

impl<'a> Reconnecting<'a> {
    /// Takes the connection of a session. A new one goes to the host and port of the command line,
    /// and is not authenticated: redis-cli does not do it either.
    pub(super) fn new(platform: &'a Terminal, session: &mut Session<'_, Terminal>) -> Self {
        let Options { host, port, .. } = &session.options;
        Self { platform, host: host.clone(), port: *port, link: session.take_link() }
    }

    /// The reply to a command, however long that takes.
    pub(super) async fn call(&mut self, command: &str) -> Result<Reply, Exit> {
        let mut tries = 0_u64;
        loop {
            let Some(link) = self.link.as_mut() else {
                tries += 1;
                self.platform.print(&format!("{CLEAR_LINE}Reconnecting... {tries}\r"));
                self.link = self.platform.connect(&self.host, self.port).await.ok().map(Link::new);
                self.platform.sleep(1000).await;
                continue;
            };
            let reply = link.call(&[command]).await;
            if let Err(LinkError::Protocol(error)) = &reply {
                self.platform.complain(&format!("Error: {error}\n"));
                return Err(Exit(1));
            }
            if tries > 0 {
                self.platform.print(CLEAR_LINE);
            }
            match reply {
                Ok(reply) => return Ok(reply),
                Err(_) => self.link = None,
            }
        }
    }
}
