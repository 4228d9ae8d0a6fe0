// Every mistake is shown at once, and the function can still be called.
#[mlflow::trace(nmae = "a", skip(b), name = "")]
const fn answer(a: u32) -> u32 {
    a
}

fn main() {}
