//! Lists: t_list.c. Commands that wait are in `list_blocking.rs`.

use engine_store::List;
use engine_store::number::IntText;

use super::list_move::{self, End};
use super::macros::{keys, specs};
use super::{Answer, Call, Fail, Spec, args, list_blocking, list_pop, list_pos};

/// The family's table.
pub(crate) const SPECS: &[Spec] = specs! {
    "blmove" 6 [WRITE DENYOOM NOSCRIPT BLOCKING] (1 2 1) [LIST] => list_blocking::blmove,
    "blmpop" -5 [WRITE BLOCKING MOVABLE_KEYS] (find blmpop_keys) [LIST] => list_blocking::blmpop,
    "blpop" -3 [WRITE NOSCRIPT BLOCKING] (1 -2 1) [LIST] => |call| list_blocking::bpop(call, End::Left),
    "brpop" -3 [WRITE NOSCRIPT BLOCKING] (1 -2 1) [LIST] => |call| list_blocking::bpop(call, End::Right),
    "brpoplpush" 4 [WRITE DENYOOM NOSCRIPT BLOCKING] (1 2 1) [LIST] => list_blocking::brpoplpush,
    "lindex" 3 [READONLY] (1) [LIST] => lindex,
    "linsert" 5 [WRITE DENYOOM] (1) [LIST] => linsert,
    "llen" 2 [READONLY FAST] (1) [LIST] => llen,
    "lmove" 5 [WRITE DENYOOM] (1 2 1) [LIST] => list_move::lmove,
    "lmpop" -4 [WRITE MOVABLE_KEYS] (find lmpop_keys) [LIST] => list_pop::lmpop,
    "lpop" -2 [WRITE FAST] (1) [LIST] => |call| list_pop::pop(call, End::Left),
    "lpos" -3 [READONLY] (1) [LIST] => list_pos::lpos,
    "lpush" -3 [WRITE DENYOOM FAST] (1) [LIST] => |call| push(call, End::Left, false),
    "lpushx" -3 [WRITE DENYOOM FAST] (1) [LIST] => |call| push(call, End::Left, true),
    "lrange" 4 [READONLY] (1) [LIST] => lrange,
    "lrem" 4 [WRITE] (1) [LIST] => lrem,
    "lset" 4 [WRITE DENYOOM] (1) [LIST] => lset,
    "ltrim" 4 [WRITE] (1) [LIST] => ltrim,
    "rpop" -2 [WRITE FAST] (1) [LIST] => |call| list_pop::pop(call, End::Right),
    "rpoplpush" 3 [WRITE DENYOOM] (1 2 1) [LIST] => list_move::rpoplpush,
    "rpush" -3 [WRITE DENYOOM FAST] (1) [LIST] => |call| push(call, End::Right, false),
    "rpushx" -3 [WRITE DENYOOM FAST] (1) [LIST] => |call| push(call, End::Right, true),
};

fn lmpop_keys(args: &[&[u8]]) -> Vec<usize> {
    args::counted_keys(args, 1)
}

fn blmpop_keys(args: &[&[u8]]) -> Vec<usize> {
    args::counted_keys(args, 2)
}

/// `LPUSH`, `RPUSH` and their `X` forms, which push to a list that is there only.
fn push(call: &mut Call<'_>, end: End, only_existing: bool) -> Answer {
    let at = call.at();
    let limits = call.node.limits();
    let key = call.args[1];
    if only_existing && call.node.look_list(at, key)?.is_none() {
        call.out.int(0);
        return Ok(());
    }
    let list = call.node.list_or_new(at, key)?;
    for element in &call.args[2..] {
        end.push(list, element, &limits);
    }
    let len = list.len();
    call.changed(key, b'l', end.push_event());
    call.out.len_int(len);
    Ok(())
}

fn llen(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let len = call.node.read_list(at, call.args[1])?.map_or(0, List::len);
    call.out.len_int(len);
    Ok(())
}

fn lrange(call: &mut Call<'_>) -> Answer {
    let (start, end) = (args::int(call.args[2])?, args::int(call.args[3])?);
    let at = call.at();
    let list = call.node.read_list(at, call.args[1])?;
    let range = list.and_then(|l| Some((l, args::clamp_range(start, end, l.len())?)));
    let Some((list, (from, to))) = range else {
        call.out.array(0);
        return Ok(());
    };
    call.out.array(to - from + 1);
    for element in list.iter_from(from).take(to - from + 1) {
        call.out.bulk(element.bytes(&mut IntText::new()));
    }
    Ok(())
}

fn lindex(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let Some(list) = call.node.read_list(at, call.args[1])? else {
        call.out.null();
        return Ok(());
    };
    let index = args::int(call.args[2])?;
    match list.resolve(index).and_then(|i| list.get(i)) {
        Some(element) => call.out.bulk(element.bytes(&mut IntText::new())),
        None => call.out.null(),
    }
    Ok(())
}

fn lset(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let key = call.args[1];
    let list = call.node.edit_list(at, key)?.ok_or(Fail::NO_SUCH_KEY)?;
    let index = args::int(call.args[2])?;
    let index = list.resolve(index).ok_or(Fail::OUT_OF_RANGE)?;
    list.set(index, call.args[3]);
    call.changed(key, b'l', "lset");
    call.out.ok();
    Ok(())
}

/// `LINSERT key BEFORE|AFTER pivot element`
fn linsert(call: &mut Call<'_>) -> Answer {
    let after = args::is(call.args[2], "after");
    if !after && !args::is(call.args[2], "before") {
        return Err(Fail::SYNTAX);
    }
    let at = call.at();
    let limits = call.node.limits();
    let key = call.args[1];
    let Some(list) = call.node.edit_list(at, key)? else {
        call.out.int(0);
        return Ok(());
    };
    let Some(pivot) = list.iter().position(|e| e.is(call.args[3])) else {
        call.out.int(-1);
        return Ok(());
    };
    list.insert(pivot + usize::from(after), call.args[4], &limits);
    let len = list.len();
    call.changed(key, b'l', "linsert");
    call.out.len_int(len);
    Ok(())
}

/// `LREM key count element`: from the front, for a negative count from the back, 0 for all.
fn lrem(call: &mut Call<'_>) -> Answer {
    let count = args::int(call.args[2])?;
    let at = call.at();
    let key = call.args[1];
    let max = (count != 0).then_some(count.unsigned_abs() as usize);
    let gone = match call.node.edit_list(at, key)? {
        Some(list) => list.remove_equal(call.args[3], max, count < 0),
        None => 0,
    };
    if gone > 0 {
        call.shrunk(key, b'l', "lrem");
    }
    call.out.len_int(gone);
    Ok(())
}

fn ltrim(call: &mut Call<'_>) -> Answer {
    let (start, end) = (args::int(call.args[2])?, args::int(call.args[3])?);
    let at = call.at();
    let key = call.args[1];
    if let Some(list) = call.node.edit_list(at, key)? {
        let before = list.len();
        match args::clamp_range(start, end, before) {
            Some((from, to)) => list.trim(from, to - from + 1),
            None => list.trim(0, 0),
        }
        if list.len() == before {
            // Said to those who listen and WATCH, but no change to pass on.
            call.node.key_changed(at.db, key);
            call.notify(b'l', "ltrim", key);
        } else {
            call.shrunk(key, b'l', "ltrim");
        }
    }
    call.out.ok();
    Ok(())
}
