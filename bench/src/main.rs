//! `make bench`: the real program beside other servers under the same load, its MCP gateway and model relay, its memory, its
//! start, how long a revocation takes, the keys page and the usage page with few and with many keys, every list with 100 and with
//! 100,000 rows, the log of requests with a thousand and with a million, and the bytes that a browser is sent. Prints tables, and
//! last what was to be reached; `--markdown FILE` writes them down. Nothing here fails for being slow.

mod bare;
mod beside;
mod browser;
mod client;
mod contenders;
mod cores;
mod data_plane;
mod database;
mod each;
mod engines;
mod facts;
mod flood;
mod gateway;
mod keys_page;
mod latchkey;
mod load;
mod logs;
mod memory;
mod paced;
mod pages;
mod probe;
mod process;
mod relay;
mod report;
mod revocation;
mod rows;
mod seed;
mod start_up;
mod times;
mod turns;
mod usage_page;

use clap::{Args, Parser, Subcommand, ValueEnum};
use cores::Cores;
use gateway::FirstEvent;
use paced::Paced;
use report::Report;
use std::{error::Error, fs, path::PathBuf, process::ExitCode};

/// What everything here answers: a bench that cannot go on says why and ends.
type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Measures Latchkey's data plane beside a bare server, its lists, and what a browser is sent.
#[derive(Parser)]
#[command(name = "bench")]
struct CommandLine {
    #[command(subcommand)]
    other: Option<Other>,
    #[command(flatten)]
    effort: Effort,
    /// Measure this part alone; several may be named
    #[arg(long, value_enum)]
    only: Vec<Part>,
    /// Write the tables to this file too, as Markdown; they are of one run of all parts
    #[arg(long, value_name = "FILE", conflicts_with = "only")]
    markdown: Option<PathBuf>,
    /// The program to measure; the console's files lie beside it
    #[arg(long, env = "LATCHKEY_BIN", value_name = "FILE", default_value = "target/release/latchkey")]
    program: PathBuf,
}

/// How long it may take.
#[derive(Args, Clone, Copy)]
struct Effort {
    /// Seconds of load in each round
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=60))]
    seconds: u32,
    /// Rounds of load on each server, and the median of them is told
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=20))]
    rounds: u32,
    /// Times that each page is asked for
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pages: u32,
}

/// What is measured, in this order.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    Beside,
    Flood,
    Gateway,
    Relay,
    DataPlane,
    StartUp,
    Revocation,
    KeysPage,
    Lists,
    Logs,
    UsagePage,
    Browser,
}

#[derive(Subcommand)]
enum Other {
    /// Serve as the bare server: the bench starts itself so
    #[command(hide = true)]
    Bare {
        /// File of the plain keys, one a line
        keys: PathBuf,
        /// Database to look them up in
        #[arg(long, env = contenders::BARE_DATABASE, hide_env_values = true)]
        database: Option<String>,
    },
    /// Serve as the bare MCP server: the bench starts itself so
    #[command(hide = true)]
    BareMcp,
    /// Serve as the bare provider of models: the bench starts itself so
    #[command(hide = true)]
    BareProvider,
    /// Call a tool and tell when its stream's first event comes: the bench starts itself so
    #[command(hide = true)]
    FirstEvent(FirstEvent),
    /// Put load on a server at a rate: the bench starts itself so
    #[command(hide = true)]
    Paced(Paced),
}

fn main() -> ExitCode {
    let command_line = CommandLine::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let done = runtime.map_err(Into::into).and_then(|runtime| {
        runtime.block_on(async {
            match command_line.other {
                Some(Other::Bare { keys, database }) => bare::serve(&keys, database.as_deref()).await,
                Some(Other::BareMcp) => gateway::serve().await,
                Some(Other::BareProvider) => relay::serve().await,
                Some(Other::FirstEvent(asked)) => gateway::run(asked).await,
                Some(Other::Paced(paced)) => paced::run(paced).await,
                // Interrupted, it still takes its servers and databases away: dropping the run does.
                None => tokio::select! {
                    done = measure(&command_line) => done,
                    _ = tokio::signal::ctrl_c() => Err("interrupted".into()),
                },
            }
        })
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn measure(command_line: &CommandLine) -> Outcome<()> {
    let program = fs::canonicalize(&command_line.program)
        .map_err(|error| format!("{}: {error}; build it with `make build`", command_line.program.display()))?;
    let cores = Cores::find();
    let mut report = Report::begin(facts::facts(cores));
    let pages = command_line.effort.pages;
    let parts =
        Part::value_variants().iter().filter(|part| command_line.only.is_empty() || command_line.only.contains(part));
    for part in parts {
        match part {
            Part::Beside => beside::measure(&program, cores, command_line.effort, &mut report).await?,
            Part::Flood => flood::measure(&program, cores, command_line.effort, &mut report).await?,
            Part::Gateway => gateway::measure(&program, cores, command_line.effort, &mut report).await?,
            Part::Relay => relay::measure(&program, cores, command_line.effort, &mut report).await?,
            Part::DataPlane => data_plane::measure(&program, cores, command_line.effort, &mut report).await?,
            Part::StartUp => start_up::measure(&program, cores, command_line.effort.rounds, &mut report).await?,
            Part::Revocation => revocation::measure(&program, command_line.effort.rounds, &mut report).await?,
            Part::KeysPage => keys_page::measure(&program, cores, pages, &mut report).await?,
            Part::Lists => pages::measure(&program, cores, pages, &mut report).await?,
            Part::Logs => logs::measure(&program, cores, pages, &mut report).await?,
            Part::UsagePage => usage_page::measure(&program, cores, pages, &mut report).await?,
            Part::Browser => browser::measure(&program, cores, &mut report).await?,
        }
    }
    report.tell_reached();
    if let Some(file) = &command_line.markdown {
        fs::write(file, report.markdown()).map_err(|error| format!("{}: {error}", file.display()))?;
        println!("written to {}", file.display());
    }
    Ok(())
}
