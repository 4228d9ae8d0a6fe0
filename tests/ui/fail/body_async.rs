// The compiler's messages about the body point into the body, as without the attribute.
#[mlflow::trace]
async fn mismatched(text: &str) -> String {
    text
}

#[mlflow::trace]
async fn unexpected_value() {
    5
}

#[mlflow::trace]
async fn early(fail: bool) -> Result<u32, std::num::ParseIntError> {
    if fail {
        return 5;
    }
    Ok("1".parse::<f64>()?)
}

#[mlflow::trace]
async fn not_send() {
    let shared = std::rc::Rc::new(1);
    std::future::ready(()).await;
    drop(shared);
}

fn needs_send(_: impl Send) {}

fn main_of_not_send() {
    needs_send(not_send());
}

fn main() {}
