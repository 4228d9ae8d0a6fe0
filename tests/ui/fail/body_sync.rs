// The compiler's messages about the body point into the body, as without the attribute.
#[mlflow::trace]
fn mismatched(text: &str) -> String {
    text
}

#[mlflow::trace]
fn no_value() -> u32 {
    1;
}

#[mlflow::trace]
fn unexpected_value() {
    5
}

#[mlflow::trace]
fn early(fail: bool) -> Result<u32, std::num::ParseIntError> {
    if fail {
        return 5;
    }
    Ok("1".parse::<f64>()?)
}

#[mlflow::trace]
fn unknown_type(a: Missing) -> AlsoMissing {
    a
}

#[mlflow::trace]
fn moved(text: String) -> String {
    drop(text);
    text
}

#[mlflow::trace]
fn local() -> &'static str {
    let text = String::new();
    &text
}

fn main() {}
