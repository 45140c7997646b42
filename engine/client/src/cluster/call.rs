//! `--cluster call`: one command on every node.

use super::node::Node;
use super::{Failed, Level, Manager};
use crate::platform::Platform;
use crate::print::Format;

impl<P: Platform> Manager<'_, P> {
    pub(crate) async fn call(&mut self) -> Result<(), Failed> {
        let args = self.options.cluster.args.clone();
        let Some((address, command)) = args.split_first() else { return Err(Failed) };
        let (host, port) = self.named_node(std::slice::from_ref(address))?;
        self.load_from(Node::new(host, port, 0)).await?;
        self.log(Level::Info, ">>> Calling");
        self.out(&format!(" {}\n", command.join(" ")));
        let (masters, replicas) =
            (self.options.cluster.only_masters, self.options.cluster.only_replicas);
        for i in 0..self.nodes.len() {
            let node = &mut self.nodes[i];
            let is_replica = node.replicate.is_some();
            if (masters && is_replica) || (replicas && !is_replica) {
                continue;
            }
            let address = node.address();
            match node.call(command).await {
                None => self.out(&format!("{address}: Failed!\n")),
                Some(reply) => {
                    let mut line = format!("{address}: ").into_bytes();
                    Format::default().raw(&mut line, &reply);
                    line.push(b'\n');
                    self.platform.out(&line);
                }
            }
        }
        Ok(())
    }
}
