//! A node as the manager knows it.

use engine_base::{Slot, SlotSet};

use super::nodes_text::Line;
use super::{Failed, Manager};
use crate::link::Link;
use crate::platform::{Conn, Platform};
use crate::reply::Reply;

/// A slot that is on its way, and the node at the other end of the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OpenSlot {
    pub(crate) slot: String,
    pub(crate) peer: String,
}

/// A node as the manager knows it (`clusterManagerNode`).
pub(crate) struct Node<C> {
    pub(crate) link: Option<Link<C>>,
    /// Its id; empty until it was asked.
    pub(crate) name: String,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) bus_port: u16,
    /// Its config epoch.
    pub(crate) epoch: u64,
    pub(crate) flags: Vec<String>,
    /// The id of its master.
    pub(crate) replicate: Option<String>,
    /// There are changes that the node has not been told.
    pub(crate) dirty: bool,
    pub(crate) slots: SlotSet,
    pub(crate) replicas: usize,
    pub(crate) migrating: Vec<OpenSlot>,
    pub(crate) importing: Vec<OpenSlot>,
}

impl<C: Conn> Node<C> {
    pub(crate) fn new(host: String, port: u16, bus_port: u16) -> Self {
        Self {
            link: None,
            name: String::new(),
            host,
            port,
            bus_port: if bus_port == 0 { port.wrapping_add(10000) } else { bus_port },
            epoch: 0,
            flags: Vec::new(),
            replicate: None,
            dirty: false,
            slots: SlotSet::EMPTY,
            replicas: 0,
            migrating: Vec::new(),
            importing: Vec::new(),
        }
    }

    pub(crate) fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// Whether it says of itself that it is a replica.
    pub(crate) fn is_replica(&self) -> bool {
        self.flags.iter().any(|f| f == "slave")
    }

    /// Sends a command; `None` when the connection is gone or was never there.
    pub(crate) async fn call<A: AsRef<[u8]>>(&mut self, args: &[A]) -> Option<Reply> {
        let reply = self.link.as_mut()?.call(args).await.ok();
        if reply.is_none() {
            self.link = None;
        }
        reply
    }

    /// Takes over what a line of `CLUSTER NODES` says.
    pub(crate) fn learn(&mut self, line: &Line) {
        self.name.clone_from(&line.name);
        self.flags.clone_from(&line.flags);
        if self.is_replica() {
            self.replicate = Some(line.master.clone());
        }
        self.epoch = line.epoch;
        if line.is_myself() {
            self.bus_port = line.bus_port;
            self.slots = line.slots.clone();
            self.migrating.extend(line.migrating.iter().cloned());
            self.importing.extend(line.importing.iter().cloned());
            self.dirty = false;
        }
    }

    /// Its flags without `myself`, joined.
    pub(crate) fn flags_text(&self) -> String {
        let flags: Vec<&str> =
            self.flags.iter().map(String::as_str).filter(|f| *f != "myself").collect();
        flags.join(",")
    }

    /// The block that a check prints for a node, so many blanks from the left
    /// (`clusterManagerNodeInfo`).
    pub(crate) fn describe(&self, indent: usize) -> String {
        let pad = " ".repeat(indent);
        let role = if self.is_replica() { 'S' } else { 'M' };
        let (name, address) = (&self.name, self.address());
        let mut text = match &self.replicate {
            Some(_) if self.dirty => format!("{pad}S: {name} {address}"),
            _ => format!(
                "{pad}{role}: {name} {address}\n{pad}   slots:{} ({} slots) {}",
                ranges_text(&self.slots),
                self.slots.len(),
                self.flags_text()
            ),
        };
        if let Some(master) = &self.replicate {
            text.push_str(&format!("\n{pad}   replicates {master}"));
        } else if self.replicas > 0 {
            text.push_str(&format!("\n{pad}   {} additional replica(s)", self.replicas));
        }
        text
    }
}

/// `[0-5460],[7000]`; empty when there is no slot (`clusterManagerNodeSlotsString`).
pub(crate) fn ranges_text(slots: &SlotSet) -> String {
    let range = |(first, last): (Slot, Slot)| {
        if first == last { format!("[{first}]") } else { format!("[{first}-{last}]") }
    };
    slots.ranges().map(range).collect::<Vec<_>>().join(",")
}

impl<P: Platform> Manager<'_, P> {
    /// Opens the connection to a node, and authenticates if there is a password.
    pub(crate) async fn connect(&self, node: &mut Node<P::Conn>) -> Result<(), Failed> {
        match self.platform.connect(&node.host, node.port).await {
            Ok(conn) => node.link = Some(Link::new(conn)),
            Err(error) => {
                self.err(&format!("Could not connect to Redis at {}: {error}\n", node.address()));
                return Err(Failed);
            }
        }
        let Some(password) = self.options.auth.clone() else { return Ok(()) };
        let mut args = vec!["AUTH".to_owned()];
        args.extend(self.options.user.clone());
        args.push(password);
        self.expect(node, &args).await.map(drop)
    }

    /// Sends a command whose errors are printed.
    pub(crate) async fn expect<A: AsRef<[u8]>>(
        &self,
        node: &mut Node<P::Conn>,
        args: &[A],
    ) -> Result<Reply, Failed> {
        match node.call(args).await {
            Some(Reply::Error(text)) => {
                self.replied_with_error(&node.address(), &String::from_utf8_lossy(&text));
                Err(Failed)
            }
            Some(reply) => Ok(reply),
            None => Err(Failed),
        }
    }

    /// The node with this id, in any case.
    pub(crate) fn by_name(&self, name: &str) -> Option<usize> {
        let name = name.to_ascii_lowercase();
        self.nodes.iter().position(|n| !n.name.is_empty() && n.name == name)
    }
}
