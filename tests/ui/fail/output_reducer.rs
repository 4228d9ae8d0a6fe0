fn joined(text: &mut String, chunk: &&'static str) {
    text.push_str(chunk);
}

#[mlflow::trace(output_reducer = joined)]
fn no_stream() -> Vec<&'static str> {
    vec!["a"]
}

fn of_a_list(chunks: &[&'static str]) -> String {
    chunks.concat()
}

#[mlflow::trace(output_reducer = of_a_list)]
fn items() -> impl Iterator<Item = &'static str> {
    ["a"].into_iter()
}

fn main() {
    no_stream();
    items();
}
