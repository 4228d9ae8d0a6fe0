use mlflow::SpanHandle;

struct Opaque;

#[mlflow::trace(output = |text| text.missing())]
fn method() -> String {
    String::new()
}

#[mlflow::trace(output = wants_a_number)]
fn argument() -> String {
    String::new()
}

fn wants_a_number(number: &u32) -> u32 {
    *number
}

#[mlflow::trace(parent = 7)]
fn child() {}

#[mlflow::trace(links = [7])]
fn linked() {}

#[mlflow::trace(links = span)]
fn not_iterable(span: &SpanHandle) {}

#[mlflow::trace(sampling_ratio = "all".len())]
fn sampled() {}

#[mlflow::trace(experiment = 7 + 1)]
fn experiment() {}

#[mlflow::trace(err = "debug")]
fn not_debug() -> Result<(), Opaque> {
    Err(Opaque)
}

#[mlflow::trace(err = "display")]
fn not_display() -> Result<(), Opaque> {
    Err(Opaque)
}

#[mlflow::trace(span_type = 3 + 4)]
fn span_type() {}

#[mlflow::trace(inputs(length = text.size()))]
fn computed(text: &str) {}

fn main() {}
