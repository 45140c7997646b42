//! `PFADD`, `PFCOUNT`, `PFMERGE` and what shows them from the inside. The counting itself is
//! [`engine_store::hyperloglog`].

use engine_store::hyperloglog::{self as hll, HllError, REGISTERS};
use engine_store::{Str, Value};

use super::macros::{keys, specs};
use super::{Answer, Call, Fail, Spec};

/// The family's table.
pub(crate) const SPECS: &[Spec] = specs! {
    "pfadd" -2 [WRITE DENYOOM FAST] (1) [HYPERLOGLOG] => pfadd,
    "pfcount" -2 [READONLY MAY_REPLICATE] (1 -1 1) [HYPERLOGLOG] => pfcount,
    "pfdebug" 3 [WRITE DENYOOM ADMIN] (2 2 1) [HYPERLOGLOG] => pfdebug,
    "pfmerge" -2 [WRITE DENYOOM] (1 -1 1) [HYPERLOGLOG] => pfmerge,
    "pfselftest" 1 [ADMIN] () [HYPERLOGLOG] => pfselftest,
};

impl From<HllError> for Fail {
    fn from(error: HllError) -> Self {
        match error {
            HllError::Other => Self::new("WRONGTYPE Key is not a valid HyperLogLog string value."),
            HllError::Corrupt => Self::new("INVALIDOBJ Corrupted HLL object detected"),
        }
    }
}

/// Changes the HyperLogLog at a key, which is made when it is missing.
fn edit<R>(
    call: &mut Call<'_>,
    key: &[u8],
    change: impl FnOnce(&mut Vec<u8>) -> Result<R, HllError>,
) -> Result<R, Fail> {
    let at = call.at();
    let Some(value) = call.node.look_str(at, key)? else {
        let mut bytes = hll::empty();
        let result = change(&mut bytes)?;
        call.node.put(at, key, Str::raw(bytes));
        return Ok(result);
    };
    hll::check(&value.to_cow())?;
    match call.node.edit_str(at, key)? {
        Some(value) => Ok(value.edit(change)?),
        None => Err(Fail::NO_SUCH_KEY),
    }
}

/// `hll-sparse-max-bytes`
fn sparse_max(call: &Call<'_>) -> usize {
    usize::try_from(call.node.config.hll_sparse_max_bytes).unwrap_or(usize::MAX)
}

/// `PFADD key [element …]`
fn pfadd(call: &mut Call<'_>) -> Answer {
    let (key, elements, max) = (call.args[1], &call.args[2..], sparse_max(call));
    let at = call.at();
    let mut changed = !call.node.has(at, key);
    changed |= edit(call, key, |bytes| {
        let mut any = false;
        for element in elements {
            any |= hll::add(bytes, element, max)?;
        }
        if any || changed {
            hll::invalidate(bytes);
        }
        Ok(any)
    })?;
    if changed {
        call.changed(key, b'$', "pfadd");
    }
    call.out.int(i64::from(changed));
    Ok(())
}

/// The registers at a key, for a command that reads.
fn registers(call: &mut Call<'_>, key: &[u8]) -> Result<Option<Vec<u8>>, Fail> {
    let at = call.at();
    let Some(value) = call.node.read_str(at, key)? else { return Ok(None) };
    Ok(Some(hll::registers(&value.to_cow())?))
}

/// Registers as high as the higher of both.
fn merge(all: &mut [u8], other: &[u8]) {
    for (mine, theirs) in all.iter_mut().zip(other) {
        *mine = (*mine).max(*theirs);
    }
}

/// `PFCOUNT key …`: of several keys, the count of their union. The count of one key is noted in
/// it, which is a change to pass on.
fn pfcount(call: &mut Call<'_>) -> Answer {
    let (at, key) = (call.at(), call.args[1]);
    if call.args.len() > 2 {
        let mut all = vec![0; REGISTERS];
        for key in &call.args[1..] {
            if let Some(one) = registers(call, key)? {
                merge(&mut all, &one);
            }
        }
        call.out.int(hll::estimate(&all) as i64);
        return Ok(());
    }
    let Some(value) = call.node.read_str(at, key)? else {
        call.out.int(0);
        return Ok(());
    };
    let bytes = value.to_cow();
    hll::check(&bytes)?;
    if let Some(count) = hll::cached(&bytes) {
        // Redis keeps a short one apart from its head as soon as it is counted.
        if bytes.len() <= 44
            && let Some(Value::Str(value)) = call.node.edit(at, key)
        {
            value.edit(|_| ());
        }
        call.out.int(count as i64);
        return Ok(());
    }
    let count = hll::estimate(&hll::registers(&bytes)?);
    if let Some(Value::Str(value)) = call.node.edit(at, key) {
        value.edit(|bytes| hll::set_cached(bytes, count));
    }
    call.touch(key);
    call.out.int(count as i64);
    Ok(())
}

/// `PFMERGE destination [source …]`
fn pfmerge(call: &mut Call<'_>) -> Answer {
    let (at, max) = (call.at(), sparse_max(call));
    let (mut all, mut dense) = (vec![0; REGISTERS], false);
    for key in &call.args[1..] {
        let Some(value) = call.node.read_str(at, key)? else { continue };
        let bytes = value.to_cow();
        merge(&mut all, &hll::registers(&bytes)?);
        dense |= hll::is_dense(&bytes);
    }
    let key = call.args[1];
    edit(call, key, |bytes| {
        if dense {
            hll::make_dense(bytes)?;
        }
        for (index, value) in all.iter().enumerate().filter(|(_, value)| **value > 0) {
            hll::raise(bytes, index, *value, max)?;
        }
        hll::invalidate(bytes);
        Ok(())
    })?;
    call.changed(key, b'$', "pfadd");
    call.out.ok();
    Ok(())
}

/// `PFDEBUG GETREG|DECODE|ENCODING|TODENSE key`
fn pfdebug(call: &mut Call<'_>) -> Answer {
    let (at, key) = (call.at(), call.args[2]);
    let Some(value) = call.node.look_str(at, key)? else {
        return Err("ERR The specified key does not exist".into());
    };
    let bytes = value.to_vec();
    hll::check(&bytes)?;
    match call.args[1].to_ascii_lowercase().as_slice() {
        b"getreg" => {
            if !hll::is_dense(&bytes) {
                edit(call, key, hll::make_dense)?;
                call.node.dirty += 1;
            }
            let registers = hll::registers(&bytes)?;
            call.out.array(registers.len());
            registers.iter().for_each(|value| call.out.int(i64::from(*value)));
        }
        b"decode" => {
            if hll::is_dense(&bytes) {
                return Err("ERR HLL encoding is not sparse".into());
            }
            call.out.bulk(hll::decoded(&bytes)?.as_bytes());
        }
        b"encoding" => call.out.simple(if hll::is_dense(&bytes) { "dense" } else { "sparse" }),
        b"todense" => {
            let sparse = !hll::is_dense(&bytes);
            if sparse {
                edit(call, key, hll::make_dense)?;
                call.node.dirty += 1;
            }
            call.out.int(i64::from(sparse));
        }
        _ => {
            return Err(Fail::quoting("ERR Unknown PFDEBUG subcommand '", call.args[1], "'"));
        }
    }
    Ok(())
}

/// `PFSELFTEST`: both forms count the same, and near enough to the truth.
fn pfselftest(call: &mut Call<'_>) -> Answer {
    const ELEMENTS: u64 = 5_000;
    let (mut dense, mut sparse) = (hll::empty(), hll::empty());
    hll::make_dense(&mut dense)?;
    let salt = call.node.rng.next_u64();
    for n in 0..ELEMENTS {
        let element = (n ^ salt).to_le_bytes();
        let same = hll::add(&mut dense, &element, 0)? == hll::add(&mut sparse, &element, 3000)?;
        if !same {
            return Err("ERR TESTFAILED dense/sparse disagree".into());
        }
    }
    let count = hll::estimate(&hll::registers(&dense)?);
    // Four times the standard error of 1.04 / sqrt(16384).
    if count.abs_diff(ELEMENTS) > ELEMENTS * 4 * 104 / 12_800 {
        return Err(format!("ERR TESTFAILED Too big error. card:{ELEMENTS} got:{count}").into());
    }
    call.out.ok();
    Ok(())
}
