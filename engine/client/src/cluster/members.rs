//! `--cluster add-node`, `del-node` and `set-timeout`.

use super::node::Node;
use super::{Failed, Level, Manager};
use crate::number::leading_int;
use crate::platform::Platform;
use crate::reply::Reply;

impl<P: Platform> Manager<'_, P> {
    /// `clusterManagerCommandAddNode`.
    pub(crate) async fn add_node(&mut self) -> Result<(), Failed> {
        let args = self.options.cluster.args.clone();
        let (new, existing) = args.split_at(1);
        let (ref_host, ref_port) = self.named_node(existing)?;
        let (host, port) = self.named_node(new)?;
        self.log(
            Level::Info,
            &format!(">>> Adding node {host}:{port} to cluster {ref_host}:{ref_port}\n"),
        );
        self.load_from(Node::new(ref_host, ref_port, 0)).await?;
        if !self.check(false).await? {
            return Err(Failed);
        }
        let master = self.chosen_master()?;
        let mut node = Node::new(host, port, 0);
        if self.connect(&mut node).await.is_err() {
            let text = format!("[ERR] Sorry, can't connect to node {}\n", node.address());
            self.log(Level::Error, &text);
            return Err(Failed);
        }
        self.demand_cluster_mode(&mut node).await?;
        if self.load(&mut node).await?.is_none() {
            return Err(Failed);
        }
        self.demand_empty(&mut node).await?;
        self.nodes.push(node);
        let at = self.nodes.len() - 1;
        if master.is_none() {
            self.hand_over_functions(at).await?;
        }
        let address = self.nodes[at].address();
        self.log(
            Level::Info,
            &format!(">>> Send CLUSTER MEET to node {address} to make it join the cluster.\n"),
        );
        let command = self.meet_command().await?;
        self.expect_at(at, &command).await?;
        if let Some(master) = master {
            self.platform.sleep(1000).await;
            self.wait_for_join().await;
            let (name, address) = (self.nodes[master].name.clone(), self.nodes[master].address());
            self.log(Level::Info, &format!(">>> Configure node as replica of {address}.\n"));
            self.expect_at(at, &["CLUSTER", "REPLICATE", &name]).await?;
        }
        self.log(Level::Ok, "[OK] New node added correctly.\n");
        Ok(())
    }

    /// Whom the new node shall replicate, if it shall.
    fn chosen_master(&self) -> Result<Option<usize>, Failed> {
        if !self.options.cluster.slave {
            return Ok(None);
        }
        if let Some(id) = &self.options.cluster.master_id {
            let found = self.by_name(id);
            if found.is_none() {
                self.log(Level::Error, &format!("[ERR] No such master ID {id}\n"));
            }
            return found.map(Some).ok_or(Failed);
        }
        let master = self.least_replicated().ok_or(Failed)?;
        let address = self.nodes[master].address();
        self.out(&format!("Automatically selected master {address}\n"));
        Ok(Some(master))
    }

    /// The first master with the fewest replicas.
    fn least_replicated(&self) -> Option<usize> {
        let masters = self.nodes.iter().enumerate().filter(|(_, n)| !n.is_replica());
        masters.min_by_key(|(_, n)| n.replicas).map(|(i, _)| i)
    }

    /// A master needs the functions that all others have; a replica gets them from its master.
    async fn hand_over_functions(&mut self, at: usize) -> Result<(), Failed> {
        self.log(Level::Info, ">>> Getting functions from cluster\n");
        let dump = match self.nodes[0].call(&["FUNCTION", "DUMP"]).await {
            Some(Reply::Bulk(dump)) => dump,
            other => {
                let error = other.and_then(|r| r.as_error()).unwrap_or_else(|| "NULL reply".into());
                self.log(
                    Level::Info,
                    &format!(
                        ">>> Failed retrieving Functions from the cluster, skip this step as \
                         Redis version do not support function command (error = '{error}')\n"
                    ),
                );
                return Ok(());
            }
        };
        let address = self.nodes[at].address();
        self.log(
            Level::Info,
            &format!(">>> Send FUNCTION LIST to {address} to verify there is no functions in it\n"),
        );
        let problem = match self.nodes[at].call(&["FUNCTION", "LIST"]).await {
            Some(Reply::Array(list)) if list.is_empty() => None,
            Some(Reply::Array(_)) => Some(
                ">>> New node already contains functions and can not be added to the cluster. \
                 Use FUNCTION FLUSH and try again.\r\n"
                    .to_owned(),
            ),
            other => {
                let error = other.and_then(|r| r.as_error()).unwrap_or_else(|| "NULL reply".into());
                Some(format!(">>> Failed on CLUSTER LIST (error = '{error}')\r\n"))
            }
        };
        if let Some(problem) = problem {
            self.log(Level::Error, &problem);
            return Err(Failed);
        }
        self.log(Level::Info, &format!(">>> Send FUNCTION RESTORE to {address}\n"));
        let args = [b"FUNCTION".as_slice(), b"RESTORE", &dump];
        let error = match self.nodes[at].call(&args).await {
            Some(Reply::Error(text)) => String::from_utf8_lossy(&text).into_owned(),
            Some(_) => return Ok(()),
            None => "NULL reply".into(),
        };
        self.log(
            Level::Error,
            &format!(">>> Failed loading functions to the new node (error = '{error}')\r\n"),
        );
        Err(Failed)
    }

    /// `clusterManagerCommandDeleteNode`.
    pub(crate) async fn del_node(&mut self) -> Result<(), Failed> {
        let args = self.options.cluster.args.clone();
        let [address, id] = args.as_slice() else { return Err(Failed) };
        let (host, port) = self.named_node(std::slice::from_ref(address))?;
        self.log(Level::Info, &format!(">>> Removing node {id} from cluster {host}:{port}\n"));
        self.load_from(Node::new(host, port, 0)).await?;
        let Some(gone) = self.by_name(id) else {
            self.log(Level::Error, &format!("[ERR] No such node ID {id}\n"));
            return Err(Failed);
        };
        if !self.nodes[gone].slots.is_empty() {
            let address = self.nodes[gone].address();
            self.log(
                Level::Error,
                &format!("[ERR] Node {address} is not empty! Reshard data away and try again.\n"),
            );
            return Err(Failed);
        }
        self.log(Level::Info, ">>> Sending CLUSTER FORGET messages to the cluster...\n");
        for at in (0..self.nodes.len()).filter(|at| *at != gone) {
            let orphan =
                self.nodes[at].replicate.as_ref().is_some_and(|m| m.eq_ignore_ascii_case(id));
            if orphan {
                let master = self.least_replicated().ok_or(Failed)?;
                let (a, b) = (self.nodes[at].address(), self.nodes[master].address());
                self.log(Level::Info, &format!(">>> {a} as replica of {b}\n"));
                let name = self.nodes[master].name.clone();
                self.expect_at(at, &["CLUSTER", "REPLICATE", &name]).await?;
            }
            self.expect_at(at, &["CLUSTER", "FORGET", id]).await?;
        }
        self.log(Level::Info, ">>> Sending CLUSTER RESET SOFT to the deleted node.\n");
        self.expect_at(gone, &["CLUSTER", "RESET", "SOFT"]).await.map(drop)
    }

    /// `clusterManagerCommandSetTimeout`.
    pub(crate) async fn set_timeout(&mut self) -> Result<(), Failed> {
        let args = self.options.cluster.args.clone();
        let [address, timeout] = args.as_slice() else { return Err(Failed) };
        let (host, port) = self.named_node(std::slice::from_ref(address))?;
        let timeout = leading_int(timeout);
        if timeout < 100 {
            self.err("Setting a node timeout of less than 100 milliseconds is a bad idea.\n");
            return Err(Failed);
        }
        self.load_from(Node::new(host, port, 0)).await?;
        self.log(Level::Info, ">>> Reconfiguring node timeout in every cluster node...\n");
        let (mut good, mut bad) = (0, 0);
        let timeout = timeout.to_string();
        for at in 0..self.nodes.len() {
            let node = &mut self.nodes[at];
            let address = node.address();
            let mut error = None;
            for args in [
                ["CONFIG", "SET", "cluster-node-timeout", &timeout].as_slice(),
                ["CONFIG", "REWRITE"].as_slice(),
            ] {
                error = match node.call(args).await {
                    Some(reply) => reply.as_error(),
                    None => Some(String::new()),
                };
                if error.is_some() {
                    break;
                }
            }
            match error {
                None => {
                    self.log(Level::Warning, &format!("*** New timeout set for {address}\n"));
                    good += 1;
                }
                Some(error) => {
                    let text = format!("ERR setting node-timeout for {address}: {error}\n");
                    self.log(Level::Error, &text);
                    bad += 1;
                }
            }
        }
        self.log(Level::Info, &format!(">>> New node timeout set. {good} OK, {bad} ERR.\n"));
        Ok(())
    }
}
