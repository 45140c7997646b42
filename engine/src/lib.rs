//! Slotlab's engine: one face over the rooms under `engine/`.
//!
//! A Redis Cluster node is a state machine fed with bytes and time; everything else is a driver.
//! See ARCHITECTURE.md for the map and for what each room must not know.

pub use engine_base as base;
pub use engine_bus as bus;
pub use engine_client as client;
pub use engine_node as node;

pub use engine_resp as resp;
pub use engine_shell as shell;
pub use engine_sim as sim;
pub use engine_store as store;
