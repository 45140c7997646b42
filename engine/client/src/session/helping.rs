//! `help` on the terminal, from the server's own words (`cliInitHelp`, `cliOutputHelp`).

use std::rc::Rc;

use super::{Session, Tell};
use crate::help::Help;
use crate::platform::Platform;

impl<P: Platform> Session<'_, P> {
    pub(super) async fn print_help(&mut self, topic: &[Vec<u8>]) {
        if !topic.is_empty() {
            self.load_help().await;
        }
        let words: Vec<String> =
            topic.iter().map(|w| String::from_utf8_lossy(w).into_owned()).collect();
        let text = match &self.help {
            Some(help) => help.text(&words),
            None => Help::default().text(&words),
        };
        self.out(&text);
    }

    /// Asks the server for the documentation of its commands, once (`cliInitHelp`).
    pub(crate) async fn load_help(&mut self) {
        if self.help.is_some() {
            return;
        }
        if !self.connect(false, Tell::Nothing).await {
            self.help = self.platform.own_help().map(Rc::new);
            return;
        }
        let Some(link) = self.link.as_mut() else { return };
        let docs = link.call(&["COMMAND", "DOCS"]).await;
        if let Ok(reply) = &docs
            && let Some(help) = Help::from_docs(reply)
        {
            self.help = Some(Rc::new(help));
            return;
        }
        self.help = self.platform.own_help().map(Rc::new);
        // An older server has no DOCS: redis-cli asks for `COMMAND` then, and a connection that
        // fails here is opened anew for the next command (`cliLegacyIntegrateHelp`).
        if docs.is_err() || link.call(&["COMMAND"]).await.is_err() {
            self.reissue = true;
        }
    }
}
