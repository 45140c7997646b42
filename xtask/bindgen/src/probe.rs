//! A module that notes which of its functions are run: a byte a function, behind the memory that it was
//! given at first.

use anyhow::{Context, Result};
use walrus::ir::{MemArg, StoreKind, Value};
use walrus::{FunctionId, Module};

const PAGE: u64 = 65_536;

/// The module with probes, where they begin in its memory, and the names of its functions in their order.
pub(crate) fn probed(bytes: &[u8]) -> Result<(Vec<u8>, u64, Vec<String>)> {
    let mut module = Module::from_buffer(bytes)?;
    let ids: Vec<FunctionId> = module.funcs.iter_local().map(|(id, _)| id).collect();
    let names: Vec<String> =
        ids.iter().map(|id| module.funcs.get(*id).name.clone().unwrap_or_default()).collect();
    let memory = module.get_memory_id()?;
    let begin = module.memories.get(memory).initial * PAGE;
    module.memories.get_mut(memory).initial += (ids.len() as u64).div_ceil(PAGE);
    for (place, id) in ids.into_iter().enumerate() {
        let at = i32::try_from(begin as usize + place).context("a memory that is too large")?;
        let function = module.funcs.get_mut(id).kind.unwrap_local_mut();
        let mut body = function.builder_mut().func_body();
        body.const_at(0, Value::I32(at));
        body.const_at(1, Value::I32(1));
        let kind = StoreKind::I32_8 { atomic: false };
        body.store_at(2, memory, kind, MemArg { align: 1, offset: 0 });
    }
    Ok((module.emit_wasm(), begin, names))
}
