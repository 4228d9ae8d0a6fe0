// #[mlflow::trace(nmae = "a")]
// fn f(a: A) {}

fn f(a: A) {}
::core::compile_error! {
    "unknown option `nmae`; did you mean `name`? Accepted are `name`, `span_type`, `description`, `attributes`, `inputs`, `skip`, `skip_all`, `output`, `skip_output`, `output_reducer`, `err`, `log_level`, `links`, `parent`, `root`, `sampling_ratio`, `experiment`, `crate`"
}
