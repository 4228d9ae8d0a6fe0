#[mlflow::trace(name = "", span_type = " ", attributes("" = 1))]
fn answer() {}

fn main() {}
