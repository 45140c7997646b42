//! The directives of redis.conf: one table drives parsing, CONFIG GET/SET and REWRITE.

/// Every directive that this node obeys, typed. (Skeleton: the table grows beside it.)
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// `port`, 0 for none.
    pub port: u16,
}
