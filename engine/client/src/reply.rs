//! A reply as this client sees it.

pub use engine_resp::Value as Reply;

/// Keys and values: of a map, or of a list that alternates them as RESP2 does.
#[must_use]
pub(crate) fn pairs(reply: &Reply) -> Option<Vec<(&Reply, &Reply)>> {
    match reply {
        Reply::Map(pairs) => Some(pairs.iter().map(|(k, v)| (k, v)).collect()),
        Reply::Array(items) => {
            Some(items.as_chunks::<2>().0.iter().map(|[key, value]| (key, value)).collect())
        }
        _ => None,
    }
}
