//! stub
#[derive(Clone, Debug, Default)]
pub(crate) struct ClusterState;
