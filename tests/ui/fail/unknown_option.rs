#[mlflow::trace(nmae = "answer", level = "info", fields(a = 1), span_type = "LLM")]
fn answer() {}

fn main() {}
