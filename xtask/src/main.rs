//! `cargo xtask`: the one front door of the workspace. No product logic lives here.

mod args;
mod bench;
mod check;
mod compare;
mod fuzz;
mod hash;
mod help;
mod peer_tests;
mod server;
mod setup;
mod shell;
mod site;
mod swarm;
mod tidy;

use std::process::ExitCode;

use args::Invocation;

fn main() -> ExitCode {
    match args::parse(lexopt::Parser::from_env()).and_then(dispatch) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(invocation: Invocation) -> anyhow::Result<()> {
    match invocation {
        Invocation::Help(text) => {
            print!("{text}");
            Ok(())
        }
        Invocation::Serve(options) => server::serve(&options),
        Invocation::Build { dev, single_file } => {
            let dist = site::build(dev)?;
            if single_file {
                println!("{}", site::single_file(&dist)?.display());
            }
            Ok(())
        }
        Invocation::Test { only } => check::test(&only),
        Invocation::Ci => check::ci(),
        Invocation::Fix => check::fix(),
        Invocation::Setup { dry_run } => setup::everything(dry_run),
        Invocation::FirstVisit => site::walk(),
        Invocation::Tidy => tidy::report(),
        Invocation::Bench(options) => bench::run(&options),
        Invocation::Swarm { arguments } => swarm::search(&arguments),
        Invocation::Compare { arguments } => compare::run(&arguments),
        Invocation::PeerTests(options) => peer_tests::run(&options),
        Invocation::Fuzz { seconds, runs, target } => fuzz::smoke(seconds, runs, target.as_deref()),
    }
}
