//! Statements, but loops and assignments.

use super::expr::{Expr, Kind, NO_JUMP};
use super::token::Token;
use super::{Compiler, Result};
use crate::op::{Ins, Op};

impl Compiler<'_> {
    fn block_ends(&self) -> bool {
        let token = self.lex.token;
        matches!(token, Token::Else | Token::ElseIf | Token::EndWord | Token::Until | Token::End)
    }

    pub(super) fn chunk(&mut self) -> Result<()> {
        self.enter()?;
        let mut last = false;
        while !last && !self.block_ends() {
            last = self.statement()?;
            self.accept(Token::Byte(b';'))?;
            let func = self.func();
            func.free = func.live;
        }
        self.leave();
        Ok(())
    }

    pub(super) fn block(&mut self) -> Result<()> {
        self.enter_block(false);
        self.chunk()?;
        self.leave_block();
        Ok(())
    }

    /// Gives whether it must be the last of its block.
    fn statement(&mut self) -> Result<bool> {
        let line = self.lex.line;
        match self.lex.token {
            Token::If => self.if_statement(line)?,
            Token::While => self.while_loop(line)?,
            Token::Do => {
                self.lex.next()?;
                self.block()?;
                self.expect_close(Token::EndWord, Token::Do, line)?;
            }
            Token::For => self.for_loop(line)?,
            Token::Repeat => self.repeat_loop(line)?,
            Token::Function => self.function_statement(line)?,
            Token::Local => {
                self.lex.next()?;
                if self.accept(Token::Function)? {
                    self.local_function()?;
                } else {
                    self.local_statement()?;
                }
            }
            Token::Return => {
                self.return_statement()?;
                return Ok(true);
            }
            Token::Break => {
                self.lex.next()?;
                self.break_statement()?;
                return Ok(true);
            }
            _ => self.expression_statement()?,
        }
        Ok(false)
    }

    /// A condition; gives the jumps to take when it is false.
    pub(super) fn condition(&mut self) -> Result<i32> {
        let mut e = self.expression()?;
        if e.kind == Kind::Nil {
            e.kind = Kind::False;
        }
        self.go_if_true(&mut e)?;
        Ok(e.when_false)
    }

    fn then_block(&mut self) -> Result<i32> {
        self.lex.next()?;
        let otherwise = self.condition()?;
        self.expect(Token::Then)?;
        self.block()?;
        Ok(otherwise)
    }

    fn if_statement(&mut self, line: u32) -> Result<()> {
        let mut ends = NO_JUMP;
        let mut otherwise = self.then_block()?;
        loop {
            let is_elseif = self.is(Token::ElseIf);
            if !is_elseif && !self.is(Token::Else) {
                self.func().join(&mut ends, otherwise);
                break;
            }
            let over = self.jump();
            self.func().join(&mut ends, over);
            self.func().patch_to_here(otherwise);
            if is_elseif {
                otherwise = self.then_block()?;
            } else {
                self.lex.next()?;
                self.block()?;
                break;
            }
        }
        self.func().patch_to_here(ends);
        self.expect_close(Token::EndWord, Token::If, line)
    }

    fn function_statement(&mut self, line: u32) -> Result<()> {
        self.lex.next()?;
        let name = self.name()?;
        let mut target = Expr::new(self.variable(name)?);
        while self.is(Token::Byte(b'.')) {
            self.field(&mut target)?;
        }
        let is_method = self.is(Token::Byte(b':'));
        if is_method {
            self.field(&mut target)?;
        }
        let mut body = self.body(is_method, line)?;
        self.store(target.kind, &mut body)?;
        self.fix_line(line);
        Ok(())
    }

    fn local_function(&mut self) -> Result<()> {
        let name = self.name()?;
        self.declare(name)?;
        let register = self.func().free as u8;
        self.reserve(1)?;
        self.activate(1);
        let line = self.lex.line;
        let mut body = self.body(false, line)?;
        let kind = Kind::Local(register);
        self.store(kind, &mut body)?;
        let func = self.func();
        let pc = func.pc() as u32;
        let number = func.active[func.live - 1] as usize;
        func.proto.locals[number].start = pc;
        Ok(())
    }

    fn local_statement(&mut self) -> Result<()> {
        let mut names = 0;
        loop {
            let name = self.name()?;
            self.declare(name)?;
            names += 1;
            if !self.accept(Token::Byte(b','))? {
                break;
            }
        }
        let mut e = Expr::new(Kind::Void);
        let values = if self.accept(Token::Byte(b'='))? { self.list(&mut e)? } else { 0 };
        self.adjust(names, values, &mut e)?;
        self.activate(names);
        Ok(())
    }

    fn return_statement(&mut self) -> Result<()> {
        self.lex.next()?;
        let (mut first, mut coded) = (0, 1);
        if !self.block_ends() && !self.is(Token::Byte(b';')) {
            let mut e = Expr::new(Kind::Void);
            let count = self.list(&mut e)?;
            if matches!(e.kind, Kind::Call(_) | Kind::VarArg(_)) {
                self.results(&mut e, None)?;
                if let Kind::Call(pc) = e.kind
                    && count == 1
                {
                    self.func().at(pc).op = Op::TailCall;
                }
                first = self.func().live as u8;
                coded = 0;
            } else if count == 1 {
                first = self.any_register(&mut e)?;
                coded = 2;
            } else {
                self.next_register(&mut e)?;
                first = self.func().live as u8;
                coded = count as u8 + 1;
            }
        }
        self.code(Ins::abc(Op::Return, first, coded, 0));
        Ok(())
    }

    fn expression_statement(&mut self) -> Result<()> {
        let e = self.primary()?;
        if let Kind::Call(pc) = e.kind {
            self.func().at(pc).c = 1;
            return Ok(());
        }
        self.assignment(e)
    }
}
