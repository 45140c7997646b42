//! Garbage: mark from the roots, sweep the arenas.

use std::sync::Arc;

use super::{
    Arena, Event, FIRST_COLLECTION, FUNCTION_COST, Heap, STRING_COST, TABLE_COST, THREAD_COST,
    UPVAL_COST,
};
use crate::object::{Function, Thread, Upval};
use crate::proto::Proto;
use crate::table::Table;
use crate::{FnRef, ProtoRef, TableRef, ThreadRef, UpvalRef, Value};

/// What is marked, but not looked through yet.
#[derive(Debug, Default)]
struct Gray {
    tables: Vec<TableRef>,
    functions: Vec<FnRef>,
    threads: Vec<ThreadRef>,
    protos: Vec<ProtoRef>,
    /// Tables whose dead entries are cleared at the end, and whether by weak key or value.
    clear: Vec<(TableRef, bool, bool)>,
}

impl Heap {
    /// Frees what cannot be reached from `roots`.
    pub(crate) fn collect(&mut self, protos: &mut Arena<Arc<Proto>>, roots: &[Value]) {
        let mut gray = Gray::default();
        for event in self.events {
            self.strings.mark(event);
        }
        if let Some(table) = self.string_metatable {
            self.mark(Value::Table(table), &mut gray);
        }
        for root in roots {
            self.mark(*root, &mut gray);
        }
        while self.look_through_one(protos, &mut gray) {}
        for (table, keys, values) in std::mem::take(&mut gray.clear) {
            self.clear(table, keys, values);
        }
        self.sweep(protos);
        self.collect_at = (self.used * 2).max(FIRST_COLLECTION).min(self.limit);
        if self.stopped {
            self.collect_at = self.limit;
        }
    }

    fn mark(&mut self, value: Value, gray: &mut Gray) {
        match value {
            Value::Str(string) => self.strings.mark(string),
            Value::Table(table) if self.tables.mark(table.0) => gray.tables.push(table),
            Value::Function(function) if self.functions.mark(function.0) => {
                gray.functions.push(function);
            }
            Value::Thread(thread) if self.threads.mark(thread.0) => gray.threads.push(thread),
            _ => {}
        }
    }

    fn look_through_one(&mut self, protos: &mut Arena<Arc<Proto>>, gray: &mut Gray) -> bool {
        if let Some(table) = gray.tables.pop() {
            self.mark_table(table, gray);
        } else if let Some(function) = gray.functions.pop() {
            self.mark_function(function, protos, gray);
        } else if let Some(proto) = gray.protos.pop() {
            self.mark_proto(proto, protos, gray);
        } else if let Some(thread) = gray.threads.pop() {
            self.mark_thread(thread, protos, gray);
        } else {
            return false;
        }
        true
    }

    fn mark_table(&mut self, table: TableRef, gray: &mut Gray) {
        let metatable = self.tables.get(table.0).metatable;
        let (mut weak_keys, mut weak_values) = (false, false);
        if let Some(metatable) = metatable {
            self.mark(Value::Table(metatable), gray);
            if let Value::Str(mode) = self.handler_in(metatable, Event::Mode) {
                weak_keys = self.bytes(mode).contains(&b'k');
                weak_values = self.bytes(mode).contains(&b'v');
            }
        }
        // Taken out for the time, so that marking may borrow the heap.
        let object = std::mem::take(self.tables.get_mut(table.0));
        if !weak_values {
            for value in &object.array {
                self.mark(*value, gray);
            }
        }
        let mut holes = weak_keys || weak_values;
        for node in &object.nodes {
            if node.value.is_nil() {
                holes |= !node.key.is_nil();
                continue;
            }
            // Strings are values: weakness does not let go of them.
            if !weak_keys || matches!(node.key, Value::Str(_)) {
                self.mark(node.key, gray);
            }
            if !weak_values || matches!(node.value, Value::Str(_)) {
                self.mark(node.value, gray);
            }
        }
        if weak_values {
            for value in object.array.iter().filter(|value| matches!(value, Value::Str(_))) {
                self.mark(*value, gray);
            }
        }
        *self.tables.get_mut(table.0) = object;
        if holes {
            gray.clear.push((table, weak_keys, weak_values));
        }
    }

    fn mark_function(&mut self, function: FnRef, protos: &mut Arena<Arc<Proto>>, gray: &mut Gray) {
        let (env, proto, upvalues) = match self.functions.get(function.0) {
            Function::Lua(closure) => (closure.env, closure.proto, closure.upvalues.clone()),
            Function::Native { upvalues, .. } => {
                for value in upvalues.clone() {
                    self.mark(value, gray);
                }
                return;
            }
            Function::Host(_) => return,
        };
        self.mark(Value::Table(env), gray);
        if protos.mark(proto.0) {
            gray.protos.push(proto);
        }
        for upvalue in upvalues {
            self.mark_upval(upvalue, gray);
        }
    }

    fn mark_upval(&mut self, upvalue: UpvalRef, gray: &mut Gray) {
        if self.upvals.mark(upvalue.0) {
            let value = self.upval_value(upvalue);
            self.mark(value, gray);
        }
    }

    /// The value of a shared variable (of a coroutine that is not running).
    fn upval_value(&self, upvalue: UpvalRef) -> Value {
        match *self.upvals.get(upvalue.0) {
            Upval::Closed(value) => value,
            Upval::Open { thread, index } => {
                self.threads.get(thread.0).stack.get(index as usize).copied().unwrap_or_default()
            }
        }
    }

    fn mark_proto(&mut self, proto: ProtoRef, protos: &mut Arena<Arc<Proto>>, gray: &mut Gray) {
        let proto = protos.get(proto.0).clone();
        for constant in &proto.constants {
            self.mark(*constant, gray);
        }
        for name in &proto.upvalue_names {
            self.strings.mark(*name);
        }
        for local in &proto.locals {
            self.strings.mark(local.name);
        }
        for child in &proto.children {
            if protos.mark(child.0) {
                gray.protos.push(*child);
            }
        }
    }

    fn mark_thread(&mut self, thread: ThreadRef, protos: &mut Arena<Arc<Proto>>, gray: &mut Gray) {
        let mut object = std::mem::take(self.threads.get_mut(thread.0));
        let mut top = object.top;
        if let Some(frame) = object.frames.last()
            && frame.is_lua()
        {
            let registers = usize::from(protos.get(frame.proto.0).registers);
            top = top.max(frame.base as usize + registers);
        }
        top = top.min(object.stack.len());
        for value in &object.stack[..top] {
            self.mark(*value, gray);
        }
        object.stack[top..].fill(Value::Nil);
        for frame in &object.frames {
            self.mark(Value::Function(frame.function), gray);
        }
        if let Some(globals) = object.globals {
            self.mark(Value::Table(globals), gray);
        }
        *self.threads.get_mut(thread.0) = object;
    }

    fn is_gone(&self, value: Value) -> bool {
        match value {
            Value::Str(string) => self.strings.is_white(string),
            Value::Table(table) => self.tables.is_white(table.0),
            Value::Function(function) => self.functions.is_white(function.0),
            Value::Thread(thread) => self.threads.is_white(thread.0),
            _ => false,
        }
    }

    /// Takes entries of dead objects out of a weak table; keys of removed entries become nobody's.
    fn clear(&mut self, table: TableRef, keys: bool, values: bool) {
        let mut object = std::mem::take(self.tables.get_mut(table.0));
        if values {
            for value in &mut object.array {
                if self.is_gone(*value) {
                    *value = Value::Nil;
                }
            }
        }
        for node in &mut object.nodes {
            if (keys && self.is_gone(node.key)) || (values && self.is_gone(node.value)) {
                node.value = Value::Nil;
            }
            if node.value.is_nil() && self.is_gone(node.key) {
                node.key = Value::Dead;
            }
        }
        *self.tables.get_mut(table.0) = object;
    }

    fn sweep(&mut self, protos: &mut Arena<Arc<Proto>>) {
        let mut freed = 0;
        // Variables on a dead coroutine's stack that a living closure shares go on alone.
        let upvals = &mut self.upvals;
        self.threads.sweep(Thread::default, |_, thread| {
            freed += THREAD_COST + thread.stack.len() * size_of::<Value>();
            for (index, upval) in &thread.open {
                if !upvals.is_white(upval.0) {
                    *upvals.get_mut(upval.0) = Upval::Closed(thread.stack[*index as usize]);
                }
            }
        });
        for thread in &mut self.threads.items {
            thread.open.retain(|(_, upval)| !upvals.is_white(upval.0));
        }
        let empty = || Upval::Closed(Value::Nil);
        self.upvals.sweep(empty, |_, _| freed += UPVAL_COST);
        self.tables.sweep(Table::default, |_, table| freed += TABLE_COST + table.bytes());
        self.functions.sweep(
            || Function::Host(0),
            |_, function| {
                freed += FUNCTION_COST;
                if let Function::Lua(closure) = function {
                    freed += closure.upvalues.len() * size_of::<UpvalRef>();
                }
            },
        );
        protos.sweep(Default::default, |_, proto| freed += proto.bytes());
        freed += self.strings.sweep(|length| length + STRING_COST);
        self.used = self.used.saturating_sub(freed);
    }
}
