//! `mlflow-trace`: looks at traces in MLflow's local database, at the configuration, and at what waits on disk, without
//! Python.

mod delivery;
mod environment;
mod json;
mod list;
mod show;
mod store;
mod terminal;

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};

use terminal::Terminal;

/// Look at traces in MLflow's local database, and after their delivery, without Python.
#[derive(Parser)]
#[command(name = "mlflow-trace", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// The database: a path, or sqlite:///… as MLflow writes it. Default: MLFLOW_TRACKING_URI where that is
    /// sqlite, else ./mlflow.db. The file mlflow-trace.db beside it is read too.
    #[arg(long, global = true, value_name = "PATH|URI")]
    store: Option<String>,
    /// Print JSON, for programs.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// List traces, the newest first.
    List {
        /// How many.
        #[arg(short = 'n', long = "limit", value_name = "COUNT", default_value_t = 20)]
        limit: usize,
    },
    /// Show one trace as a tree with times, inputs, outputs and errors.
    Show {
        /// The trace's id, or `last` for the newest.
        #[arg(value_name = "ID|last", default_value = "last")]
        trace: String,
    },
    /// Show how tracing is configured, and try each destination once without leaving anything there.
    Doctor,
    /// Print the environment variables that are honoured, as the README's table, and those of Python that are not.
    Env,
    /// Deliver what programs that have ended left on disk for the destinations of the environment.
    Drain {
        /// How long to try, in seconds.
        #[arg(long, value_name = "SECONDS", default_value_t = 60)]
        within: u64,
    },
}

/// Why the tool ends with exit code 1.
enum Failure {
    /// A sentence for the user.
    Sentence(String),
    /// The output could not be written.
    Output(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<mlflow_trace_core::Error> for Failure {
    fn from(error: mlflow_trace_core::Error) -> Self {
        Self::Sentence(error.to_string())
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let sentence = match run(&arguments) {
        Ok(()) => return ExitCode::SUCCESS,
        // The reader has seen enough: `mlflow-trace list | head -1`.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => return ExitCode::SUCCESS,
        Err(Failure::Output(error)) => format!("The output could not be written: {error}."),
        Err(Failure::Sentence(sentence)) => sentence,
    };
    terminal::complain(&sentence);
    ExitCode::FAILURE
}

fn run(arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.command {
        Command::Doctor => return delivery::doctor(arguments.json),
        Command::Drain { within } => return delivery::drain(Duration::from_secs(*within), arguments.json),
        Command::Env => return environment::print(arguments.json),
        Command::List { .. } | Command::Show { .. } => {}
    }
    let traces = store::open(arguments.store.as_deref())?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    let terminal = Terminal::of_stdout();
    match &arguments.command {
        Command::List { limit } => {
            let found = traces.list(*limit)?;
            if arguments.json {
                json::write_list(&mut out, &found)?;
            } else if found.is_empty() {
                return Err(store::nothing_yet(&traces));
            } else {
                list::write(&mut out, &found, terminal)?;
            }
        }
        Command::Show { trace } => {
            let found = store::find(&traces, trace)?;
            if arguments.json {
                json::write_trace(&mut out, &found)?;
            } else {
                show::write(&mut out, &found, terminal)?;
            }
        }
        Command::Doctor | Command::Drain { .. } | Command::Env => {}
    }
    out.flush()?;
    Ok(())
}
