//! The loop over instructions: what most of them mostly do. Whatever needs more (metamethods, errors, other frames)
//! is left to `slow`.

use super::closure::upvalue;
use super::{Flow, Machine, Result, Stop, WINDOW};
use crate::Value;
use crate::number::modulo;
use crate::object::{Function, Upval, Want};
use crate::op::Op;

/// The registers of the frame at `base`: a fixed number, so that a byte always finds one.
#[inline]
fn window(stack: &mut [Value], base: usize) -> Option<&mut [Value; WINDOW]> {
    stack.get_mut(base..)?.first_chunk_mut()
}

impl Machine<'_> {
    /// Runs the topmost frame, and the Lua functions it calls, until something else is to be done.
    #[allow(
        clippy::too_many_lines,
        reason = "one match over all instructions is what a compiler makes fast"
    )]
    pub(super) fn execute(&mut self) -> Result<Flow> {
        let mut fuel = *self.fuel;
        // The innermost loop runs one function; what it calls, and what it returns to, goes round the second one,
        // with what is known of it in hand; all else goes round the first.
        'found: loop {
            let current = self.current();
            let Machine { heap, protos, thread, .. } = self;
            let Some(mut at) = thread.running() else {
                *self.fuel = fuel;
                return Ok(Flow::Next);
            };
            'frame: loop {
                let proto = &**protos.get(at.proto.0);
                let (code, constants) = (&proto.code[..], &proto.constants[..]);
                let (function, env, base) = (at.function, at.env, at.base as usize);
                let mut pc = at.pc as usize;
                let Some(mut r) = window(&mut thread.stack, base) else {
                    *self.fuel = fuel;
                    self.widen(base)?;
                    continue 'found;
                };
                macro_rules! stop {
                    () => {{
                        thread.set_pc(pc);
                        *self.fuel = fuel;
                        return Ok(Flow::Stop(Stop::Spent));
                    }};
                }
                // A jump; backwards it costs fuel.
                macro_rules! jump {
                    ($ins:ident) => {{
                        let back = ($ins.d()) < pc;
                        pc = $ins.d();
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
                        r[$ins.a()] = Value::Number($op(*x, *y));
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
                            r[$ins.a()] = value;
                            continue;
                        }
                    };
                }
                macro_rules! put {
                    ($ins:ident, $key:expr, $value:expr) => {
                        if let Value::Table(table) = r[$ins.a()]
                            && heap.put_plain(table, $key, $value)
                        {
                            continue;
                        }
                    };
                }
                let ins = loop {
                    // By reference: each takes what it needs of it.
                    let ins = &code[pc];
                    pc += 1;
                    match ins.op {
                        Op::Move => {
                            r[ins.a()] = r[ins.b()];
                            continue;
                        }
                        Op::LoadK => {
                            r[ins.a()] = constants[ins.d()];
                            continue;
                        }
                        Op::LoadBool => {
                            r[ins.a()] = Value::Bool(ins.b != 0);
                            pc += usize::from(ins.c != 0);
                            continue;
                        }
                        Op::LoadNil => {
                            r[ins.a()..=ins.b()].fill(Value::Nil);
                            continue;
                        }
                        Op::GetUpval => {
                            let shared = upvalue(heap, function, ins.b);
                            match shared.map(|shared| heap.upvals.get(shared.0)) {
                                Some(Upval::Closed(value)) => {
                                    r[ins.a()] = *value;
                                    continue;
                                }
                                Some(Upval::Open { thread: owner, index }) if *owner == current => {
                                    let value = thread.stack[*index as usize];
                                    thread.stack[base + ins.a()] = value;
                                    reload!();
                                }
                                _ => {}
                            }
                        }
                        Op::SetUpval => {
                            let shared = upvalue(heap, function, ins.b);
                            match shared.map(|shared| heap.upvals.get_mut(shared.0)) {
                                Some(Upval::Closed(value)) => {
                                    *value = r[ins.a()];
                                    continue;
                                }
                                Some(Upval::Open { thread: owner, index }) if *owner == current => {
                                    let value = thread.stack[base + ins.a()];
                                    thread.stack[*index as usize] = value;
                                    reload!();
                                }
                                _ => {}
                            }
                        }
                        Op::GetGlobal => {
                            if let Value::Str(name) = constants[ins.d()] {
                                get!(ins, env, get_str(name));
                            }
                        }
                        Op::GetField => {
                            if let (Value::Table(table), Value::Str(name)) =
                                (r[ins.b()], constants[ins.d()])
                                && let Some(value) = heap.field(table, name)
                            {
                                r[ins.a()] = value;
                                continue;
                            }
                        }
                        Op::GetTable => {
                            if let Value::Table(table) = r[ins.b()] {
                                get!(ins, table, get(r[ins.c()]));
                            }
                        }
                        Op::GetTableK => {
                            if let Value::Table(table) = r[ins.b()] {
                                get!(ins, table, get(constants[ins.d()]));
                            }
                        }
                        Op::SetGlobal if heap.put_plain(env, constants[ins.d()], r[ins.a()]) => {
                            continue;
                        }
                        Op::SetTableRR => put!(ins, r[ins.b()], r[ins.c()]),
                        Op::SetTableRK => put!(ins, r[ins.b()], constants[ins.c()]),
                        Op::SetTableKR => put!(ins, constants[ins.b()], r[ins.c()]),
                        Op::SetTableKK => put!(ins, constants[ins.b()], constants[ins.c()]),
                        Op::SelfK => {
                            let object = r[ins.b()];
                            if let (Value::Table(table), Value::Str(name)) =
                                (object, constants[ins.d()])
                                && let Some(value) = heap.field(table, name)
                            {
                                r[ins.a.wrapping_add(1) as usize] = object;
                                r[ins.a()] = value;
                                continue;
                            }
                        }
                        Op::AddRR => arith!(ins, r[ins.b()], r[ins.c()], |x, y| x + y),
                        Op::AddRK => arith!(ins, r[ins.b()], constants[ins.c()], |x, y| x + y),
                        Op::AddKR => arith!(ins, constants[ins.b()], r[ins.c()], |x, y| x + y),
                        Op::SubRR => arith!(ins, r[ins.b()], r[ins.c()], |x, y| x - y),
                        Op::SubRK => arith!(ins, r[ins.b()], constants[ins.c()], |x, y| x - y),
                        Op::SubKR => arith!(ins, constants[ins.b()], r[ins.c()], |x, y| x - y),
                        Op::MulRR => arith!(ins, r[ins.b()], r[ins.c()], |x, y| x * y),
                        Op::MulRK => arith!(ins, r[ins.b()], constants[ins.c()], |x, y| x * y),
                        Op::MulKR => arith!(ins, constants[ins.b()], r[ins.c()], |x, y| x * y),
                        Op::DivRR => arith!(ins, r[ins.b()], r[ins.c()], |x, y| x / y),
                        Op::DivRK => arith!(ins, r[ins.b()], constants[ins.c()], |x, y| x / y),
                        Op::DivKR => arith!(ins, constants[ins.b()], r[ins.c()], |x, y| x / y),
                        Op::ModRR => arith!(ins, r[ins.b()], r[ins.c()], modulo),
                        Op::ModRK => arith!(ins, r[ins.b()], constants[ins.c()], modulo),
                        Op::ModKR => arith!(ins, constants[ins.b()], r[ins.c()], modulo),
                        Op::Unm => {
                            if let Value::Number(x) = r[ins.b()] {
                                r[ins.a()] = Value::Number(-x);
                                continue;
                            }
                        }
                        Op::Not => {
                            r[ins.a()] = Value::Bool(!r[ins.b()].truthy());
                            continue;
                        }
                        Op::Len => match r[ins.b()] {
                            Value::Table(table) => {
                                r[ins.a()] = Value::Number(heap.len(table) as f64);
                                continue;
                            }
                            Value::Str(string) => {
                                r[ins.a()] = Value::Number(heap.bytes(string).len() as f64);
                                continue;
                            }
                            _ => {}
                        },
                        Op::Jump => jump!(ins),
                        Op::EqRR | Op::EqRK => {
                            let (x, y) = (
                                r[ins.b()],
                                if ins.op == Op::EqRR { r[ins.c()] } else { constants[ins.c()] },
                            );
                            let equal = x.raw_equal(y);
                            let plain =
                                equal || !matches!((x, y), (Value::Table(_), Value::Table(_)));
                            if plain {
                                if equal == (ins.a != 0) {
                                    jump!(ins);
                                }
                                continue;
                            }
                        }
                        Op::LtRR => compare!(ins, r[ins.b()], r[ins.c()], <),
                        Op::LtRK => compare!(ins, r[ins.b()], constants[ins.c()], <),
                        Op::LtKR => compare!(ins, constants[ins.b()], r[ins.c()], <),
                        Op::LeRR => compare!(ins, r[ins.b()], r[ins.c()], <=),
                        Op::LeRK => compare!(ins, r[ins.b()], constants[ins.c()], <=),
                        Op::LeKR => compare!(ins, constants[ins.b()], r[ins.c()], <=),
                        Op::Test => {
                            if r[ins.a()].truthy() == (ins.c != 0) {
                                jump!(ins);
                            }
                            continue;
                        }
                        Op::TestSet => {
                            let value = r[ins.b()];
                            if value.truthy() == (ins.c != 0) {
                                r[ins.a()] = value;
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
                            if let Value::Function(callee) = r[ins.a()] {
                                let func = base + ins.a();
                                let args =
                                    if ins.b != 0 { ins.b() - 1 } else { thread.top - func - 1 };
                                let want = Want::Results(i16::from(ins.c) - 1);
                                thread.set_pc(pc);
                                if let Function::Lua(closure) = heap.functions.get(callee.0) {
                                    let code = protos.get(closure.proto.0);
                                    let made =
                                        thread.enter_plain(code, func, args, want, callee, closure);
                                    if let Some(callee) = made {
                                        at = callee;
                                        continue 'frame;
                                    }
                                }
                                *self.fuel = fuel;
                                match self.call_function(func, args, want, callee)? {
                                    Flow::Next => {}
                                    stop => return Ok(stop),
                                }
                                fuel = *self.fuel;
                                continue 'found;
                            }
                        }
                        Op::Return => {
                            let first = base + ins.a();
                            let count = if ins.b != 0 { ins.b() - 1 } else { thread.top - first };
                            if thread.return_plain(first, count) {
                                match thread.running() {
                                    Some(caller) => at = caller,
                                    None => continue 'found,
                                }
                                continue 'frame;
                            }
                            *self.fuel = fuel;
                            match self.return_lua(first, count)? {
                                Flow::Next => {}
                                stop => return Ok(stop),
                            }
                            fuel = *self.fuel;
                            continue 'found;
                        }
                        Op::ForLoop => {
                            if let Some([at, limit, step, shown]) =
                                r[ins.a()..].first_chunk_mut::<4>()
                                && let (
                                    Value::Number(index),
                                    Value::Number(limit),
                                    Value::Number(step),
                                ) = (at, &*limit, &*step)
                            {
                                let next = *index + *step;
                                if if *step > 0.0 { next <= *limit } else { *limit <= next } {
                                    *index = next;
                                    *shown = Value::Number(next);
                                    pc = ins.d();
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
                            if let Value::Function(iterator) = r[ins.a()]
                                && let Value::Table(table) = r[state]
                                && let Some(entry) = heap.iterate(iterator, table, r[control])
                            {
                                let (k, v) = entry.unwrap_or_default();
                                r[key] = k;
                                if ins.c >= 2 {
                                    r[value] = v;
                                    for extra in 2..ins.c() {
                                        r[(key + extra) & (WINDOW - 1)] = Value::Nil;
                                    }
                                }
                                if !k.is_nil() {
                                    r[control] = k;
                                    pc = ins.d();
                                }
                                continue;
                            }
                        }
                        Op::Closure => {
                            let (register, made) = (ins.a(), proto.children[ins.d()]);
                            thread.set_pc(pc);
                            *self.fuel = fuel;
                            self.make_closure(register, made, function)?;
                            continue 'found;
                        }
                        _ => {}
                    }
                    break *ins;
                };
                thread.set_pc(pc);
                *self.fuel = fuel;
                match self.slow(ins)? {
                    Flow::Next => {}
                    stop => return Ok(stop),
                }
                fuel = *self.fuel;
                continue 'found;
            }
        }
    }
}
