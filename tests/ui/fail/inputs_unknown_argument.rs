#[mlflow::trace(inputs(questoin))]
fn near(question: &str) {}

#[mlflow::trace(inputs(limit))]
fn far(question: &str) {}

#[mlflow::trace(inputs(a, a = 1, "b"))]
fn twice(a: u32) {}

#[mlflow::trace(inputs(a.b = 1, "" = a))]
fn keys(a: u32) {}

struct Agent;

impl Agent {
    #[mlflow::trace(inputs(self))]
    fn method(&self) {}
}

fn main() {}
