//! The command line.

use anyhow::{Result, anyhow, bail};
use lexopt::{Arg, Parser, ValueExt};

use crate::bench;
use crate::check::Part;
use crate::help;
use crate::peer_tests::{self, Mode};

/// What the user asked for.
#[derive(Debug, PartialEq)]
pub(crate) enum Invocation {
    /// Print this text.
    Help(&'static str),
    Serve(ServeOptions),
    Build {
        /// Unoptimised.
        dev: bool,
        /// One HTML file besides.
        single_file: bool,
    },
    Test {
        /// Empty: all of them.
        only: Vec<Part>,
    },
    Ci,
    Fix,
    Setup {
        /// Say what is missing and leave it so.
        dry_run: bool,
    },
    Tidy,
    FirstVisit,
    PeerTests(peer_tests::Options),
    Fuzz {
        /// Wall time for all targets together.
        seconds: u64,
        /// Instead: so many inputs for each target.
        runs: Option<u64>,
        target: Option<String>,
    },
    Bench(bench::Options),
    Compare {
        /// Its own arguments, handed on.
        arguments: Vec<std::ffi::OsString>,
    },
    Swarm {
        /// Its own arguments, handed on.
        arguments: Vec<std::ffi::OsString>,
    },
}

/// How to serve the page.
#[derive(Debug, PartialEq)]
pub(crate) struct ServeOptions {
    /// 0 lets the system choose.
    pub(crate) port: u16,
    pub(crate) open: bool,
    pub(crate) dev: bool,
}

/// Reads the arguments after `cargo xtask`.
///
/// # Errors
/// Unknown command or option, or a value that cannot be read.
pub(crate) fn parse(mut parser: Parser) -> Result<Invocation> {
    let command = match parser.next()? {
        None | Some(Arg::Short('h') | Arg::Long("help")) => {
            return Ok(Invocation::Help(help::OVERVIEW));
        }
        Some(Arg::Value(value)) => value.string()?,
        Some(other) => return Err(other.unexpected().into()),
    };
    match command.as_str() {
        "help" => Ok(Invocation::Help(help::OVERVIEW)),
        "serve" => serve(parser),
        "build" => build(parser),
        "test" => test(parser),
        "ci" => bare(parser, help::CI, Invocation::Ci),
        "fix" => bare(parser, help::FIX, Invocation::Fix),
        "first-visit" => bare(parser, help::FIRST_VISIT, Invocation::FirstVisit),
        "tidy" => bare(parser, help::TIDY, Invocation::Tidy),
        "peer-tests" => peer_tests(parser),
        "fuzz" => fuzz(parser),
        "bench" => benchmarks(parser),
        "swarm" => handed_on(parser, help::SWARM, |arguments| Invocation::Swarm { arguments }),
        "compare" => {
            handed_on(parser, help::COMPARE, |arguments| Invocation::Compare { arguments })
        }
        "setup" => setup(parser),
        other => bail!("no command named {other:?}; `cargo xtask --help` lists them"),
    }
}

fn serve(mut parser: Parser) -> Result<Invocation> {
    let mut options = ServeOptions { port: 8080, open: true, dev: false };
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("port") => options.port = parser.value()?.parse()?,
            Arg::Long("no-open") => options.open = false,
            Arg::Long("dev") => options.dev = true,
            Arg::Short('h') | Arg::Long("help") => return Ok(Invocation::Help(help::SERVE)),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Invocation::Serve(options))
}

fn build(mut parser: Parser) -> Result<Invocation> {
    let (mut dev, mut single_file) = (false, false);
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("dev") => dev = true,
            Arg::Long("single-file") => single_file = true,
            Arg::Short('h') | Arg::Long("help") => return Ok(Invocation::Help(help::BUILD)),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Invocation::Build { dev, single_file })
}

fn test(mut parser: Parser) -> Result<Invocation> {
    let mut only = Vec::new();
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("only") => {
                let name = parser.value()?.string()?;
                only.push(Part::named(&name).ok_or_else(|| {
                    anyhow!("no part named {name:?}; `cargo xtask test --help` lists them")
                })?);
            }
            Arg::Short('h') | Arg::Long("help") => return Ok(Invocation::Help(help::TEST)),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Invocation::Test { only })
}

fn setup(mut parser: Parser) -> Result<Invocation> {
    let mut dry_run = false;
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("dry-run") => dry_run = true,
            Arg::Short('h') | Arg::Long("help") => return Ok(Invocation::Help(help::SETUP)),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Invocation::Setup { dry_run })
}

fn fuzz(mut parser: Parser) -> Result<Invocation> {
    let (mut seconds, mut runs, mut target) = (20, None, None);
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("seconds") => seconds = parser.value()?.parse()?,
            Arg::Long("runs") => runs = Some(parser.value()?.parse()?),
            Arg::Value(name) if target.is_none() => target = Some(name.string()?),
            Arg::Short('h') | Arg::Long("help") => return Ok(Invocation::Help(help::FUZZ)),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Invocation::Fuzz { seconds, runs, target })
}

fn peer_tests(mut parser: Parser) -> Result<Invocation> {
    let mut options = peer_tests::Options {
        suite: std::path::PathBuf::new(),
        files: Vec::new(),
        modes: Vec::new(),
        only: Vec::new(),
        binary: None,
        cli: None,
        base_port: 26100,
        patience: 420,
        slow: false,
    };
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("suite") => options.suite = parser.value()?.into(),
            Arg::Long("file") => options.files.push(parser.value()?.string()?),
            Arg::Long("mode") => {
                let name = parser.value()?.string()?;
                options.modes.push(Mode::named(&name).ok_or_else(|| {
                    anyhow!("no mode named {name:?}: swapped, external or cluster")
                })?);
            }
            Arg::Long("only") => options.only.push(parser.value()?.string()?),
            Arg::Long("binary") => options.binary = Some(parser.value()?.into()),
            Arg::Long("cli") => options.cli = Some(parser.value()?.into()),
            Arg::Long("base-port") => options.base_port = parser.value()?.parse()?,
            Arg::Long("patience") => options.patience = parser.value()?.parse()?,
            Arg::Long("slow") => options.slow = true,
            Arg::Short('h') | Arg::Long("help") => return Ok(Invocation::Help(help::PEER_TESTS)),
            other => return Err(other.unexpected().into()),
        }
    }
    if options.suite.as_os_str().is_empty() {
        bail!("--suite DIR is missing: Redis's source at tag 7.0.15");
    }
    if options.modes.is_empty() {
        options.modes = Mode::ALL.to_vec();
    }
    Ok(Invocation::PeerTests(options))
}

fn benchmarks(mut parser: Parser) -> Result<Invocation> {
    let mut options =
        bench::Options { quick: false, only: Vec::new(), rounds: 0, port: bench::FIRST_PORT };
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("quick") => options.quick = true,
            Arg::Long("rounds") => options.rounds = parser.value()?.parse()?,
            Arg::Long("port") => options.port = parser.value()?.parse()?,
            Arg::Long("only") => {
                let name = parser.value()?.string()?;
                options.only.push(bench::Section::named(&name).ok_or_else(|| {
                    anyhow!("no section named {name:?}; `cargo xtask bench --help` lists them")
                })?);
            }
            Arg::Short('h') | Arg::Long("help") => return Ok(Invocation::Help(help::BENCH)),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Invocation::Bench(options))
}

/// Its runner reads the arguments; only the question for help is answered here.
fn handed_on(
    mut parser: Parser,
    text: &'static str,
    invocation: fn(Vec<std::ffi::OsString>) -> Invocation,
) -> Result<Invocation> {
    let arguments: Vec<std::ffi::OsString> = parser.raw_args()?.collect();
    if arguments.iter().any(|word| word == "--help" || word == "-h") {
        return Ok(Invocation::Help(text));
    }
    Ok(invocation(arguments))
}

fn bare(mut parser: Parser, text: &'static str, invocation: Invocation) -> Result<Invocation> {
    match parser.next()? {
        None => Ok(invocation),
        Some(Arg::Short('h') | Arg::Long("help")) => Ok(Invocation::Help(text)),
        Some(other) => Err(other.unexpected().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Invocation> {
        parse(Parser::from_args(line.split_whitespace()))
    }

    #[test]
    fn serve_takes_a_port_and_keeps_the_browser_shut_when_told() {
        let options = ServeOptions { port: 21700, open: false, dev: false };
        assert_eq!(
            parsed("serve --port 21700 --no-open").expect("valid"),
            Invocation::Serve(options)
        );
    }

    #[test]
    fn a_wrong_word_is_named_in_the_error() {
        for line in ["sevre", "serve --prot 1", "serve --port x", "test --only units", "ci --fast"]
        {
            let error = format!("{:#}", parsed(line).expect_err(line));
            let word = line.split_whitespace().last().expect("a word");
            assert!(error.contains(word) || error.contains("--prot"), "{line}: {error}");
        }
    }

    #[test]
    fn every_command_of_the_overview_has_its_own_help() {
        for line in help::OVERVIEW.lines().filter(|line| line.starts_with("  ")) {
            let command = line.split_whitespace().next().expect("a word");
            let Invocation::Help(text) = parsed(&format!("{command} --help")).expect(command)
            else {
                panic!("{command} --help did not print help");
            };
            assert!(text.contains(&format!("Usage: cargo xtask {command}")), "{text}");
        }
    }
}
