//! `CLIENT TRACKING`, `CACHING`, `GETREDIR` and `TRACKINGINFO`: client-side caching.

use super::{Answer, Call, Fail, args};
use crate::tracking::ClientTracking;

/// `CLIENT TRACKING ON|OFF [REDIRECT id] [PREFIX prefix …] [BCAST] [OPTIN] [OPTOUT] [NOLOOP]`
pub(super) fn tracking(call: &mut Call<'_>) -> Answer {
    let mut wanted = ClientTracking::default();
    let mut prefixes: Vec<&[u8]> = Vec::new();
    let mut rest = &call.args[3..];
    while let [word, tail @ ..] = rest {
        rest = match (word.to_ascii_lowercase().as_slice(), tail) {
            (b"redirect", [id, tail @ ..]) => {
                wanted.redirect = Some(redirect(call, &wanted, id)?);
                tail
            }
            (b"prefix", [prefix, tail @ ..]) => {
                prefixes.push(prefix);
                tail
            }
            (option, tail) => {
                *wanted.switch(option).ok_or(Fail::SYNTAX)? = true;
                tail
            }
        };
    }
    let link = call.client;
    if args::is(call.args[2], "on") {
        call.node.start_tracking(link, wanted, &prefixes)?;
    } else if args::is(call.args[2], "off") {
        call.node.stop_tracking(link);
    } else {
        return Err(Fail::SYNTAX);
    }
    call.out.ok();
    Ok(())
}

/// The client that is to be told instead: its id and link.
fn redirect(
    call: &Call<'_>,
    wanted: &ClientTracking,
    id: &[u8],
) -> Result<(i64, engine_base::LinkId), Fail> {
    if wanted.redirect.is_some() {
        return Err("ERR A client can only redirect to a single other client".into());
    }
    let id = args::int(id)?;
    let known = call.node.links.clients_and_master().find(|client| client.id as i64 == id);
    let known = known.ok_or("ERR The client ID you want redirect to does not exist")?;
    Ok((id, known.link))
}

/// `CLIENT CACHING YES|NO`
pub(super) fn caching(call: &mut Call<'_>) -> Answer {
    let word = call.args[2];
    let tracking = call.session().and_then(|client| client.tracking.as_mut());
    let tracking = tracking.ok_or(
        "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or \
         OPTOUT mode enabled",
    )?;
    let (fits, refusal) = if args::is(word, "yes") {
        let text = "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.";
        (tracking.opt_in, text)
    } else if args::is(word, "no") {
        let text = "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.";
        (tracking.opt_out, text)
    } else {
        return Err(Fail::SYNTAX);
    };
    if !fits {
        return Err(refusal.into());
    }
    tracking.caching = true;
    call.out.ok();
    Ok(())
}

/// Whose id `redir=` shows: -1 without tracking, 0 for nobody else's.
pub(super) fn redirected_to(tracking: Option<&ClientTracking>) -> i64 {
    tracking.map_or(-1, |tracking| tracking.redirect.map_or(0, |(id, _)| id))
}

/// `CLIENT GETREDIR`
pub(super) fn getredir(call: &mut Call<'_>) -> Answer {
    let id = redirected_to(call.session().and_then(|client| client.tracking.as_deref()));
    call.out.int(id);
    Ok(())
}

/// `CLIENT TRACKINGINFO`
pub(super) fn trackinginfo(call: &mut Call<'_>) -> Answer {
    let tracking = call.session().and_then(|client| client.tracking.clone());
    let told = tracking.as_deref();
    let has = |of: fn(&ClientTracking) -> bool| told.is_some_and(of);
    let flags = [
        (told.is_some(), "on"),
        (told.is_none(), "off"),
        (has(|t| t.broadcast), "bcast"),
        (has(|t| t.opt_in), "optin"),
        (has(|t| t.opt_in && t.caching), "caching-yes"),
        (has(|t| t.opt_out), "optout"),
        (has(|t| t.opt_out && t.caching), "caching-no"),
        (has(|t| t.no_loop), "noloop"),
        (has(|t| t.broken), "broken_redirect"),
    ];
    let flags: Vec<&str> =
        flags.into_iter().filter_map(|(set, name)| set.then_some(name)).collect();
    call.out.map(3);
    call.out.bulk(b"flags");
    call.out.set(flags.len());
    flags.iter().for_each(|flag| call.out.bulk(flag.as_bytes()));
    call.out.bulk(b"redirect");
    call.out.int(redirected_to(told));
    call.out.bulk(b"prefixes");
    let prefixes = told.map(|tracking| &tracking.prefixes);
    call.out.array(prefixes.map_or(0, std::collections::BTreeSet::len));
    prefixes.into_iter().flatten().for_each(|prefix| call.out.bulk(prefix));
    Ok(())
}
