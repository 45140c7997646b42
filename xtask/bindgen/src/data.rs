//! Data that only the rest reads goes there too.

use anyhow::Result;
use walrus::ir::{self, Value};
use walrus::{ConstExpr, DataId, DataKind, Module};

/// How `core` reads floating-point numbers: the powers of five, as 128 bits each. They begin with 5^-342.
pub(crate) const POWERS: (u128, usize) = (0x113f_aa29_06a1_3b3f_eef4_53d6_923b_d65a, 651 * 16);

/// The powers of five as they stand in the module; nothing if they do not.
pub(crate) fn powers(module: &Module) -> Vec<u8> {
    let (head, length) = POWERS;
    let head = head.to_le_bytes();
    let found = module.data.iter().find_map(|data| {
        let at = data.value.windows(head.len()).position(|window| window == head)?;
        data.value.get(at..at + length)
    });
    found.map(<[u8]>::to_vec).unwrap_or_default()
}

/// Moves the bytes from the first part to the rest, which puts them where they were. They stay if the
/// first part has an address of theirs in its code.
pub(crate) fn hand_over(first: &mut Module, rest: &mut Module, bytes: &[u8]) -> Result<()> {
    let Some((segment, begin, place)) = find(first, bytes) else {
        eprintln!("{} bytes of cold data are not in the module", bytes.len());
        return Ok(());
    };
    let at = begin + place;
    if is_read(first, at, bytes.len()) {
        eprintln!("{} bytes at {at} stay: a first visit may read them", bytes.len());
        return Ok(());
    }
    let memory = first.get_memory_id()?;
    let data = first.data.get_mut(segment);
    let after = data.value.split_off(place + bytes.len());
    data.value.truncate(place);
    put(first, memory, at + bytes.len(), after)?;
    let memory = rest.get_memory_id()?;
    put(rest, memory, at, bytes.to_vec())
}

/// The segment that holds the bytes, where it begins in memory, and their place in it.
fn find(module: &Module, bytes: &[u8]) -> Option<(DataId, usize, usize)> {
    module.data.iter().find_map(|data| {
        let DataKind::Active { offset: ConstExpr::Value(Value::I32(begin)), .. } = &data.kind
        else {
            return None;
        };
        let begin = usize::try_from(*begin).ok()?;
        let head = bytes.get(..bytes.len().min(16))?;
        let mut places = data.value.windows(head.len()).enumerate().filter(|(_, w)| *w == head);
        let place = places.find(|(at, _)| data.value[*at..].starts_with(bytes))?.0;
        Some((data.id(), begin, place))
    })
}

fn put(module: &mut Module, memory: walrus::MemoryId, at: usize, bytes: Vec<u8>) -> Result<()> {
    let offset = ConstExpr::Value(Value::I32(i32::try_from(at)?));
    let data = module.data.add(DataKind::Active { memory, offset }, bytes);
    module.memories.get_mut(memory).data_segments.insert(data);
    Ok(())
}

/// Whether an address of the bytes stands in the code, or that of the first one in other data.
fn is_read(module: &Module, at: usize, length: usize) -> bool {
    let mut seen = Constants(Vec::new());
    for (_, local) in module.funcs.iter_local() {
        ir::dfs_in_order(&mut seen, local, local.entry_block());
    }
    let mut words = module.data.iter().flat_map(|data| data.value.chunks_exact(4));
    seen.0.iter().any(|address| (at..at + length).contains(address))
        || words.any(|word| u32::try_from(at).is_ok_and(|at| word == at.to_le_bytes()))
}

/// An address is a constant, or the fixed part of the place that is read or written.
struct Constants(Vec<usize>);

impl<'a> ir::Visitor<'a> for Constants {
    fn visit_const(&mut self, constant: &ir::Const) {
        if let Value::I32(number) = constant.value {
            self.0.push(number.cast_unsigned() as usize);
        }
    }

    fn visit_load(&mut self, load: &ir::Load) {
        self.0.extend(usize::try_from(load.arg.offset));
    }

    fn visit_store(&mut self, store: &ir::Store) {
        self.0.extend(usize::try_from(store.arg.offset));
    }
}
