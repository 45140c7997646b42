//! `MOVED slot host:port` and `ASK slot host:port` (cluster specification, "Redirection and
//! resharding").

use crate::number::leading_int;

/// Where a server sends its client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// The slot of the keys.
    pub slot: i64,
    /// Who serves it: the host as the server named it.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether this is for one command only and needs ASKING first.
    pub ask: bool,
}

impl Redirect {
    /// From an error reply; `None` when it is no redirect.
    #[must_use]
    pub fn parse(error: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(error);
        let (ask, rest) = match text.strip_prefix("ASK ") {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix("MOVED ")?),
        };
        let (slot, address) = rest.split_once(' ')?;
        let (host, port) = address.rsplit_once(':')?;
        Some(Self {
            slot: leading_int(slot),
            host: host.to_owned(),
            port: leading_int(port) as u16,
            ask,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moved_and_ask_are_told_apart() {
        let moved = Redirect::parse(b"MOVED 12182 127.0.0.1:7002").unwrap();
        assert_eq!((moved.slot, moved.host.as_str(), moved.port), (12182, "127.0.0.1", 7002));
        assert!(!moved.ask);
        assert!(Redirect::parse(b"ASK 1 ::1:7000").unwrap().ask);
        assert_eq!(Redirect::parse(b"ASK 1 ::1:7000").unwrap().host, "::1");
        assert_eq!(Redirect::parse(b"ERR MOVED"), None);
        assert_eq!(Redirect::parse(b"MOVED 1"), None);
    }
}
