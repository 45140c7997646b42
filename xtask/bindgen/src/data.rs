//! Data that only the rest reads goes there too.

use std::ops::Range;

use anyhow::Result;
use walrus::ir::Value;
use walrus::{ConstExpr, DataKind, MemoryId, Module};

/// Moves what stands at these places, in their order, from the first part to the rest, which puts it
/// where it was.
pub(crate) fn hand_over(
    first: &mut Module,
    rest: &mut Module,
    places: &[Range<usize>],
) -> Result<()> {
    let (here, there) = (first.get_memory_id()?, rest.get_memory_id()?);
    let segments: Vec<_> = first.data.iter().map(walrus::Data::id).collect();
    for segment in segments {
        let data = first.data.get_mut(segment);
        let DataKind::Active { offset: ConstExpr::Value(Value::I32(begin)), .. } = data.kind else {
            continue;
        };
        let begin = begin.cast_unsigned() as usize;
        let end = begin + data.value.len();
        let inside = places.iter().filter(|place| begin <= place.start && place.end <= end);
        let value = std::mem::take(&mut data.value);
        let mut at = begin;
        let mut kept = Vec::new();
        for place in inside {
            kept.push(at..place.start);
            put(rest, there, place.start, &value[place.start - begin..place.end - begin])?;
            at = place.end;
        }
        kept.push(at..end);
        let mut kept = kept.into_iter();
        if let Some(head) = kept.next() {
            first.data.get_mut(segment).value = value[..head.end - begin].to_vec();
        }
        for place in kept {
            put(first, here, place.start, &value[place.start - begin..place.end - begin])?;
        }
    }
    Ok(())
}

fn put(module: &mut Module, memory: MemoryId, at: usize, bytes: &[u8]) -> Result<()> {
    if bytes.is_empty() {
        return Ok(());
    }
    let offset = ConstExpr::Value(Value::I32(i32::try_from(at)?));
    let data = module.data.add(DataKind::Active { memory, offset }, bytes.to_vec());
    module.memories.get_mut(memory).data_segments.insert(data);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(value: &[u8]) -> Module {
        let mut module = Module::default();
        let memory = module.memories.add_local(false, false, 1, None, None);
        put(&mut module, memory, 1000, value).expect("an address");
        module
    }

    /// Every byte and where it stands.
    fn memory(module: &Module) -> Vec<(usize, u8)> {
        let mut bytes = Vec::new();
        for data in module.data.iter() {
            let DataKind::Active { offset: ConstExpr::Value(Value::I32(at)), .. } = data.kind
            else {
                panic!("a segment of another kind");
            };
            let at = at.cast_unsigned() as usize;
            bytes.extend(data.value.iter().enumerate().map(|(i, byte)| (at + i, *byte)));
        }
        bytes.sort_unstable();
        bytes
    }

    #[test]
    fn every_byte_is_in_one_part_where_it_was() {
        let whole = module(b"abcdefghij");
        let (mut first, mut rest) = (module(b"abcdefghij"), module(b""));
        hand_over(&mut first, &mut rest, &[1000..1002, 1004..1007]).expect("handed over");
        assert_eq!(
            memory(&rest),
            memory(&whole)[..2].iter().chain(&memory(&whole)[4..7]).copied().collect::<Vec<_>>()
        );
        let mut both = [memory(&first), memory(&rest)].concat();
        both.sort_unstable();
        assert_eq!(both, memory(&whole));
        hand_over(&mut first, &mut rest, std::slice::from_ref(&(5000..5010)))
            .expect("nothing there");
        assert_eq!(memory(&first).len(), 5);
    }
}
