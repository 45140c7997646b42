//! What stands out in a line of output: errors, and the flags of a `CLUSTER NODES` line.

/// How a piece of a line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// As it is.
    Plain,
    /// An error, or a failed node.
    Bad,
    /// The node that speaks.
    Myself,
    /// Beside the point: ids.
    Faint,
}

impl Look {
    /// Its class.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Bad => "bad",
            Self::Myself => "myself",
            Self::Faint => "faint",
        }
    }
}

/// A line in pieces that make up the whole of it.
pub(crate) fn spans(line: &str) -> Vec<(Look, &str)> {
    if line.starts_with("(error)") || line.starts_with("[ERR]") {
        return vec![(Look::Bad, line)];
    }
    flags(line).unwrap_or_else(|| vec![(Look::Plain, line)])
}

/// The pieces of a `CLUSTER NODES` line: id, address, flags, the rest.
fn flags(line: &str) -> Option<Vec<(Look, &str)>> {
    let (id, rest) = line.split_once(' ')?;
    if id.len() != 40 || !id.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let from = 41 + rest.find(' ')? + 1;
    let len = line.get(from..)?.find(' ')?;
    let flags = line.get(from..from + len)?;
    let look = if flags.contains("fail") {
        Look::Bad
    } else if flags.contains("myself") {
        Look::Myself
    } else {
        Look::Plain
    };
    Some(vec![
        (Look::Faint, id),
        (Look::Plain, line.get(40..from)?),
        (look, flags),
        (Look::Plain, line.get(from + len..)?),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_node_and_an_error_stand_out() {
        let line = "a5a381d1196111a5a381d1196111a5a381d11961 192.168.40.5:6380@16380 master,fail - 1 2 5 disconnected";
        let pieces = spans(line);
        assert_eq!(pieces[2], (Look::Bad, "master,fail"));
        assert_eq!(pieces.iter().map(|p| p.1).collect::<String>(), line);
        assert_eq!(spans("(error) MOVED 12182 a:1")[0].0, Look::Bad);
        assert_eq!(spans("OK"), [(Look::Plain, "OK")]);
        assert_eq!(spans("deadbeef x y z").len(), 1);
    }
}
