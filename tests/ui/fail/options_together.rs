#[mlflow::trace(inputs(a), skip(b), skip_all)]
fn named_and_skipped(a: u32, b: u32) {}

#[mlflow::trace(inputs(a))]
fn named_and_skipped_there(a: u32, #[mlflow(skip)] b: u32) {}

#[mlflow::trace(output = |n| n + 1, skip_output)]
fn mapped_and_skipped() -> u32 {
    1
}

#[mlflow::trace(root, parent = mlflow::current_span())]
fn root_with_a_parent() {}

#[mlflow::trace(skip(a))]
fn skipped_and_printed(#[mlflow(debug)] a: u32) {}

#[mlflow::trace(output = str::len, output = String::len, root, root)]
fn twice() -> String {
    String::new()
}

fn main() {}
