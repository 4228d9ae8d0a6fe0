#[mlflow::trace]
struct Agent {
    name: String,
}

#[mlflow::trace]
trait Answers {}

#[mlflow::trace]
enum Answer {}

#[mlflow::trace]
const ANSWER: u32 = 42;

#[mlflow::trace]
static STATIC: u32 = 42;

#[mlflow::trace]
type Alias = u32;

#[mlflow::trace]
mod answers {}

#[mlflow::trace]
use std::fmt::Debug;

#[mlflow::trace]
unsafe extern "C" {
    fn foreign();
}

fn main() {}
