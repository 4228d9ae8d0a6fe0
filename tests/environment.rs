//! The table of environment variables: the README has the one that the tool prints, and no variable of Python's tracing
//! client is forgotten in it.

mod support;

use std::path::{Path, PathBuf};

use support::{Process, Ran, python_program};

fn tool(arguments: &[&str]) -> Ran {
    let program = Process::new(&PathBuf::from(env!("CARGO_BIN_EXE_mlflow-trace")));
    arguments.iter().fold(program, Process::arg).run().succeeded()
}

#[test]
fn the_readme_has_the_table_that_the_tool_prints() {
    let readme =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("README.md");
    let (_, rest) = readme.split_once("<!-- environment:begin -->\n").expect("the block begins");
    let (block, _) = rest.split_once("<!-- environment:end -->").expect("the block ends");
    let printed = tool(&["env"]).stdout;
    assert!(
        block == printed,
        "README.md differs from the code: put what `mlflow-trace env` prints between its marks.\n{printed}"
    );
}

/// Python's variables that are about traces, or about how its client speaks to servers.
const LIST: &str = r#"
import re
from mlflow import environment_variables as all
names = [value.name for value in vars(all).values() if hasattr(value, "name") and hasattr(value, "get")]
concerns = re.compile("TRAC|OTLP|OTEL|SPAN_|HTTP_|EXPERIMENT_(ID|NAME)|RUN_ID|ACTIVE_MODEL|MLFLOW_WORKSPACE$|LOGGING_LEVEL")
# Of the server, of evaluations, of deployments, and what is not for users.
others = re.compile("^_|SERVER_JOB|ARCHIVAL|ROLLUPS|ONLINE_SCORING|GENAI_EVAL|DEPLOYMENT|TRACKING_DIR|UC_TRACE|SERVER_")
kept = "MLFLOW_TRACKING_SERVER_CERT_PATH"
print("\n".join(sorted({n for n in names if concerns.search(n) and (n == kept or not others.search(n))})))
"#;

#[test]
fn every_variable_of_pythons_tracing_client_is_in_the_table() {
    let listed = tool(&["env"]).stdout;
    let python = Process::new(&python_program()).arg("-c").arg(LIST).run().succeeded().stdout;
    let names: Vec<&str> = python.lines().filter(|line| line.starts_with("MLFLOW_")).collect();
    assert!(names.len() > 40, "{python}");
    let missing: Vec<_> = names.iter().filter(|name| !listed.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "not in config/variable_table.rs: {missing:?}");
}
