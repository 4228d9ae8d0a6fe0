#[mlflow::trace(name, skip_all = true, skip = a, attributes = 1)]
fn answer(a: u32) {}

#[mlflow::trace(name = , skip(), skip("a"), attributes(gen_ai.model = "m", key, 5))]
fn other(a: u32) {}

#[mlflow::trace(name = 5, span_type = true)]
fn values() {}

#[mlflow::trace(name = "a" skip_all; skip_output, skip(b: c))]
fn separators(b: u32) {}

#[mlflow::trace("answer")]
fn positional() {}

fn main() {}
