//! Shows the trace that the program just made, and where to look at it again.

use std::error::Error;
use std::path::PathBuf;

use mlflow::client::LocalTraces;

/// Prints the last trace as a tree, where it was stored, and the commands that show it.
pub(crate) fn print_last_trace() -> Result<(), Box<dyn Error>> {
    // A program need not do this: traces are stored when it ends. Here the trace is read back before that.
    let report = mlflow::flush();
    let id = mlflow::last_trace_id().ok_or("tracing is switched off, so there is no trace")?;
    let file = database();
    let traces = LocalTraces::open(&file).map_err(|error| format!("{error} ({report:?})"))?;
    let trace = traces.get(id)?.ok_or_else(|| format!("the trace is not in the database ({report:?})"))?;
    print!("{}", trace.tree().values(true));

    // When MLflow's own file could not take it, the trace is in a second one beside it.
    let second = file.with_file_name("mlflow-trace.db");
    let in_second = second.exists() && LocalTraces::open(&second)?.get(id)?.is_some();
    let absolute = std::path::absolute(if in_second { second } else { file })?;
    println!("\nStored in {}. To see it again:\n", absolute.display());
    // Both commands look for ./mlflow.db, unless they are told another file.
    let (mut store, mut uri) = (String::new(), String::new());
    if absolute != std::path::absolute("mlflow.db")? {
        store = format!(" --store {}", absolute.display());
        uri = format!(" --backend-store-uri sqlite:///{}", absolute.display());
    }
    println!("  cargo run --features cli --bin mlflow-trace -- show last{store}");
    println!("  mlflow ui{uri}");
    Ok(())
}

/// The database that the trace went to.
fn database() -> PathBuf {
    let uri = std::env::var("MLFLOW_TRACKING_URI").unwrap_or_default();
    uri.strip_prefix("sqlite:///").unwrap_or("mlflow.db").into()
}
