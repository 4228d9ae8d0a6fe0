//! One trace of three spans, whose contents tests know: an agent that uses a tool twice, the second time in vain.
#![allow(clippy::print_stdout, reason = "a program for tests")]

#[mlflow::trace(span_type = "TOOL", attributes(shelf = 7, fresh = true))]
fn fetch(what: &str) -> Result<usize, String> {
    if what.is_empty() { Err("nothing to fetch".to_owned()) } else { Ok(what.chars().count()) }
}

#[mlflow::trace(span_type = "AGENT")]
fn errand(list: &str) -> usize {
    mlflow::update_current_trace().tag("team", "red");
    let fetched = fetch(list).unwrap_or_default();
    fetched + fetch("").unwrap_or_default()
}

fn main() {
    errand("Brötchen \"zwei\"");
    let report = mlflow::flush();
    println!("delivered: {}", report.delivered_spans());
    println!("dropped: {}", report.dropped_spans());
}
