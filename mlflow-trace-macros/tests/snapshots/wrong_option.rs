// #[mlflow::trace(nmae = "a")]
// fn f(a: A) {}

fn f(a: A) {}
::core::compile_error! {
    "unknown option `nmae`; did you mean `name`? Accepted are `name`, `span_type`, `description`, `attributes`, `skip`, `skip_all`, `skip_output`, `crate`"
}
