//! `SYNC` and `PSYNC` of a user: what follows is for replicas.

use super::Session;
use crate::link::LinkError;
use crate::platform::{Platform, ReplicaEnd};
use crate::session::Exit;

impl<P: Platform> Session<'_, P> {
    /// Prints what a replica would be told, until the connection is lost; never `Ok(Ok(()))`.
    pub(super) async fn replica_output(
        &mut self,
        command: &[Vec<u8>],
    ) -> Result<Result<(), LinkError>, Exit> {
        self.out("Entering replica output mode...  (press Ctrl-C to quit)\n");
        let Some(mut link) = self.link.take() else { return Ok(Err(LinkError::Closed)) };
        if link.send(command).await.is_err() {
            self.err("Error writing to master\n");
            return Err(Exit(1));
        }
        match self.platform.replica_output(link.into_conn(), &self.format).await {
            ReplicaEnd::Lost(error) if self.interactive => Ok(Err(error)),
            ReplicaEnd::Lost(error) => {
                self.err(&format!("Error: {error}\n"));
                Err(Exit(1))
            }
            ReplicaEnd::Failed => Err(Exit(1)),
        }
    }
}
