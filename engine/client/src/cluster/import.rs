//! `--cluster import`: all keys of a server without cluster mode into a cluster
//! (`clusterManagerCommandImport`).

use engine_base::Slot;

use super::load::field;
use super::node::Node;
use super::{Failed, Level, Manager, split_address};
use crate::number::leading_int;
use crate::platform::Platform;
use crate::reply::Reply;

impl<P: Platform> Manager<'_, P> {
    pub(crate) async fn import(&mut self) -> Result<(), Failed> {
        let (host, port) = self.named_node(&self.options.cluster.args)?;
        let Some(from) = self.options.cluster.from.clone() else {
            self.err("[ERR] Option '--cluster-from' is required for subcommand 'import'.\n");
            return Err(Failed);
        };
        let source = split_address(&from).filter(|(host, port, _)| !host.is_empty() && *port != 0);
        let Some((from_host, from_port, _)) = source else {
            self.err(
                "[ERR] Invalid --cluster-from host. You need to pass a valid address (ie. \
                 120.0.0.1:7000).\n",
            );
            return Err(Failed);
        };
        let mut source = Node::new(from_host, from_port, 0);
        let from = source.address();
        self.log(
            Level::Info,
            &format!(">>> Importing data from {from} to cluster {host}:{port}\n"),
        );
        self.load_from(Node::new(host, port, 0)).await?;
        if !self.check(false).await? {
            return Err(Failed);
        }
        self.connect_source(&mut source).await?;
        let info = self.ask_source(&mut source, &["INFO"]).await?;
        if field(&info.to_text().unwrap_or_default(), "cluster_enabled") != 0 {
            self.log(Level::Error, "[ERR] The source node should not be a cluster node.\n");
            return Err(Failed);
        }
        let size = self.ask_source(&mut source, &["DBSIZE"]).await?.as_int().unwrap_or(0);
        self.log(Level::Warning, &format!("*** Importing {size} keys from DB 0\n"));
        let mut cursor = "0".to_owned();
        loop {
            let reply = self.ask_source(&mut source, &["SCAN", &cursor, "COUNT", "1000"]).await?;
            let Some([next, Reply::Array(keys)]) = reply.as_slice() else { return Err(Failed) };
            for key in keys.iter().filter_map(Reply::as_bytes) {
                self.import_key(&mut source, key).await?;
            }
            cursor = next.to_text().unwrap_or_default();
            if leading_int(&cursor) == 0 {
                return Ok(());
            }
        }
    }

    async fn connect_source(&self, source: &mut Node<P::Conn>) -> Result<(), Failed> {
        match self.platform.connect(&source.host, source.port).await {
            Ok(conn) => source.link = Some(crate::link::Link::new(conn)),
            Err(error) => {
                let address = source.address();
                self.err(&format!("Could not connect to Redis at {address}: {error}.\n"));
                return Err(Failed);
            }
        }
        let Some(password) = self.options.cluster.from_pass.clone() else { return Ok(()) };
        let mut args = vec!["AUTH".to_owned()];
        args.extend(self.options.cluster.from_user.clone());
        args.push(password);
        match source.call(&args).await {
            Some(Reply::Error(text)) => {
                self.err(&format!("AUTH failed: {}\n", String::from_utf8_lossy(&text)));
                Err(Failed)
            }
            Some(_) => Ok(()),
            None => Err(Failed),
        }
    }

    async fn ask_source<A: AsRef<[u8]>>(
        &self,
        source: &mut Node<P::Conn>,
        args: &[A],
    ) -> Result<Reply, Failed> {
        match source.call(args).await {
            Some(Reply::Error(text)) => {
                let address = source.address();
                let text = String::from_utf8_lossy(&text);
                let said = format!("Source {address} replied with error:\n{text}\n");
                self.log(Level::Error, &said);
                Err(Failed)
            }
            Some(reply) => Ok(reply),
            None => Err(Failed),
        }
    }

    async fn import_key(&self, source: &mut Node<P::Conn>, key: &[u8]) -> Result<(), Failed> {
        let slot = Slot::of_key(key);
        let Some(target) = self.nodes.iter().find(|n| !n.is_replica() && n.slots.contains(slot))
        else {
            return Err(Failed);
        };
        let name = String::from_utf8_lossy(key).into_owned();
        self.out(&format!("Migrating {name} to {}: ", target.address()));
        let timeout = self.options.cluster.timeout.unwrap_or(60_000).to_string();
        let mut args: Vec<Vec<u8>> = vec![
            b"MIGRATE".to_vec(),
            target.host.clone().into_bytes(),
            target.port.to_string().into_bytes(),
            key.to_vec(),
            b"0".to_vec(),
            timeout.into_bytes(),
        ];
        if let Some(password) = &self.options.auth {
            match &self.options.user {
                Some(user) => args.extend([b"AUTH2".to_vec(), user.clone().into_bytes()]),
                None => args.push(b"AUTH".to_vec()),
            }
            args.push(password.clone().into_bytes());
        }
        if self.options.cluster.copy {
            args.push(b"COPY".to_vec());
        }
        if self.options.cluster.replace {
            args.push(b"REPLACE".to_vec());
        }
        self.ask_source(source, &args).await?;
        self.log(Level::Ok, "OK\n");
        Ok(())
    }
}
