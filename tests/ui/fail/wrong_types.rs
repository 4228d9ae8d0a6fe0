#[mlflow::trace(span_type = mlflow::SpanType::Llmm)]
fn span_type() {}

#[mlflow::trace(attributes(length = question.len()))]
fn attribute() {}

#[mlflow::trace(crate = missing)]
fn path_of_crate() {}

fn main() {}
