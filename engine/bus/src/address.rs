//! An address as the bus carries it: text in 46 bytes, NUL at its end.

use core::fmt;
use std::borrow::Cow;
use std::net::IpAddr;

use crate::layout::IP_LEN;

/// 46 bytes of address text as they were on the wire, whatever stands after the first NUL.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct IpText([u8; IP_LEN]);

impl IpText {
    /// No address: all NUL.
    pub const EMPTY: Self = Self([0; IP_LEN]);

    /// From the wire.
    #[must_use]
    pub const fn from_wire(bytes: [u8; IP_LEN]) -> Self {
        Self(bytes)
    }

    /// From text, cut at 45 bytes as `clusterBuildMessageHdr` does.
    #[must_use]
    pub fn from_text(text: &[u8]) -> Self {
        let mut bytes = [0; IP_LEN];
        let len = text.len().min(IP_LEN - 1);
        bytes[..len].copy_from_slice(&text[..len]);
        Self(bytes)
    }

    /// From an address.
    #[must_use]
    pub fn from_ip(ip: IpAddr) -> Self {
        use std::io::Write as _;
        let mut bytes = [0; IP_LEN];
        // The longest text of an address has 45 bytes, so nothing is cut.
        let _ = write!(&mut bytes[..IP_LEN - 1], "{ip}");
        Self(bytes)
    }

    /// The text before the first NUL.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        let len = self.0.iter().position(|&b| b == 0).unwrap_or(IP_LEN);
        &self.0[..len]
    }

    /// The same as UTF-8; bytes that are none are replaced.
    #[must_use]
    pub fn to_utf8(&self) -> Cow<'_, str> {
        match core::str::from_utf8(self.text()) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => String::from_utf8_lossy(self.text()),
        }
    }

    /// The address, when the text is one.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        core::str::from_utf8(self.text()).ok()?.parse().ok()
    }

    /// Whether the first byte is NUL: how 7.0 says "no address".
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0[0] == 0
    }

    /// All 46 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; IP_LEN] {
        &self.0
    }
}

impl Default for IpText {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl fmt::Display for IpText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_utf8())
    }
}

impl fmt::Debug for IpText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(self.text()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_address_fits() {
        let ip: IpAddr = "1234:5678:9abc:def0:1234:5678:9abc:def0".parse().unwrap();
        assert_eq!(IpText::from_ip(ip).ip(), Some(ip));
        assert_eq!(IpText::from_text(&[b'x'; 99]).text().len(), 45);
        assert!(IpText::EMPTY.is_empty());
    }
}
