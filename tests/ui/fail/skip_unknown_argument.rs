struct Agent;

impl Agent {
    #[mlflow::trace(skip(self, quesion, api_key))]
    fn answer(&self, question: &str, (first, _): (u32, u32)) {}
}

#[mlflow::trace(skip(a))]
fn nothing() {}

#[mlflow::trace(skip(self))]
fn free(a: u32) {}

fn main() {}
