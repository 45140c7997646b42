//! `ACL …` of a node with one user, `default`: who am I, and what categories there are (acl.c).

use super::macros::{container, keys, specs};
use super::{AclCategory, Answer, Call, Spec, all, args, help};

/// Commands with subcommands.
pub(crate) const CONTAINERS: &[Spec] = &[container(
    "acl",
    specs! {
        "cat" -2 [NOSCRIPT LOADING STALE] () [] => cat,
        "genpass" -2 [NOSCRIPT LOADING STALE] () [] => genpass,
        "help" 2 [LOADING STALE] () [] => help::help,
        "users" 2 [ADMIN NOSCRIPT LOADING STALE] () [] => users,
        "whoami" 2 [NOSCRIPT LOADING STALE] () [] => whoami,
    },
)];

fn whoami(call: &mut Call<'_>) -> Answer {
    call.out.bulk(b"default");
    Ok(())
}

fn users(call: &mut Call<'_>) -> Answer {
    call.out.array(1);
    call.out.bulk(b"default");
    Ok(())
}

/// `ACL CAT [category]`
fn cat(call: &mut Call<'_>) -> Answer {
    let names: Vec<String> = match call.args[2..] {
        [] => AclCategory::all().iter_names().map(|(name, _)| name.to_ascii_lowercase()).collect(),
        [name] => {
            let text = String::from_utf8_lossy(name);
            let category = AclCategory::from_name(&text.to_ascii_uppercase())
                .ok_or_else(|| format!("ERR Unknown category '{text}'"))?;
            let subs = all().flat_map(|spec| {
                let subs = spec.subcommands.iter();
                subs.map(|sub| (format!("{}|{}", spec.name, sub.name), sub))
            });
            all()
                .map(|spec| (spec.name.to_owned(), spec))
                .chain(subs)
                .filter(|(_, spec)| spec.all_categories().contains(category))
                .map(|(name, _)| name)
                .collect()
        }
        _ => return Err(super::unknown_subcommand(call.args)),
    };
    call.out.array(names.len());
    names.iter().for_each(|name| call.out.bulk(name.as_bytes()));
    Ok(())
}

/// `ACL GENPASS [bits]`: random hexadecimal digits, four bits each.
fn genpass(call: &mut Call<'_>) -> Answer {
    let bits = match call.args[2..] {
        [] => 256,
        [bits] => Some(args::int(bits)?).filter(|n| (1..=4096).contains(n)).ok_or(
            "ERR ACL GENPASS argument must be the number of bits for the output password, a \
             positive number up to 4096",
        )?,
        _ => return Err(super::unknown_subcommand(call.args)),
    };
    let digits = usize::try_from((bits + 3) / 4).unwrap_or(0);
    let mut text = Vec::new();
    while text.len() < digits {
        text.extend_from_slice(&call.node.rng.hex40());
    }
    text.truncate(digits);
    call.out.bulk(&text);
    Ok(())
}
