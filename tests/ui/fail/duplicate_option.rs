#[mlflow::trace(name = "a", skip_all, name = "b", skip_all)]
fn answer() {}

#[mlflow::trace(attributes(model = "a"), attributes(model = "b"))]
fn twice() {}

fn main() {}
