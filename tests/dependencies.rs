//! What a program gets with this library: none of the other tracing libraries, and no runtime. Tests and benches use
//! them, which must not reach the library itself.
#![allow(clippy::expect_used, reason = "a test that can't ask cargo has to fail loudly")]

use std::process::Command;

const FORBIDDEN: [&str; 3] = ["opentelemetry", "tracing", "tokio"];

/// The names of all packages that a program with these features is built of on this machine.
fn packages(package: &str, features: &[&str]) -> Vec<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let answer = Command::new(cargo)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["tree", "--offline", "--edges", "normal,build", "--prefix", "none", "--format", "{p}"])
        .args(["--package", package])
        .args(features)
        .output()
        .expect("cargo runs");
    let (tree, errors) = (String::from_utf8_lossy(&answer.stdout), String::from_utf8_lossy(&answer.stderr));
    assert!(answer.status.success(), "{errors}");
    tree.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

fn holds(package: &str, features: &[&str]) {
    let packages = packages(package, features);
    let has = |name: &str| packages.iter().any(|package| package == name);
    assert!(has(package) && has("serde"), "that is no tree of {package}: {packages:?}");
    let is_forbidden = |package: &&String| FORBIDDEN.iter().any(|name| package.starts_with(name));
    let found: Vec<_> = packages.iter().filter(is_forbidden).collect();
    assert!(found.is_empty(), "{package} with {features:?} brings {found:?}");
}

#[test]
fn the_library_brings_no_other_tracing_library_and_no_runtime() {
    holds("mlflow-trace", &[]);
    holds("mlflow-trace", &["--features", "signals,log,testing,cli,tower"]);
}

#[test]
fn the_core_brings_no_other_tracing_library_and_no_runtime() {
    holds("mlflow-trace-core", &[]);
    holds("mlflow-trace-core", &["--no-default-features"]);
    holds("mlflow-trace-core", &["--features", "sqlite,http,signals,log,testing"]);
}
