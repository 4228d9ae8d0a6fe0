#[mlflow::trace(err = "ignored")]
fn near() {}

#[mlflow::trace(err = "silently", log_level = "INOF")]
fn far() {}

#[mlflow::trace(err = debug, log_level = 20)]
fn no_text() {}

#[mlflow::trace(sampling_ratio = 1.5)]
fn too_much() {}

#[mlflow::trace(sampling_ratio = -0.5)]
fn too_little() {}

#[mlflow::trace(sampling_ratio = "0.5")]
fn text() {}

#[mlflow::trace(experiment = "")]
fn nowhere() {}

#[mlflow::trace(output, parent(span), root = true, links, err, inputs = a)]
fn forms() {}

fn main() {
    near();
    far();
}
