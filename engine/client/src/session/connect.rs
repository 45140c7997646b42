//! Getting a connection that has passed AUTH, SELECT and HELLO (`cliConnect` in redis-cli.c).

use super::{Session, Tell};
use crate::args::Resp3;
use crate::link::Link;
use crate::platform::Platform;
use crate::reply::Reply;

impl<P: Platform> Session<'_, P> {
    /// The interactive `connect HOST PORT`.
    pub(crate) async fn connect_to(&mut self, host: String, port: u16) {
        (self.host, self.port) = (host, port);
        self.connect(true, Tell::Errors).await;
    }

    /// Connects if there is no connection, or anew when `force`; whether there is one that has
    /// passed AUTH, SELECT and HELLO.
    pub async fn connect(&mut self, force: bool, tell: Tell) -> bool {
        if self.link.is_some() && !force {
            return true;
        }
        if self.link.take().is_some() {
            self.db = 0;
            self.in_multi = false;
        }
        // A redirect leads away from the socket.
        let redirected = self.options.cluster_mode && self.reissue;
        let socket = self.options.socket.clone().filter(|_| !redirected);
        let connected = match &socket {
            Some(path) => self.platform.connect_unix(path).await,
            None => self.platform.connect(&self.host, self.port).await,
        };
        match connected {
            Ok(conn) => self.link = Some(Link::new(conn)),
            Err(error) => {
                if tell == Tell::Errors {
                    let at = socket.unwrap_or_else(|| format!("{}:{}", self.host, self.port));
                    self.err(&format!("Could not connect to Redis at {at}: {error}\n"));
                }
                return false;
            }
        }
        self.auth().await && self.select().await && self.switch_protocol().await
    }

    async fn auth(&mut self) -> bool {
        let Some(password) = self.options.auth.clone() else { return true };
        let mut args = vec!["AUTH".to_owned()];
        args.extend(self.options.user.clone());
        args.push(password);
        match self.call(&args).await {
            Ok(Reply::Error(text)) => {
                self.err(&format!("AUTH failed: {}\n", String::from_utf8_lossy(&text)));
                false
            }
            other => other.is_ok(),
        }
    }

    pub(super) async fn select(&mut self) -> bool {
        if self.wanted_db == self.db {
            return true;
        }
        let db = self.wanted_db;
        match self.call(&["SELECT".to_owned(), db.to_string()]).await {
            Ok(Reply::Error(text)) => {
                self.err(&format!("SELECT {db} failed: {}\n", String::from_utf8_lossy(&text)));
                false
            }
            Ok(_) => {
                self.db = db;
                true
            }
            Err(()) => false,
        }
    }

    async fn switch_protocol(&mut self) -> bool {
        if self.options.resp3 == Resp3::No || self.options.resp2 {
            return true;
        }
        match self.call(&["HELLO", "3"]).await {
            Ok(Reply::Error(text)) => {
                self.err(&format!("HELLO 3 failed: {}\n", String::from_utf8_lossy(&text)));
                self.options.resp3 == Resp3::Wish
            }
            other => other.is_ok(),
        }
    }
}
