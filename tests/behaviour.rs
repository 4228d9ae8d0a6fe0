//! A traced function does what the plain one does: for generated signatures and bodies, what it returns, what it panics
//! with, and what it drops when are the same. `BEHAVIOUR_SEED=7 cargo test --test behaviour` makes other functions.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "behaviour/generator.rs"]
mod generator;
mod support;

use std::fmt::Write as _;

use generator::Generator;
use support::{Package, Process};

const FUNCTIONS: usize = 240;

#[test]
fn generated_functions_return_panic_and_drop_as_without_the_attribute() {
    let seed =
        std::env::var("BEHAVIOUR_SEED").map_or(1, |seed| seed.parse().expect("BEHAVIOUR_SEED is a number"));
    println!("BEHAVIOUR_SEED={seed}");
    let mut generator = Generator::new(seed);
    let functions: Vec<_> = (0..FUNCTIONS).map(|number| generator.function(number)).collect();

    let mut source = include_str!("programs/behaviour_head.rs").to_owned();
    for (module, attribute) in [("plain", ""), ("traced", "#[mlflow::trace]\n")] {
        let _ = writeln!(source, "\nmod {module} {{\nuse super::*;");
        for function in &functions {
            let _ = writeln!(source, "{attribute}{}", function.text);
        }
        source.push_str("}\n");
    }
    source.push_str("\nfn main() {\n    std::panic::set_hook(Box::new(|_| {}));\n    let mut count = 0;\n");
    for function in &functions {
        source.push_str(&function.calls);
    }
    // What shows that the comparison sees a difference.
    let control = "happens(|| drop((N(1), N(2)))), happens(|| drop((N(2), N(1))))";
    let _ = writeln!(source, "    compare(\"control\", &mut count, {control});");
    source.push_str("    println!(\"compared: {count}\");\n}\n");

    let package = Package::new("behaviour", ", default-features = false", "[profile.dev]\ndebug = false");
    package.write("src/main.rs", &source);
    package.built(&["build"]);
    let folder = tempfile::tempdir().unwrap();
    let program = package.target().join("debug/behaviour");
    let ran = Process::new(&program).within(folder.path()).run().succeeded();
    let different: Vec<_> = ran.stdout.lines().filter(|line| line.starts_with("different: ")).collect();
    let place = package.path("src/main.rs");
    assert!(different == ["different: control"], "BEHAVIOUR_SEED={seed}, {}\n{ran}", place.display());
    let compared: usize = ran.printed("compared").parse().unwrap();
    assert!(compared > 5 * FUNCTIONS, "{compared} calls were compared");
}
