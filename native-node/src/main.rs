//! A real cluster node on real ports: `engine::Node` driven by tokio, with the command line, the
//! files, the log and the signals of redis-server.
//!
//! This crate must not know a rule of the protocol: it carries bytes, time and files to the node
//! and carries out what the node says.

mod arguments;
mod cli;
mod clock;
mod configuration;
mod cpu;
mod crash;
mod daemon;
mod disk;
mod files;
mod host;
mod huge_pages;
mod lazy_free;
mod limits;
mod links;
mod listeners;
mod lock;
mod log;
mod oom;
mod opening;
mod pinning;
mod server;
mod signals;
mod socket;
mod start;
mod stream;
mod supervisor;
mod syslog;
mod timer;
mod title;
mod unix_socket;
mod worker;

use std::process::ExitCode;

/// Small entries without rounding up: half of what a million keys take is the allocator's choice.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args: Vec<String> =
        std::env::args_os().skip(1).map(|arg| arg.to_string_lossy().into_owned()).collect();
    if let Some((first, rest)) = args.split_first()
        && first == "cli"
    {
        return cli::run(rest);
    }
    match arguments::read(&args) {
        arguments::Invocation::Version => {
            println!("{}", arguments::VERSION);
            ExitCode::SUCCESS
        }
        arguments::Invocation::Help => {
            eprint!("{}", arguments::HELP);
            ExitCode::FAILURE
        }
        arguments::Invocation::CheckSystem if opening::check_system() => ExitCode::SUCCESS,
        arguments::Invocation::CheckSystem => ExitCode::FAILURE,
        arguments::Invocation::Refused(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
        arguments::Invocation::Serve(serve) => {
            title::make_room();
            start::run(&serve)
        }
    }
}
