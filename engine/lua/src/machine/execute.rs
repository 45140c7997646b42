//! The loop over instructions: what most of them mostly do. Whatever needs more (metamethods, errors, other frames)
//! is left to `slow`.

use super::closure::{closure, upvalue};
use super::{Flow, Machine, Result, Stop, WINDOW};
use crate::Value;
use crate::number::modulo;
use crate::object::{Frame, Function, Upval, Want};
use crate::op::Op;

/// The registers of the frame at `base`: a fixed number, so that a byte always finds one.
#[inline]
fn window(stack: &mut [Value], base: usize) -> Option<&mut [Value; WINDOW]> {
    stack.get_mut(base..)?.first_chunk_mut()
}

/// A copy of a register, numbers apart: one load of 16 bytes would wait for the two stores that made them.
#[inline(always)]
fn copied(value: &Value) -> Value {
    match value {
        Value::Number(number) => Value::Number(*number),
        other => *other,
    }
}

impl Machine<'_> {
    /// Runs the topmost frame, and the Lua functions it calls, until something else is to be done.
    #[allow(
        clippy::too_many_lines,
        reason = "one match over all instructions is what a compiler makes fast"
    )]
    pub(super) fn execute(&mut self) -> Result<Flow> {
        let mut fuel = *self.fuel;
        'frame: loop {
            let current = self.current();
            let Machine { heap, protos, thread, .. } = self;
            let Some(frame) = thread.frames.last_mut().filter(|frame| frame.is_lua()) else {
                *self.fuel = fuel;
                return Ok(Flow::Next);
            };
            let proto = &**protos.get(frame.proto.0);
            let (code, constants) = (&proto.code[..], &proto.constants[..]);
            let function = frame.function;
            let Some(env) = closure(&heap.functions, function).map(|closure| closure.env) else {
                return Ok(Flow::Next);
            };
            let base = frame.base as usize;
            let mut pc = frame.pc as usize;
            let Some(mut r) = window(&mut thread.stack, base) else { return Ok(Flow::Next) };
            macro_rules! stop {
                () => {{
                    frame.pc = pc as u32;
                    *self.fuel = fuel;
                    return Ok(Flow::Stop(Stop::Spent));
                }};
            }
            // A jump; backwards it costs fuel.
            macro_rules! jump {
                ($ins:ident) => {{
                    let back = ($ins.d as usize) < pc;
                    pc = $ins.d as usize;
                    if back {
                        if fuel == 0 {
                            stop!();
                        }
                        fuel -= 1;
                    }
                    continue;
                }};
            }
            macro_rules! arith {
                ($ins:ident, $left:expr, $right:expr, $op:expr) => {
                    // By reference: copies of 16 bytes would wait for the stores of 8 before them.
                    if let (Value::Number(x), Value::Number(y)) = (&$left, &$right) {
                        r[$ins.a as usize] = Value::Number($op(*x, *y));
                        continue;
                    }
                };
            }
            macro_rules! compare {
                ($ins:ident, $left:expr, $right:expr, $op:tt) => {
                    if let (Value::Number(x), Value::Number(y)) = (&$left, &$right) {
                        if (*x $op *y) == ($ins.a != 0) {
                            jump!($ins);
                        }
                        continue;
                    }
                };
            }
            // The stack was used past the window.
            macro_rules! reload {
                () => {{
                    let Some(again) = window(&mut thread.stack, base) else {
                        return Ok(Flow::Next);
                    };
                    r = again;
                    continue;
                }};
            }
            macro_rules! get {
                ($ins:ident, $table:expr, $get:ident($key:expr)) => {
                    let table = heap.tables.get($table.0);
                    let value = table.$get($key);
                    if !value.is_nil() || table.metatable.is_none() {
                        r[$ins.a as usize] = value;
                        continue;
                    }
                };
            }
            macro_rules! put {
                ($ins:ident, $key:expr, $value:expr) => {
                    if let Value::Table(table) = r[$ins.a as usize]
                        && heap.put_plain(table, $key, $value)
                    {
                        continue;
                    }
                };
            }
            let ins = loop {
                let ins = code[pc];
                pc += 1;
                let (a, b, c) = (ins.a as usize, ins.b as usize, ins.c as usize);
                match ins.op {
                    Op::Move => {
                        r[a] = copied(&r[b]);
                        continue;
                    }
                    Op::LoadK => {
                        r[a] = constants[ins.d as usize];
                        continue;
                    }
                    Op::LoadBool => {
                        r[a] = Value::Bool(b != 0);
                        pc += usize::from(c != 0);
                        continue;
                    }
                    Op::LoadNil => {
                        r[a..=b].fill(Value::Nil);
                        continue;
                    }
                    Op::GetUpval => {
                        let shared = upvalue(heap, function, ins.b);
                        match shared.map(|shared| heap.upvals.get(shared.0)) {
                            Some(Upval::Closed(value)) => {
                                r[a] = copied(value);
                                continue;
                            }
                            Some(Upval::Open { thread: owner, index }) if *owner == current => {
                                let value = copied(&thread.stack[*index as usize]);
                                thread.stack[base + a] = value;
                                reload!();
                            }
                            _ => {}
                        }
                    }
                    Op::SetUpval => {
                        let shared = upvalue(heap, function, ins.b);
                        match shared.map(|shared| heap.upvals.get_mut(shared.0)) {
                            Some(Upval::Closed(value)) => {
                                *value = copied(&r[a]);
                                continue;
                            }
                            Some(Upval::Open { thread: owner, index }) if *owner == current => {
                                let value = copied(&thread.stack[base + a]);
                                thread.stack[*index as usize] = value;
                                reload!();
                            }
                            _ => {}
                        }
                    }
                    Op::GetGlobal => {
                        if let Value::Str(name) = constants[ins.d as usize] {
                            get!(ins, env, get_str(name));
                        }
                    }
                    Op::GetField => {
                        if let (Value::Table(table), Value::Str(name)) =
                            (r[b], constants[ins.d as usize])
                        {
                            get!(ins, table, get_str(name));
                        }
                    }
                    Op::GetTable => {
                        if let Value::Table(table) = r[b] {
                            get!(ins, table, get(r[c]));
                        }
                    }
                    Op::GetTableK => {
                        if let Value::Table(table) = r[b] {
                            get!(ins, table, get(constants[ins.d as usize]));
                        }
                    }
                    Op::SetGlobal if heap.put_plain(env, constants[ins.d as usize], r[a]) => {
                        continue;
                    }
                    Op::SetTableRR => put!(ins, r[b], r[c]),
                    Op::SetTableRK => put!(ins, r[b], constants[c]),
                    Op::SetTableKR => put!(ins, constants[b], r[c]),
                    Op::SetTableKK => put!(ins, constants[b], constants[c]),
                    Op::SelfK => {
                        let object = r[b];
                        if let Value::Table(table) = object
                            && let Value::Str(name) = constants[ins.d as usize]
                        {
                            let table = heap.tables.get(table.0);
                            let value = table.get_str(name);
                            if !value.is_nil() || table.metatable.is_none() {
                                r[ins.a.wrapping_add(1) as usize] = object;
                                r[a] = value;
                                continue;
                            }
                        }
                    }
                    Op::AddRR => arith!(ins, r[b], r[c], |x, y| x + y),
                    Op::AddRK => arith!(ins, r[b], constants[c], |x, y| x + y),
                    Op::AddKR => arith!(ins, constants[b], r[c], |x, y| x + y),
                    Op::SubRR => arith!(ins, r[b], r[c], |x, y| x - y),
                    Op::SubRK => arith!(ins, r[b], constants[c], |x, y| x - y),
                    Op::SubKR => arith!(ins, constants[b], r[c], |x, y| x - y),
                    Op::MulRR => arith!(ins, r[b], r[c], |x, y| x * y),
                    Op::MulRK => arith!(ins, r[b], constants[c], |x, y| x * y),
                    Op::MulKR => arith!(ins, constants[b], r[c], |x, y| x * y),
                    Op::DivRR => arith!(ins, r[b], r[c], |x, y| x / y),
                    Op::DivRK => arith!(ins, r[b], constants[c], |x, y| x / y),
                    Op::DivKR => arith!(ins, constants[b], r[c], |x, y| x / y),
                    Op::ModRR => arith!(ins, r[b], r[c], modulo),
                    Op::ModRK => arith!(ins, r[b], constants[c], modulo),
                    Op::ModKR => arith!(ins, constants[b], r[c], modulo),
                    Op::Unm => {
                        if let Value::Number(x) = r[b] {
                            r[a] = Value::Number(-x);
                            continue;
                        }
                    }
                    Op::Not => {
                        r[a] = Value::Bool(!r[b].truthy());
                        continue;
                    }
                    Op::Len => match r[b] {
                        Value::Table(table) => {
                            r[a] = Value::Number(heap.len(table) as f64);
                            continue;
                        }
                        Value::Str(string) => {
                            r[a] = Value::Number(heap.bytes(string).len() as f64);
                            continue;
                        }
                        _ => {}
                    },
                    Op::Jump => jump!(ins),
                    Op::EqRR | Op::EqRK => {
                        let (x, y) = (r[b], if ins.op == Op::EqRR { r[c] } else { constants[c] });
                        let equal = x.raw_equal(y);
                        let plain = equal || !matches!((x, y), (Value::Table(_), Value::Table(_)));
                        if plain {
                            if equal == (ins.a != 0) {
                                jump!(ins);
                            }
                            continue;
                        }
                    }
                    Op::LtRR => compare!(ins, r[b], r[c], <),
                    Op::LtRK => compare!(ins, r[b], constants[c], <),
                    Op::LtKR => compare!(ins, constants[b], r[c], <),
                    Op::LeRR => compare!(ins, r[b], r[c], <=),
                    Op::LeRK => compare!(ins, r[b], constants[c], <=),
                    Op::LeKR => compare!(ins, constants[b], r[c], <=),
                    Op::Test => {
                        if r[a].truthy() == (c != 0) {
                            jump!(ins);
                        }
                        continue;
                    }
                    Op::TestSet => {
                        let value = r[b];
                        if value.truthy() == (c != 0) {
                            r[a] = value;
                            jump!(ins);
                        }
                        continue;
                    }
                    Op::Call => {
                        if fuel == 0 {
                            pc -= 1;
                            stop!();
                        }
                        fuel -= 1;
                        if let Value::Function(callee) = r[a]
                            && let Function::Lua(closure) = heap.functions.get(callee.0)
                        {
                            let proto = closure.proto;
                            let func = base + a;
                            let args = if b != 0 { b - 1 } else { thread.top - func - 1 };
                            let want = Want::Results(i16::from(ins.c) - 1);
                            frame.pc = pc as u32;
                            let made = Frame::lua(func, want, callee, proto);
                            if thread.enter_plain(protos.get(proto.0), made, args) {
                                continue 'frame;
                            }
                            *self.fuel = fuel;
                            self.enter_lua(func, args, want, callee, proto)?;
                            continue 'frame;
                        }
                    }
                    Op::Return => {
                        let first = base + a;
                        let count = if b != 0 { b - 1 } else { thread.top - first };
                        if thread.return_plain(first, count) {
                            continue 'frame;
                        }
                        *self.fuel = fuel;
                        match self.return_lua(first, count)? {
                            Flow::Next => {}
                            stop => return Ok(stop),
                        }
                        fuel = *self.fuel;
                        continue 'frame;
                    }
                    Op::ForLoop => {
                        let [limit, step, shown] =
                            [1, 2, 3].map(|i| ins.a.wrapping_add(i) as usize);
                        if let (Value::Number(index), Value::Number(limit), Value::Number(step)) =
                            (&r[a], &r[limit], &r[step])
                        {
                            let index = *index + *step;
                            if if *step > 0.0 { index <= *limit } else { *limit <= index } {
                                r[a] = Value::Number(index);
                                r[shown] = Value::Number(index);
                                pc = ins.d as usize;
                                if fuel == 0 {
                                    stop!();
                                }
                                fuel -= 1;
                            }
                            continue;
                        }
                    }
                    Op::TForLoop => {
                        if fuel == 0 {
                            pc -= 1;
                            stop!();
                        }
                        fuel -= 1;
                        let [state, control, key, value] =
                            [1, 2, 3, 4].map(|i| ins.a.wrapping_add(i) as usize);
                        if let Value::Function(iterator) = r[a]
                            && let Value::Table(table) = r[state]
                            && let Some(entry) = heap.iterate(iterator, table, r[control])
                        {
                            let (k, v) = entry.unwrap_or_default();
                            r[key] = k;
                            if c >= 2 {
                                r[value] = v;
                                for extra in 2..c {
                                    r[(key + extra) & (WINDOW - 1)] = Value::Nil;
                                }
                            }
                            if !k.is_nil() {
                                r[control] = k;
                                pc = ins.d as usize;
                            }
                            continue;
                        }
                    }
                    Op::Closure => {
                        let made = proto.children[ins.d as usize];
                        frame.pc = pc as u32;
                        *self.fuel = fuel;
                        self.make_closure(a, made, function)?;
                        continue 'frame;
                    }
                    _ => {}
                }
                break ins;
            };
            frame.pc = pc as u32;
            *self.fuel = fuel;
            match self.slow(ins)? {
                Flow::Next => {}
                stop => return Ok(stop),
            }
            fuel = *self.fuel;
        }
    }
}
