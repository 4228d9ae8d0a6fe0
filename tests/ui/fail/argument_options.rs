struct Opaque;

#[mlflow::trace]
fn unknown(#[mlflow(skipp)] a: u32, #[mlflow(hide)] b: u32) {}

#[mlflow::trace]
fn forms(#[mlflow] a: u32, #[mlflow = "skip"] b: u32, #[mlflow()] c: u32) {}

#[mlflow::trace]
fn several(#[mlflow(skip, debug)] a: u32, #[mlflow(redact)] #[mlflow(redact)] b: u32) {}

impl Opaque {
    #[mlflow::trace]
    fn receiver(#[mlflow(redact)] &self) {}
}

#[mlflow::trace]
fn no_debug(#[mlflow(debug)] argument: Opaque) {}

fn main() {
    unknown(1, 2);
}
