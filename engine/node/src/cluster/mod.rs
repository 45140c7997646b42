//! The rules of Redis Cluster, as pure state: one file a rule.
//!
//! [`ClusterState`] owns no I/O. The node hands it what happened on its bus links and the time,
//! and carries out the [`Effect`]s that it leaves, in order. Times are Unix milliseconds, as in
//! cluster.c (`mstime`): a clock that jumps confuses this node as it confuses Redis.
//!
//! | question | file |
//! |---|---|
//! | who is there, and how did they come in? | membership |
//! | what is done every 100 ms? | cron |
//! | what is said about others, and believed? | gossip |
//! | when is a node suspected, failed, back? | failure |
//! | who has the newer configuration? | epoch |
//! | when does a replica stand for election, and win? | election |
//! | how long does it wait before? | election_delay |
//! | when does a master vote? | vote |
//! | who owns a slot? | ownership |
//! | how does an operator hand over a master's role? | failover |
//! | when does a replica change its master? | replica_migration |
//! | may clients be served? | health |
//! | what does a packet change? | receive |
//! | what do heartbeats carry besides gossip? | extensions |
//! | what do nodes know that have talked for long? | warm |

mod admin;
mod cron;
mod cx;
mod election;
mod election_delay;
mod epoch;
mod extensions;
mod failover;
mod failure;
mod gossip;
mod handed_over;
mod health;
mod link_table;
mod links;
mod membership;
mod node;
mod node_slots;
mod nodes_conf;
mod ownership;
mod packet;
mod pubsub;
mod receive;
mod replica_migration;
mod state;
mod table;
#[cfg(test)]
mod tests;
mod vote;
mod warm;

pub(crate) use cx::{ClusterConfig, ClusterCx, Effect, Inputs};
pub(crate) use failover::FailoverKind;
pub(crate) use membership::MeetError;
pub(crate) use node::ClusterNode;
pub(crate) use state::ClusterState;
pub(crate) use table::NodeIx;
