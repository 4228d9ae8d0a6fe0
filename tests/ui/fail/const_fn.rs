#[mlflow::trace]
const fn answer() -> u32 {
    42
}

// The function is still there.
const ANSWER: u32 = answer();

fn main() {}
