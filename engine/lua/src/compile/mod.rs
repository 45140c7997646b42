//! The compiler: one pass over the tokens, instructions as it goes, as PUC's Lua does it, so that limits and
//! messages are the same.

mod assign;
mod expr;
mod expression;
mod func;
mod r#gen;
mod lexer;
mod loops;
mod operator;
mod scope;
mod statement;
mod token;

use std::sync::Arc;

use expr::Expr;
use func::Func;
use lexer::Lexer;
use token::Token;

use crate::heap::Arena;
use crate::op::{Ins, Op};
use crate::proto::Proto;
use crate::{CompileError, Heap, ProtoRef, StrRef};

type Result<T> = std::result::Result<T, CompileError>;

/// How deep blocks, functions and expressions may be nested.
const MOST_LEVELS: usize = 200;

#[derive(Debug)]
struct Compiler<'a> {
    lex: Lexer<'a>,
    protos: &'a mut Arena<Arc<Proto>>,
    /// Functions under compilation, outermost first.
    funcs: Vec<Func>,
    source: Arc<[u8]>,
    levels: usize,
}

/// Compiles a chunk at a depth of native calls (levels of nesting are counted from there); its prototype and those inside it are added to `protos`.
pub(crate) fn compile(
    heap: &mut Heap,
    protos: &mut Arena<Arc<Proto>>,
    name: &[u8],
    source: &[u8],
    depth: u16,
) -> Result<ProtoRef> {
    // A name is a C string to Lua.
    let name = name.split(|b| *b == 0).next().unwrap_or(&[]);
    let lex = Lexer::new(heap, name, source);
    let mut compiler = Compiler {
        lex,
        protos,
        funcs: Vec::new(),
        source: name.into(),
        levels: usize::from(depth),
    };
    compiler.open(0);
    compiler.func().proto.is_vararg = true;
    compiler.lex.next()?;
    compiler.chunk()?;
    compiler.check(Token::End)?;
    let proto = compiler.close();
    Ok(ProtoRef(compiler.protos.add(Arc::new(proto))))
}

impl Compiler<'_> {
    fn open(&mut self, line: u32) {
        self.funcs.push(Func::new(self.source.clone(), line));
    }

    fn close(&mut self) -> Proto {
        self.func().remove_locals(0);
        self.code(Ins::abc(Op::Return, 0, 1, 0));
        self.funcs.pop().map(|func| func.proto).unwrap_or_default()
    }

    fn enter(&mut self) -> Result<()> {
        self.levels += 1;
        if self.levels > MOST_LEVELS {
            return self.lex.plain_error("chunk has too many syntax levels");
        }
        Ok(())
    }

    fn leave(&mut self) {
        self.levels -= 1;
    }

    fn is(&self, token: Token) -> bool {
        self.lex.token == token
    }

    /// Passes a token if it is there.
    fn accept(&mut self, token: Token) -> Result<bool> {
        let there = self.is(token);
        if there {
            self.lex.next()?;
        }
        Ok(there)
    }

    fn check(&self, token: Token) -> Result<()> {
        if self.is(token) { Ok(()) } else { self.expected(token) }
    }

    fn expected<T>(&self, token: Token) -> Result<T> {
        let text = String::from_utf8_lossy(&token.text()).into_owned();
        self.lex.error(&format!("'{text}' expected"))
    }

    fn expect(&mut self, token: Token) -> Result<()> {
        self.check(token)?;
        self.lex.next()
    }

    /// Passes the token that closes what `open` began at `line`.
    fn expect_close(&mut self, token: Token, open: Token, line: u32) -> Result<()> {
        if self.accept(token)? {
            return Ok(());
        }
        if line == self.lex.line {
            return self.expected(token);
        }
        let [token, open] = [token, open].map(|t| String::from_utf8_lossy(&t.text()).into_owned());
        self.lex.error(&format!("'{token}' expected (to close '{open}' at line {line})"))
    }

    fn name(&mut self) -> Result<StrRef> {
        let Token::Name(name) = self.lex.token else {
            return self.expected(Token::Name(StrRef { index: 0, hash: 0 }));
        };
        self.lex.next()?;
        Ok(name)
    }

    fn limit(&mut self, count: usize, most: usize, what: &str) -> Result<()> {
        if count <= most {
            return Ok(());
        }
        let function = match self.func().proto.line {
            0 => "main function".to_owned(),
            line => format!("function at line {line}"),
        };
        self.lex.plain_error(&format!("{function} has more than {most} {what}"))
    }

    /// A string as an expression.
    fn string(&mut self, string: StrRef) -> Result<Expr> {
        let number = self.constant(crate::Value::Str(string))?;
        Ok(Expr::new(expr::Kind::Const(number)))
    }
}
