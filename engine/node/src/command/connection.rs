//! Commands about the connection itself.

use super::{AclCategory, Call, CommandFlags, KeySpec, Spec};

/// The family's table.
pub(crate) const SPECS: &[Spec] = &[Spec {
    name: "ping",
    arity: -1,
    flags: CommandFlags::FAST,
    keys: KeySpec::None,
    acl: AclCategory::CONNECTION,
    subcommands: &[],
    handler: ping,
}];

/// `PING [message]`: PONG, or the message; in RESP2 pub/sub mode a two-element array.
fn ping(call: &mut Call<'_>) {
    if call.args.len() > 2 {
        call.error("ERR wrong number of arguments for 'ping' command");
        return;
    }
    let message = call.args.get(1).copied();
    if call.session().is_some_and(|client| client.in_pubsub_mode()) {
        call.out.array(2);
        call.out.bulk(b"pong");
        call.out.bulk(message.unwrap_or_default());
    } else if let Some(message) = message {
        call.out.bulk(message);
    } else {
        call.out.simple("PONG");
    }
}
