//! Expressions: names, calls, constructors, functions, operators by priority.

use super::expr::{Expr, Kind, Rk};
use super::operator::{Binary, UNARY_PRIORITY, Unary};
use super::token::Token;
use super::{Compiler, Result};
use crate::ProtoRef;
use crate::op::{Ins, Op, float_byte};

/// List items of a constructor that are stored at once.
const FLUSH: usize = 50;

impl Compiler<'_> {
    pub(super) fn expression(&mut self) -> Result<Expr> {
        let mut e = Expr::new(Kind::Void);
        self.sub_expression(&mut e, 0)?;
        Ok(e)
    }

    /// Operators that bind tighter than `limit`; gives the first that does not.
    fn sub_expression(&mut self, e: &mut Expr, limit: u8) -> Result<Option<Binary>> {
        self.enter()?;
        if let Some(op) = Unary::of(self.lex.token) {
            self.lex.next()?;
            self.sub_expression(e, UNARY_PRIORITY)?;
            self.prefix(op, e)?;
        } else {
            *e = self.simple()?;
        }
        let mut found = Binary::of(self.lex.token);
        while let Some(op) = found
            && op.priority().0 > limit
        {
            self.lex.next()?;
            self.infix(op, e)?;
            let mut right = Expr::new(Kind::Void);
            let next = self.sub_expression(&mut right, op.priority().1)?;
            self.postfix(op, e, &mut right)?;
            found = next;
        }
        self.leave();
        Ok(found)
    }

    fn simple(&mut self) -> Result<Expr> {
        let kind = match self.lex.token {
            Token::Number(number) => Kind::Number(number),
            Token::Str(string) => self.string(string)?.kind,
            Token::Nil => Kind::Nil,
            Token::True => Kind::True,
            Token::False => Kind::False,
            Token::Dots => {
                if !self.func().proto.is_vararg {
                    return self.lex.error("cannot use '...' outside a vararg function");
                }
                self.func().needs_arg = false;
                Kind::VarArg(self.code(Ins::abc(Op::VarArg, 0, 1, 0)))
            }
            Token::Byte(b'{') => return self.constructor(),
            Token::Function => {
                self.lex.next()?;
                let line = self.lex.line;
                return self.body(false, line);
            }
            _ => return self.primary(),
        };
        self.lex.next()?;
        Ok(Expr::new(kind))
    }

    fn prefix_expression(&mut self) -> Result<Expr> {
        match self.lex.token {
            Token::Byte(b'(') => {
                let line = self.lex.line;
                self.lex.next()?;
                let mut e = self.expression()?;
                self.expect_close(Token::Byte(b')'), Token::Byte(b'('), line)?;
                self.discharge(&mut e);
                Ok(e)
            }
            Token::Name(name) => {
                self.lex.next()?;
                self.variable(name).map(Expr::new)
            }
            _ => self.lex.error("unexpected symbol"),
        }
    }

    pub(super) fn primary(&mut self) -> Result<Expr> {
        let mut e = self.prefix_expression()?;
        loop {
            match self.lex.token {
                Token::Byte(b'.') => self.field(&mut e)?,
                Token::Byte(b'[') => {
                    let table = self.any_register(&mut e)?;
                    let mut key = self.index()?;
                    let key = self.rk(&mut key)?;
                    e.kind = Kind::Indexed { table, key };
                }
                Token::Byte(b':') => {
                    self.lex.next()?;
                    let name = self.name()?;
                    let mut key = self.string(name)?;
                    self.method(&mut e, &mut key)?;
                    self.arguments(&mut e)?;
                }
                Token::Byte(b'(' | b'{') | Token::Str(_) => {
                    self.next_register(&mut e)?;
                    self.arguments(&mut e)?;
                }
                _ => return Ok(e),
            }
        }
    }

    pub(super) fn field(&mut self, e: &mut Expr) -> Result<()> {
        let table = self.any_register(e)?;
        self.lex.next()?;
        let name = self.name()?;
        let mut key = self.string(name)?;
        let key = self.rk(&mut key)?;
        e.kind = Kind::Indexed { table, key };
        Ok(())
    }

    fn index(&mut self) -> Result<Expr> {
        self.lex.next()?;
        let mut e = self.expression()?;
        self.settle(&mut e)?;
        self.expect(Token::Byte(b']'))?;
        Ok(e)
    }

    fn arguments(&mut self, function: &mut Expr) -> Result<()> {
        let line = self.lex.line;
        let mut args = Expr::new(Kind::Void);
        match self.lex.token {
            Token::Byte(b'(') => {
                if line != self.lex.last_line {
                    let text = "ambiguous syntax (function call x new statement)";
                    return self.lex.error(text);
                }
                self.lex.next()?;
                if !self.is(Token::Byte(b')')) {
                    self.list(&mut args)?;
                    self.results(&mut args, None)?;
                }
                self.expect_close(Token::Byte(b')'), Token::Byte(b'('), line)?;
            }
            Token::Byte(b'{') => args = self.constructor()?,
            Token::Str(string) => {
                args = self.string(string)?;
                self.lex.next()?;
            }
            _ => return self.lex.error("function arguments expected"),
        }
        let Kind::Fixed(base) = function.kind else { return Ok(()) };
        let coded = if matches!(args.kind, Kind::Call(_) | Kind::VarArg(_)) {
            0
        } else {
            if args.kind != Kind::Void {
                self.next_register(&mut args)?;
            }
            (self.func().free - usize::from(base)) as u8
        };
        *function = Expr::new(Kind::Call(self.code(Ins::abc(Op::Call, base, coded, 2))));
        self.fix_line(line);
        self.func().free = usize::from(base) + 1;
        Ok(())
    }

    /// A list of expressions, the last one left open in `e`; gives how many.
    pub(super) fn list(&mut self, e: &mut Expr) -> Result<usize> {
        let mut count = 1;
        *e = self.expression()?;
        while self.accept(Token::Byte(b','))? {
            self.next_register(e)?;
            *e = self.expression()?;
            count += 1;
        }
        Ok(count)
    }

    fn constructor(&mut self) -> Result<Expr> {
        let line = self.lex.line;
        let pc = self.code(Ins::abc(Op::NewTable, 0, 0, 0));
        let mut table = Expr::new(Kind::Reloc(pc));
        self.next_register(&mut table)?;
        let Kind::Fixed(register) = table.kind else { return Ok(table) };
        let (mut elements, mut entries, mut waiting) = (0_usize, 0_usize, 0_usize);
        let mut item = Expr::new(Kind::Void);
        self.expect(Token::Byte(b'{'))?;
        while !self.is(Token::Byte(b'}')) {
            if item.kind != Kind::Void {
                self.next_register(&mut item)?;
                item = Expr::new(Kind::Void);
                if waiting == FLUSH {
                    self.set_list(register, elements, waiting, false);
                    waiting = 0;
                }
            }
            let is_entry = match self.lex.token {
                Token::Name(_) => self.lex.look_ahead()? == Token::Byte(b'='),
                token => token == Token::Byte(b'['),
            };
            if is_entry {
                self.entry(register)?;
                entries += 1;
            } else {
                item = self.expression()?;
                elements += 1;
                waiting += 1;
            }
            if !self.accept(Token::Byte(b','))? && !self.accept(Token::Byte(b';'))? {
                break;
            }
        }
        self.expect_close(Token::Byte(b'}'), Token::Byte(b'{'), line)?;
        if waiting > 0 {
            if matches!(item.kind, Kind::Call(_) | Kind::VarArg(_)) {
                self.results(&mut item, None)?;
                self.set_list(register, elements, waiting, true);
                elements -= 1;
            } else {
                if item.kind != Kind::Void {
                    self.next_register(&mut item)?;
                }
                self.set_list(register, elements, waiting, false);
            }
        }
        let ins = self.func().at(pc);
        ins.b = float_byte(elements);
        ins.c = float_byte(entries);
        Ok(table)
    }

    fn entry(&mut self, table: u8) -> Result<()> {
        let free = self.func().free;
        let mut key = match self.lex.token {
            Token::Name(name) => {
                self.lex.next()?;
                self.string(name)?
            }
            _ => self.index()?,
        };
        self.expect(Token::Byte(b'='))?;
        let key: Rk = self.rk(&mut key)?;
        let mut value = self.expression()?;
        let value = self.rk(&mut value)?;
        self.set_table(table, key, value);
        self.func().free = free;
        Ok(())
    }

    fn set_list(&mut self, table: u8, elements: usize, waiting: usize, open: bool) {
        let start = (elements - 1) / FLUSH * FLUSH;
        let count = if open { 0 } else { waiting as u8 };
        let ins = Ins { d: start as i32, ..Ins::abc(Op::SetList, table, count, 0) };
        self.code(ins);
        self.func().free = usize::from(table) + 1;
    }

    /// Parameters and body of a function.
    pub(super) fn body(&mut self, is_method: bool, line: u32) -> Result<Expr> {
        self.open(line);
        self.expect(Token::Byte(b'('))?;
        if is_method {
            self.declare_hidden("self")?;
            self.activate(1);
        }
        self.parameters()?;
        self.expect(Token::Byte(b')'))?;
        self.chunk()?;
        self.expect_close(Token::EndWord, Token::Function, line)?;
        let needs_arg = self.func().needs_arg;
        let mut proto = self.close();
        proto.needs_arg = needs_arg;
        let child = ProtoRef(self.protos.add(std::sync::Arc::new(proto)));
        let func = self.func();
        func.proto.children.push(child);
        let number = func.proto.children.len() as i32 - 1;
        Ok(Expr::new(Kind::Reloc(self.code(Ins::ad(Op::Closure, 0, number)))))
    }

    fn parameters(&mut self) -> Result<()> {
        let mut count = 0;
        let mut dots = false;
        if !self.is(Token::Byte(b')')) {
            loop {
                match self.lex.token {
                    Token::Name(name) => {
                        self.lex.next()?;
                        self.declare(name)?;
                    }
                    Token::Dots => {
                        self.lex.next()?;
                        // The old table of arguments stands behind the parameters, but is none.
                        self.declare_hidden("arg")?;
                        dots = true;
                    }
                    _ => return self.lex.error("<name> or '...' expected"),
                }
                count += 1;
                if dots || !self.accept(Token::Byte(b','))? {
                    break;
                }
            }
        }
        self.activate(count);
        let live = self.func().live;
        let func = self.func();
        func.needs_arg = dots;
        func.proto.is_vararg = dots;
        func.proto.params = (live - usize::from(dots)) as u8;
        self.reserve(live)
    }
}
