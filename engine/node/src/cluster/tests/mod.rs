//! The rules at work among several nodes, in virtual time: [`world::World`] carries packets
//! between cluster states, and nothing else of a node is there.

mod election;
mod epochs;
mod extensions;
mod failover;
mod failure;
mod gossip;
mod hostile;
mod membership;
mod nodes_conf;
mod ownership;
mod profiles;
mod pubsub;
mod replica_migration;
mod votes;
mod world;
