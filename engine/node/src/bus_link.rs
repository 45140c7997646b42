//! stub
use crate::Node;
use crate::api::*;
use engine_base::*;
use std::net::SocketAddr;
#[derive(Clone, Debug, Default)]
pub(crate) struct BusLink {
    pub(crate) queued: usize,
}
impl Node {
    pub(crate) fn accept_bus(&mut self, _: Now, _: SocketAddr, _: SocketAddr) -> LinkId {
        LinkId(0)
    }
    pub(crate) fn bus_dialed(&mut self, _: Now, _: LinkId, _: Result<SocketAddr, DialError>) {}
    pub(crate) fn bus_bytes(&mut self, _: Now, _: LinkId, _: &[u8]) {}
    pub(crate) fn bus_closed(&mut self, _: Now, _: LinkId) {}
    pub(crate) fn cluster_tick(&mut self, _: Now) {}
    pub(crate) fn cluster_before_sleep(&mut self, _: Now) {}
    pub(crate) fn boot_cluster(
        &mut self,
        _: Now,
        _: Rng,
        _: &dyn BootDisk,
    ) -> Result<(), BootError> {
        Ok(())
    }
    pub(crate) fn check_routing(
        &mut self,
        _: Now,
        _: LinkId,
        _: &crate::command::Spec,
        _: &[&[u8]],
    ) -> Result<(), String> {
        Ok(())
    }
    pub(crate) fn check_memory(
        &mut self,
        _: LinkId,
        _: &crate::command::Spec,
    ) -> Result<(), String> {
        Ok(())
    }
    pub(crate) fn feed_monitors(
        &mut self,
        _: Now,
        _: LinkId,
        _: &crate::command::Spec,
        _: &[&[u8]],
    ) {
    }
    pub(crate) fn server_tick(&mut self, _: Now) {}
}
