//! The program: `serve`, and the operator's commands.

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use consciousness::{
    accounts, apply, capacity, export, keep, living, lock, logs, mcp, operate, say, serve,
    settings, stories, why, year,
};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// A home system that knows itself.
#[derive(Debug, Parser)]
#[command(name = "consciousness", version, about)]
struct Command {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Serve the house until it is told to stop.
    Serve {
        /// Start a simulated house beside it, and live in that.
        #[arg(long, value_name = "HOUSE FILE")]
        simulate: Option<PathBuf>,
        /// Give a new simulated house a past of so many days.
        #[arg(long, value_name = "DAYS", default_value_t = 0, requires = "simulate")]
        past: u32,
        /// Take the house over from the server that has it, as soon as that one ends. Until then this one only
        /// listens: connections wait.
        #[arg(long)]
        take_over: bool,
    },
    /// Bring the house that runs to what files say: floors, areas, people, devices, scenarios and scenes, in
    /// YAML. What they do not name stays. Ends with 0 when the house is as they say, 1 when something was
    /// refused, 2 when a file is wrong.
    Apply(apply::Apply),
    /// Say something to the house that runs on this machine, and print its answer.
    Say(say::Say),
    /// Speak MCP over standard input and output with the house that runs on this machine: the command
    /// that an assistant is given.
    Mcp(mcp::Mcp),
    /// Back up the house, also while its server runs. Ends with 0 when all was done, 1 when something
    /// failed, 2 when the arguments or settings are wrong, 6 when another backup is under way.
    Backup(keep::take::Backup),
    /// Say whether a backup is good: restore it aside and compare. Ends with 0 when it is, 5 when it is
    /// not, or there is none, 1 when that cannot be found out, 2 when the arguments or settings are wrong.
    VerifyBackup(keep::verify::Verify),
    /// Bring the house back from a backup. No server may run; what was there is kept. Ends with 0 when
    /// all was done, 4 when a server runs, 5 when the backup is not good, 1 when something else failed,
    /// 2 when the arguments or settings are wrong.
    Restore(keep::restore::Restore),
    /// Bring back the database as it was before the last change of its schema, for the version before.
    /// Ends as `restore` does.
    Rollback(keep::rollback::Rollback),
    /// Say why something happened, from what was recorded.
    Why(why::Why),
    /// Go through the daily list: server, page, every part, the conversation, the log. Says of each whether
    /// it is well, and what to do where it is not. Ends with 0 when nothing failed, else 1.
    Check(operate::Form),
    /// Look for weaknesses: keys, modes of files, open ports and origins, old tokens, advisories. Ends with 0
    /// when there is none that must be mended, else 1.
    SecurityScan(operate::Form),
    /// Keep the house that runs still while it is looked after: rules do not begin, it does not speak by itself,
    /// does not search and does not learn. People command devices as ever.
    Maintenance(operate::maintenance::Maintenance),
    /// Print what a shell needs to complete this program's commands.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
    /// Say how fast what the house that runs needs grows, when its disk is full, and whether it has outgrown
    /// its machine.
    Capacity(capacity::Capacity),
    /// Look at what was recorded.
    History {
        #[command(subcommand)]
        what: HistoryWhat,
    },
    /// Feelings without a house.
    Mind {
        #[command(subcommand)]
        what: MindWhat,
    },
    /// Test scenarios and rules, and use those of the house that runs.
    Scenario {
        #[command(subcommand)]
        what: ScenarioWhat,
    },
    /// Make, list and remove those who may sign in. Asks the server that runs, over its socket beside the
    /// database, or works on the database where none does. Ends with 0 when it is done, 1 when it could not
    /// be, 2 when the arguments or settings are wrong, 4 when another process holds the database.
    User {
        #[command(subcommand)]
        what: accounts::User,
    },
    /// Make, list and revoke the tokens of programs; as `user` does.
    Token {
        #[command(subcommand)]
        what: accounts::Token,
    },
    /// Look at the settings.
    Config {
        #[command(subcommand)]
        what: ConfigWhat,
    },
}

#[derive(Debug, Subcommand)]
enum HistoryWhat {
    /// Write recorded samples as CSV or JSON lines, by device and property, oldest first. Works
    /// beside a running server. Ends with 0 when all was written or the reader has gone, 1 when
    /// something failed, 2 when the arguments or settings are wrong.
    Export(export::Export),
}

#[derive(Debug, Subcommand)]
enum MindWhat {
    /// Feel over recorded events: JSON lines from standard input, an answer a question on standard
    /// output. An event is {"id", "ts", "kind", "entity", "value", "unit"}, a question {"ask": ts}.
    /// Lines that cannot be used are told of on standard error and left out.
    Replay,
    /// Feel through the last days of a simulated house, and print as JSON whether its feelings were steady
    /// and explained.
    Year {
        /// The house file.
        #[arg(long, value_name = "HOUSE FILE")]
        simulate: PathBuf,
        /// How many days.
        #[arg(long, default_value_t = 365)]
        days: u32,
    },
}

#[derive(Debug, Subcommand)]
enum ScenarioWhat {
    /// Play stories (docs/reference/stories.md) in simulated time and say what is not as they expect.
    /// Ends with 0 when all is as expected, 1 when something is not, 2 when there is nothing to read.
    Test(stories::Test),
    #[command(flatten)]
    Living(living::Living),
}

#[derive(Debug, Subcommand)]
enum ConfigWhat {
    /// Say whether the settings are right, and show those in effect with secrets hidden.
    Check,
    /// Show the settings in effect, with secrets hidden.
    Show,
    /// Print `.env.example`.
    Example,
    /// Print the reference page.
    Reference,
}

/// How the program ends, for scripts and service managers.
mod exit {
    /// Something broke.
    pub(crate) const FAILED: u8 = 1;
    /// The settings or arguments are wrong.
    pub(crate) const SETTINGS: u8 = 2;
    /// The port is taken.
    pub(crate) const PORT_TAKEN: u8 = 3;
    /// Another server owns the database.
    pub(crate) const DATABASE_TAKEN: u8 = 4;
    /// The backup is not good, or there is none.
    pub(crate) const NO_BACKUP: u8 = 5;
    /// Another backup is under way.
    pub(crate) const BACKUP_BUSY: u8 = 6;
}

fn main() -> ExitCode {
    match run(Command::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::from(code_of(&error))
        }
    }
}

fn code_of(error: &anyhow::Error) -> u8 {
    if error.is::<settings::Faults>()
        || error.is::<consciousness::WrongRules>()
        || error.is::<auth::KeysError>()
        || error.is::<export::Wrong>()
        || error.is::<apply::Wrong>()
        || error.is::<stories::NoStories>()
    {
        exit::SETTINGS
    } else if error.is::<serve::PortTaken>() {
        exit::PORT_TAKEN
    } else if error.is::<lock::Taken>() {
        exit::DATABASE_TAKEN
    } else if error.is::<keep::NoBackup>() || is_a_bad_backup(error) {
        exit::NO_BACKUP
    } else if error.is::<keep::Busy>() {
        exit::BACKUP_BUSY
    } else {
        exit::FAILED
    }
}

fn is_a_bad_backup(error: &anyhow::Error) -> bool {
    let fault = error.downcast_ref::<store::portable::BackupFault>();
    fault.is_some_and(store::portable::BackupFault::is_of_the_document)
}

/// Runs something that takes one thread.
fn alone(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(work)
}

fn run(command: Command) -> anyhow::Result<()> {
    match command.what {
        What::Serve {
            simulate,
            past,
            take_over,
        } => {
            let folder = std::env::current_dir()?;
            let settings = settings::Settings::read(&folder)?;
            let logs = Arc::new(logs::start(&settings)?);
            tokio::runtime::Builder::new_multi_thread()
                .enable_all()
                .build()?
                .block_on(serve::serve(
                    serve::Start {
                        folder,
                        settings,
                        logs,
                        takes_over: take_over,
                    },
                    simulate.map(|house| serve::Simulated { house, past }),
                ))
        }
        What::Apply(wanted) => {
            let settings = settings::Settings::read(&std::env::current_dir()?)?;
            apply::apply(&settings, &wanted)
        }
        What::Say(wanted) => {
            let settings = settings::Settings::read(&std::env::current_dir()?)?;
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?
                .block_on(say::say(&settings, wanted))
        }
        What::Mcp(wanted) => {
            let settings = settings::Settings::read(&std::env::current_dir()?)?;
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?
                .block_on(mcp::speak(&settings, &wanted))
        }
        What::Capacity(wanted) => {
            let settings = settings::Settings::read(&std::env::current_dir()?)?;
            capacity::capacity(&settings, &wanted)
        }
        What::Backup(wanted) => {
            let settings = settings::Settings::read(&std::env::current_dir()?)?;
            alone(keep::take::run(&settings, &wanted))
        }
        What::VerifyBackup(wanted) => {
            let settings = settings::Settings::read(&std::env::current_dir()?)?;
            alone(keep::verify::run(&settings, &wanted))
        }
        What::Restore(wanted) => {
            let settings = settings::Settings::read(&std::env::current_dir()?)?;
            alone(keep::restore::run(&settings, &wanted))
        }
        What::Rollback(wanted) => {
            let settings = settings::Settings::read(&std::env::current_dir()?)?;
            alone(keep::rollback::run(&settings, &wanted))
        }
        What::Why(wanted) => {
            let settings = settings::Settings::read(&std::env::current_dir()?)?;
            why::why(&settings, &wanted)
        }
        What::Check(form) => {
            let settings = settings::Settings::read(&std::env::current_dir()?)?;
            operate::check::check(&settings, &form)
        }
        What::SecurityScan(form) => {
            let folder = std::env::current_dir()?;
            let settings = settings::Settings::read(&folder)?;
            operate::scan::scan(&settings, &folder, &form)
        }
        What::Maintenance(wanted) => {
            let settings = settings::Settings::read(&std::env::current_dir()?)?;
            operate::maintenance::maintain(&settings, &wanted)
        }
        What::Completions { shell } => {
            let mut command = <Command as clap::CommandFactory>::command();
            clap_complete::generate(shell, &mut command, "consciousness", &mut std::io::stdout());
            Ok(())
        }
        What::History {
            what: HistoryWhat::Export(wanted),
        } => {
            let settings = settings::Settings::read(&std::env::current_dir()?)?;
            let location =
                store::Location::parse(settings.text("DATABASE_URL")).context("DATABASE_URL")?;
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?
                .block_on(export::export(
                    &wanted,
                    &location,
                    settings.text("TIMEZONE"),
                ))
        }
        What::Mind {
            what: MindWhat::Replay,
        } => {
            let (input, output) = (std::io::stdin().lock(), std::io::stdout().lock());
            let mut output = std::io::BufWriter::new(output);
            mind::feel::replay::replay(
                &mut std::io::BufReader::new(input),
                &mut output,
                &mut std::io::stderr().lock(),
            )
            .context("the replay broke off")?;
            Ok(())
        }
        What::Scenario {
            what: ScenarioWhat::Test(wanted),
        } => stories::test(&wanted),
        What::Scenario {
            what: ScenarioWhat::Living(wanted),
        } => {
            let settings = settings::Settings::read(&std::env::current_dir()?)?;
            living::live(&settings, &wanted)
        }
        What::User { what } => {
            let settings = settings::Settings::read(&std::env::current_dir()?)?;
            accounts::user(&settings, &what)
        }
        What::Token { what } => {
            let settings = settings::Settings::read(&std::env::current_dir()?)?;
            accounts::token(&settings, &what)
        }
        What::Mind {
            what: MindWhat::Year { simulate, days },
        } => {
            let house = sim::file::read(&simulate)
                .with_context(|| format!("the house file {} cannot be used", simulate.display()))?;
            let felt = year::feel_through(house, days, jiff::Timestamp::now(), None);
            println!("{}", serde_json::to_string_pretty(&felt)?);
            Ok(())
        }
        What::Config {
            what: ConfigWhat::Check | ConfigWhat::Show,
        } => {
            let settings = settings::Settings::read(&std::env::current_dir()?)?;
            print!("{}", settings.shown());
            Ok(())
        }
        What::Config {
            what: ConfigWhat::Example,
        } => {
            print!("{}", settings::example_file());
            Ok(())
        }
        What::Config {
            what: ConfigWhat::Reference,
        } => {
            print!("{}", settings::reference_page());
            Ok(())
        }
    }
}
