//! One module becomes two: the first holds what a first visit runs, the rest is loaded after it. Both
//! share memory, globals and table. A function of the rest that the first part may call leaves a small
//! one behind, which loads the rest if need be and calls on through the table.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use walrus::ir::{self, UnaryOp, Value};
use walrus::{
    ConstExpr, ElementItems, ElementKind, ExportItem, FunctionBuilder, FunctionId, FunctionKind,
    GlobalKind, ImportedFunction, Module, ModuleConfig, TableId, ValType,
};

use crate::data;
use crate::reach::Reach;

/// Under this name the first part asks for the rest, and the rest for the first part.
pub(crate) const ASKS: (&str, &str) = ("rest", "load");
const FIRST: &str = "first";
/// The exported global that says whether the rest is there.
pub(crate) const LOADED: &str = "rest_is_here";

/// The two modules.
pub(crate) struct Parts {
    pub(crate) first: Vec<u8>,
    pub(crate) rest: Vec<u8>,
}

/// Splits; `is_cold` says by its name whether a function belongs to the rest. What only the rest calls
/// or reads goes there too.
pub(crate) fn split(bytes: &[u8], is_cold: impl Fn(&str) -> bool, reach: &Reach) -> Result<Parts> {
    let mut first = named_still().parse(bytes)?;
    let mut rest = named_still().parse(bytes)?;
    let slots = slots(&first, &cold(&first, &is_cold))?;
    let stay = first.funcs.iter_local().filter(|(id, _)| !slots.contains_key(&id.index()));
    let unread = reach.unread(stay.filter_map(|(id, _)| first.funcs.get(id).name.as_deref()));
    let imported = make_rest(&mut rest, &slots)?;
    make_first(&mut first, &slots, &imported)?;
    data::hand_over(&mut first, &mut rest, &unread)?;
    let rest = rest.emit_wasm();
    Ok(Parts { first: first.emit_wasm(), rest })
}

/// The functions of the rest: those that are cold by name, and what nothing else reaches.
fn cold(module: &Module, is_cold: &impl Fn(&str) -> bool) -> Vec<FunctionId> {
    let named = |id: FunctionId| {
        module.funcs.get(id).name.as_deref().is_some_and(is_cold)
            && matches!(module.funcs.get(id).kind, FunctionKind::Local(_))
    };
    let mut reached = std::collections::BTreeSet::new();
    let mut open: Vec<FunctionId> = Vec::new();
    open.extend(module.start);
    open.extend(module.exports.iter().filter_map(|e| match e.item {
        ExportItem::Function(id) => Some(id),
        _ => None,
    }));
    for element in module.elements.iter() {
        if let ElementItems::Functions(ids) = &element.items {
            open.extend(ids);
        }
    }
    while let Some(id) = open.pop() {
        if named(id) || !reached.insert(id) {
            continue;
        }
        if let FunctionKind::Local(local) = &module.funcs.get(id).kind {
            let mut called = Called(Vec::new());
            ir::dfs_in_order(&mut called, local, local.entry_block());
            open.extend(called.0);
        }
    }
    let all = module.funcs.iter_local().map(|(id, _)| id);
    all.filter(|id| !reached.contains(id)).collect()
}

struct Called(Vec<FunctionId>);

impl<'a> ir::Visitor<'a> for Called {
    fn visit_function_id(&mut self, id: &FunctionId) {
        self.0.push(*id);
    }
}

/// The places in the table of every function of the rest: its own if it has any, else a new one. The
/// two copies of the module know a function by the same number.
type Slots = BTreeMap<usize, Vec<u32>>;

fn table_of(module: &Module) -> Result<TableId> {
    module.tables.main_function_table()?.context("the module has no table")
}

fn slots(module: &Module, cold: &[FunctionId]) -> Result<Slots> {
    let table = table_of(module)?;
    let mut slots: Slots = cold.iter().map(|id| (id.index(), Vec::new())).collect();
    for element in module.elements.iter() {
        let ElementKind::Active { table: of, offset } = &element.kind else { continue };
        if *of != table {
            continue;
        }
        let (ConstExpr::Value(Value::I32(offset)), ElementItems::Functions(ids)) =
            (offset, &element.items)
        else {
            bail!("a table that is filled in a way unknown here");
        };
        for (place, id) in (offset.cast_unsigned()..).zip(ids) {
            if let Some(places) = slots.get_mut(&id.index()) {
                places.push(place);
            }
        }
    }
    let free = u32::try_from(module.tables.get(table).initial)?..;
    for (place, places) in free.zip(slots.values_mut().filter(|places| places.is_empty())) {
        places.push(place);
    }
    Ok(slots)
}

/// How long the table must be.
fn length(module: &Module, table: TableId, slots: &Slots) -> u64 {
    let last = slots.values().flatten().map(|place| u64::from(*place) + 1).max().unwrap_or(0);
    last.max(module.tables.get(table).initial)
}

fn lengthen(module: &mut Module, table: TableId, slots: &Slots) {
    let length = length(module, table, slots);
    let table = module.tables.get_mut(table);
    table.maximum = table.maximum.map(|most| most.max(length));
    table.initial = length;
}

/// A short name.
fn name(mut number: usize) -> String {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut name = String::from("_");
    loop {
        name.push(char::from(LETTERS[number % LETTERS.len()]));
        number /= LETTERS.len();
        if number == 0 {
            return name;
        }
    }
}

/// What the rest takes from the first part, by name.
struct Imported {
    functions: Vec<(String, usize)>,
    globals: Vec<(String, usize)>,
    tables: Vec<(String, usize)>,
}

/// Keeps the cold functions; all else is taken from the first part.
fn make_rest(module: &mut Module, slots: &Slots) -> Result<Imported> {
    let table = table_of(module)?;
    lengthen(module, table, slots);
    let exports: Vec<_> = module.exports.iter().map(walrus::Export::id).collect();
    exports.into_iter().for_each(|id| module.exports.delete(id));
    let elements: Vec<_> = module.elements.iter().map(walrus::Element::id).collect();
    let data: Vec<_> = module.data.iter().map(walrus::Data::id).collect();
    module.tables.iter_mut().for_each(|t| t.elem_segments.clear());
    elements.into_iter().for_each(|id| module.elements.delete(id));
    let memory = module.get_memory_id()?;
    module.memories.get_mut(memory).data_segments.clear();
    data.into_iter().for_each(|id| module.data.delete(id));
    module.start = None;

    let all: Vec<_> = module.funcs.iter().map(walrus::Function::id).collect();
    for id in all.iter().copied().filter(|id| !slots.contains_key(&id.index())) {
        let ty = module.funcs.get(id).ty();
        if let FunctionKind::Import(ImportedFunction { import, .. }) = module.funcs.get(id).kind {
            module.imports.delete(import);
        }
        let import = module.imports.add(FIRST, "", id);
        module.funcs.get_mut(id).kind = FunctionKind::Import(ImportedFunction { import, ty });
    }
    let import = module.imports.add(FIRST, "memory", memory);
    module.memories.get_mut(memory).import = Some(import);
    for id in module.globals.iter().map(walrus::Global::id).collect::<Vec<_>>() {
        let import = module.imports.add(FIRST, "", id);
        module.globals.get_mut(id).kind = GlobalKind::Import(import);
    }
    for id in module.tables.iter().map(walrus::Table::id).collect::<Vec<_>>() {
        let import = module.imports.add(FIRST, "", id);
        module.tables.get_mut(id).import = Some(import);
    }
    fill(module, table, slots, &all);
    walrus::passes::gc::run(module);
    Ok(named(module))
}

/// Gives what is imported its names, and says which.
fn named(module: &mut Module) -> Imported {
    let mut imported = Imported { functions: vec![], globals: vec![], tables: vec![] };
    let imports = module.imports.iter_mut().filter(|i| i.name.is_empty());
    for (count, import) in imports.enumerate() {
        import.name = name(count);
        match import.kind {
            walrus::ImportKind::Function(id) => {
                imported.functions.push((import.name.clone(), id.index()));
            }
            walrus::ImportKind::Global(id) => {
                imported.globals.push((import.name.clone(), id.index()));
            }
            walrus::ImportKind::Table(id) => {
                imported.tables.push((import.name.clone(), id.index()));
            }
            walrus::ImportKind::Memory(_) | walrus::ImportKind::Tag(_) => {}
        }
    }
    imported
}

/// The rest puts its functions into the table, in runs of neighbours.
fn fill(module: &mut Module, table: TableId, slots: &Slots, all: &[FunctionId]) {
    let mut by_place: BTreeMap<u32, FunctionId> = BTreeMap::new();
    for (index, places) in slots {
        by_place.extend(places.iter().map(|place| (*place, all[*index])));
    }
    let mut runs: Vec<(u32, Vec<FunctionId>)> = Vec::new();
    for (place, id) in by_place {
        match runs.last_mut() {
            Some((begin, run)) if *begin as usize + run.len() == place as usize => run.push(id),
            _ => runs.push((place, vec![id])),
        }
    }
    for (begin, run) in runs {
        let offset = ConstExpr::Value(Value::I32(begin.cast_signed()));
        let kind = ElementKind::Active { table, offset };
        let segment = module.elements.add(kind, ElementItems::Functions(run));
        module.tables.get_mut(table).elem_segments.insert(segment);
    }
}

/// Keeps all but the cold functions, of which those that are reached leave a small one behind.
fn make_first(module: &mut Module, slots: &Slots, imported: &Imported) -> Result<()> {
    let table = table_of(module)?;
    let all: Vec<_> = module.funcs.iter().map(walrus::Function::id).collect();
    let globals: Vec<_> = module.globals.iter().map(walrus::Global::id).collect();
    let tables: Vec<_> = module.tables.iter().map(walrus::Table::id).collect();
    lengthen(module, table, slots);
    let nothing = module.types.add(&[], &[]);
    let (load, _) = module.add_import_func(ASKS.0, ASKS.1, nothing);
    let zero = ConstExpr::Value(Value::I32(0));
    let loaded = module.globals.add_local(ValType::I32, true, false, zero);
    module.exports.add(LOADED, loaded);
    // Thousands of small functions begin with it.
    let mut builder = FunctionBuilder::new(&mut module.types, &[], &[]);
    builder.func_body().global_get(loaded).unop(UnaryOp::I32Eqz).if_else(
        None,
        |load_it| {
            load_it.call(load);
        },
        |_| {},
    );
    let ensure = module.funcs.add_local(builder.local_func(Vec::new()));
    for (index, places) in slots {
        let id = all[*index];
        let ty = module.funcs.get(id).ty();
        let (params, results) = module.types.params_results(ty);
        let (params, results) = (params.to_vec(), results.to_vec());
        let mut builder = FunctionBuilder::new(&mut module.types, &params, &results);
        let args: Vec<_> = params.iter().map(|ty| module.locals.add(*ty)).collect();
        let mut body = builder.func_body();
        body.call(ensure);
        args.iter().for_each(|arg| {
            body.local_get(*arg);
        });
        body.i32_const(places[0].cast_signed()).call_indirect(ty, table);
        module.funcs.get_mut(id).kind = FunctionKind::Local(builder.local_func(args));
    }
    for (name, index) in &imported.functions {
        module.exports.add(name, all[*index]);
    }
    for (name, index) in &imported.globals {
        module.exports.add(name, globals[*index]);
    }
    for (name, index) in &imported.tables {
        module.exports.add(name, tables[*index]);
    }
    walrus::passes::gc::run(module);
    Ok(())
}

/// Names stay: wasm-opt puts alike beside alike by them.
fn named_still() -> ModuleConfig {
    let mut config = ModuleConfig::new();
    config.generate_producers_section(false);
    config
}
