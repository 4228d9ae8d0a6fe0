//! Reads our own sources and holds the architecture: layers that import one way, short files, and the few things that
//! only one file may do. Each finding says file and line, what was found, and what is allowed.
#![allow(clippy::expect_used, reason = "a test that can't read the sources has to fail loudly")]

#[path = "support/source.rs"]
mod source;

use std::collections::BTreeMap;
use std::path::Path;

use source::{Source, sources_under};

/// The modules of the core and what each may import, lowest layer first. ARCHITECTURE.md gives the reasons.
const LAYERS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("error", &["model"]),
    ("policy", LAYER_0),
    ("config", &["model", "error", "policy"]),
    ("tree", LAYER_0),
    ("wire", LAYERS_0_TO_1),
    ("http", LAYERS_0_TO_1),
    ("store", LAYERS_0_TO_1),
    ("spool", LAYERS_0_TO_1),
    ("exporters", LAYERS_0_TO_2),
    ("client", LAYERS_0_TO_2),
    ("buffer", LAYERS_0_TO_1),
    ("pipeline", &["model", "error", "config", "policy", "buffer", "exporters"]),
    ("context", LAYERS_0_TO_1),
    ("recorder", &["model", "error", "config", "policy", "buffer", "context"]),
    ("runtime", BELOW_RUNTIME),
    ("api", BELOW_THE_FACE),
    ("macro_support", BELOW_THE_FACE),
    ("testing", BELOW_THE_FACE),
];

const LAYER_0: &[&str] = &["model", "error"];
const LAYERS_0_TO_1: &[&str] = &["model", "error", "config", "policy"];
const LAYERS_0_TO_2: &[&str] = &["model", "error", "config", "policy", "wire", "http", "store", "spool"];
const BELOW_RUNTIME: &[&str] = &[
    "model",
    "error",
    "config",
    "policy",
    "tree",
    "wire",
    "http",
    "store",
    "spool",
    "exporters",
    "client",
    "buffer",
    "pipeline",
    "context",
    "recorder",
];
const BELOW_THE_FACE: &[&str] = &[
    "model",
    "error",
    "config",
    "policy",
    "tree",
    "wire",
    "http",
    "store",
    "spool",
    "exporters",
    "client",
    "buffer",
    "pipeline",
    "context",
    "recorder",
    "runtime",
    "api",
];

/// Of the destinations, the pipeline knows the contract and none that fulfils it.
const EXPORTERS_FOR_THE_PIPELINE: &[&str] =
    &["DropReason", "Exporter", "ExportOutcome", "Finished", "Held", "Tally", "Urgency"];

const MAX_LINES: usize = 400;

fn core_sources() -> Vec<Source> {
    sources_under(&Path::new(env!("CARGO_MANIFEST_DIR")).join("mlflow-trace-core/src"))
}

fn all_sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    ["src", "mlflow-trace-core/src", "mlflow-trace-macros/src"]
        .iter()
        .flat_map(|directory| sources_under(&root.join(directory)))
        .collect()
}

#[track_caller]
fn assert_none(findings: &[String], rule: &str) {
    assert!(findings.is_empty(), "{rule}\n{}", findings.join("\n"));
}

/// Lines of shipped code, tests left out, that contain one of these texts.
fn lines_with(sources: &[Source], texts: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for source in sources {
        for (number, line) in source.shipped_lines() {
            if texts.iter().any(|text| source::contains_word(line, text)) {
                found.push((source.path.clone(), format!("{}:{number}: {}", source.path, line.trim())));
            }
        }
    }
    found
}

/// The findings outside the files that may do it; each of those must exist, or the rule holds nothing.
fn outside(found: &[(String, String)], allowed: &[&str]) -> Vec<String> {
    let elsewhere = found.iter().filter(|(path, _)| !allowed.iter().any(|end| path.ends_with(end)));
    elsewhere.map(|(_, finding)| finding.clone()).collect()
}

#[test]
fn imports_run_one_way() {
    let allowed: BTreeMap<&str, &[&str]> = LAYERS.iter().copied().collect();
    let sources = core_sources();
    let at_root = source::reexports(sources.iter().find(|source| source.module.is_empty()).expect("lib.rs"));
    let mut findings = Vec::new();
    for source in &sources {
        let Some(module) = source.module.first().filter(|_| !source.is_tests()) else { continue };
        let Some(may_import) = allowed.get(module.as_str()) else {
            findings.push(format!("{}: module `{module}` has no layer", source.path));
            continue;
        };
        for import in source.imports() {
            let named = &import.path[0];
            // A function may be called as a module is.
            let is_module = allowed.contains_key(named.as_str());
            let target = at_root.get(named).filter(|_| !is_module).unwrap_or(named);
            if target == module || !target.starts_with(char::is_lowercase) {
                continue;
            }
            if !may_import.contains(&target.as_str()) {
                let Source { path, .. } = source;
                let line = import.line;
                findings
                    .push(format!("{path}:{line}: {module} imports {target}; it may import {may_import:?}"));
            }
            let contract_only = module == "pipeline" && target == "exporters";
            let named = import.path.get(1);
            if contract_only && !named.is_some_and(|name| EXPORTERS_FOR_THE_PIPELINE.contains(&name.as_str()))
            {
                findings.push(format!(
                    "{}:{}: pipeline imports {} of exporters; it may import {EXPORTERS_FOR_THE_PIPELINE:?}",
                    source.path,
                    import.line,
                    named.map_or("all", String::as_str)
                ));
            }
        }
    }
    findings.dedup();
    assert_none(&findings, "Layers import downwards only.");
}

#[test]
fn files_are_short() {
    let mut findings = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = all_sources();
    for directory in ["tests", "examples"] {
        sources.extend(sources_under(&root.join(directory)));
    }
    for source in sources {
        let lines = source.text.lines().count();
        if lines > MAX_LINES {
            findings.push(format!("{}: {lines} lines", source.path));
        }
    }
    assert_none(&findings, &format!("A file has one responsibility and at most {MAX_LINES} lines."));
}

#[test]
fn every_file_begins_by_saying_what_it_is_for() {
    let silent = all_sources().into_iter().filter(|source| !source.text.starts_with("//! "));
    let findings: Vec<String> =
        silent.map(|source| format!("{}:1: no `//!` paragraph", source.path)).collect();
    assert_none(&findings, "A file begins with a paragraph that says what it is for.");
}

#[test]
fn no_module_is_a_drawer() {
    let drawers = ["util", "utils", "common", "helpers", "helper", "internal", "misc"];
    let sources = all_sources();
    let found =
        sources.iter().filter(|source| source.module.iter().any(|name| drawers.contains(&name.as_str())));
    let findings: Vec<String> = found.map(|source| source.path.clone()).collect();
    assert_none(&findings, "A module is called by what it does.");
}

#[test]
fn one_file_reads_the_environment() {
    let reads = ["env::var", "env::vars", "env::var_os", "env::vars_os", "std::env::var", "env!(\"MLFLOW"];
    let found = lines_with(&core_sources(), &reads);
    assert!(!found.is_empty(), "nobody reads the environment: this test looks for the wrong texts");
    assert_none(
        &outside(&found, &["config/environment.rs"]),
        "Only config/environment.rs reads the environment.",
    );
}

#[test]
fn the_worker_and_each_network_destination_start_a_thread_and_nobody_else() {
    let found = lines_with(&core_sources(), &["thread::spawn", "thread::Builder", "Builder::new().name"]);
    assert!(!found.is_empty(), "nobody starts a thread: this test looks for the wrong texts");
    // A destination that is slow or gone must not delay the worker, which serves all of them.
    // Diagnosis asks on threads that no runtime of the program's has, and ends with its answers.
    let allowed = [
        "pipeline/worker.rs",
        "exporters/outbox/courier.rs",
        "exporters/metrics/reporter.rs",
        "runtime/diagnose.rs",
        // For the time of one call with many traces.
        "exporters/server/lanes.rs",
    ];
    assert_none(&outside(&found, &allowed), &format!("Only {allowed:?} start threads."));
}

#[test]
fn shipped_code_does_not_panic_by_design() {
    let panics =
        [".unwrap()", ".unwrap_err()", ".expect(", "panic!(", "unreachable!(", "todo!(", "unimplemented!("];
    let mut findings = Vec::new();
    for source in all_sources() {
        for (number, line) in source.shipped_lines() {
            if panics.iter().any(|text| line.contains(text)) && !source.has_invariant_beside(number) {
                findings.push(format!("{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    assert_none(
        &findings,
        "No unwrap, expect or panic in shipped code, unless `// Invariant:` beside it says why.",
    );
}

#[test]
fn nothing_is_unsafe() {
    let found = lines_with(&all_sources(), &["unsafe {", "unsafe fn", "unsafe impl", "unsafe extern"]);
    assert_none(&outside(&found, &[]), "No unsafe code.");
}

#[test]
fn nothing_prints_with_a_macro_that_panics_on_a_closed_stream() {
    let found = lines_with(&core_sources(), &["println!", "eprintln!", "print!", "eprint!", "dbg!"]);
    assert_none(&outside(&found, &[]), "The library speaks through policy/notice.rs, which can't panic.");
}

#[test]
fn generated_code_names_one_door() {
    let mut findings = Vec::new();
    let mut doors = 0;
    for source in sources_under(&Path::new(env!("CARGO_MANIFEST_DIR")).join("mlflow-trace-macros/src")) {
        for (number, line) in source.shipped_lines() {
            // The crate is named as it is called, or by the path that the user gave.
            for root in ["::mlflow::", "#path::", "::mlflow_trace_core::", "::mlflow_trace_macros::"] {
                for (start, _) in line.match_indices(root) {
                    let name =
                        line[start + root.len()..].split(|c: char| !c.is_alphanumeric() && c != '_').next();
                    doors += 1;
                    // An `impl` hands the attribute itself on to its methods.
                    let is_attribute = name == Some("trace") && source.path.ends_with("impl_block.rs");
                    if (name != Some("__private") && !is_attribute) || root.starts_with("::mlflow_") {
                        findings.push(format!("{}:{number}: {}", source.path, line.trim()));
                    }
                }
            }
        }
    }
    assert!(doors > 0, "no generated path was found: this test looks for the wrong texts");
    assert_none(&findings, "Generated code names `__private` and nothing else of ours.");
}
