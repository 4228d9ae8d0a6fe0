//! What the attribute prints for each shape and option, kept as files in `tests/snapshots/` so that a change of the
//! generated code is read in a review. `MLFLOW_TRACE_KEEP=1 cargo test -p mlflow-trace-macros` writes them anew.

use std::collections::BTreeSet;
use std::path::Path;

use crate::traced;

/// Name of the file, options of the attribute, and the function.
const CASES: &[(&str, &str, &str)] = &[
    ("plain", "", "fn f(a: A, mut b: B) -> R { a.with(b) }"),
    ("nothing", "", "fn f() {}"),
    ("result", "", "pub fn f(text: &str) -> Result<u32, ParseIntError> { text.parse() }"),
    ("never", "", "fn f() -> ! { loop {} }"),
    ("patterns", "", "fn f((a, _): (A, B), Pair { c, .. }: Pair, ref d: D, _: E) { use_all(a, c, d); }"),
    (
        "generic",
        "",
        "fn f<'a, T: Debug, const N: usize>(items: &'a [T; N]) -> Option<&'a T> where T: Ord { items.iter().max() }",
    ),
    ("returned_impl", "", "fn f(n: u32) -> Result<impl Iterator<Item = u32>, E> { Ok(0..n) }"),
    (
        "method",
        "attributes(steps = self.steps)",
        "fn f(&mut self, by: u32) -> &mut u32 { self.steps += by; &mut self.steps }",
    ),
    ("conditional", "", "fn f(a: A, #[cfg(unix)] b: B) { a; }"),
    ("asynchronous", "", "async fn f(a: A, mut b: B) -> Result<R, E> { a.with(b).await }"),
    ("asynchronous_never", "", "async fn f() -> ! { loop { pause().await; } }"),
    ("asynchronous_conditional", "", "async fn f(a: A, #[cfg(unix)] b: B) { a.await; }"),
    (
        "boxed_future",
        "",
        "fn f<'a>(a: &'a A) -> Pin<Box<dyn Future<Output = R> + Send + 'a>> { Box::pin(async move { a.run().await }) }",
    ),
    ("option_name", "name = NAME", "fn f() {}"),
    ("option_span_type_text", "span_type = \"LLM\"", "fn f() {}"),
    ("option_span_type_constant", "span_type = SpanType::custom(MINE)", "fn f() {}"),
    ("option_description", "description = \"A sentence.\"", "fn f() {}"),
    ("option_attributes", "attributes(model = a.model, \"dotted.key\" = 1 + 2)", "fn f(a: A) {}"),
    ("option_skip", "skip(b)", "fn f(a: A, b: B) {}"),
    ("option_skip_all", "skip_all", "fn f(a: A, b: B) {}"),
    ("option_skip_output", "skip_output", "fn f(a: A) -> R { a.into() }"),
    ("option_crate", "crate = renamed::library", "fn f(a: A) {}"),
    ("option_inputs", "inputs(a, total = a + b)", "fn f(a: u32, b: u32) -> u32 { a * b }"),
    ("option_output", "output = |value| value.len()", "fn f(a: A) -> Result<String, E> { a.into() }"),
    ("option_err", "err = \"display\"", "fn f(a: A) -> Result<R, E> { a.into() }"),
    ("option_log_level", "log_level = \"WARNING\"", "fn f() {}"),
    ("option_links", "links = spans", "fn f(spans: &[Link]) {}"),
    ("option_parent", "parent = span", "fn f(span: &SpanHandle) {}"),
    ("option_root", "root, sampling_ratio = 0.1, experiment = \"bot\"", "async fn f() {}"),
    (
        "options_of_arguments",
        "",
        "fn f(#[mlflow(skip)] a: A, #[mlflow(debug)] b: B, #[mlflow(redact)] c: C) {}",
    ),
    (
        "impl_block",
        "skip(secret)",
        "impl A { #[mlflow(skip)] fn new() -> Self { Self } fn f(&self, secret: &str) {} }",
    ),
    ("stream", "", "fn f(a: A) -> impl Stream<Item = u32> + Send { a.stream() }"),
    (
        "stream_boxed_in_result",
        "",
        "async fn f(a: A) -> Result<BoxStream<'static, u32>, E> { Ok(a.stream()) }",
    ),
    ("stream_reduced", "output_reducer = join", "fn f(a: A) -> impl Iterator<Item = String> { a.words() }"),
    ("future_by_hand", "", "fn f(a: A) -> impl Future<Output = R> + Send { let b = a.b(); b.run() }"),
    ("wrong_option", "nmae = \"a\"", "fn f(a: A) {}"),
];

fn snapshot(options: &str, item: &str) -> String {
    let printed = traced(options.parse().unwrap(), item.parse().unwrap(), false);
    let file = syn::parse2(printed).expect("the attribute prints items");
    let options = if options.is_empty() { String::new() } else { format!("({options})") };
    format!("// #[mlflow::trace{options}]\n// {item}\n\n{}", prettyplease::unparse(&file))
}

#[test]
fn the_attribute_prints_what_was_kept() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots");
    let keeps = std::env::var_os("MLFLOW_TRACE_KEEP").is_some_and(|value| value == "1");
    if keeps {
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
    }
    let mut different = Vec::new();
    for (name, options, item) in CASES {
        let (path, now) = (folder.join(name).with_extension("rs"), snapshot(options, item));
        if keeps {
            std::fs::write(&path, &now).unwrap();
        } else if std::fs::read_to_string(&path).unwrap_or_default() != now {
            different.push(format!("{}; now:\n{now}", path.display()));
        }
    }
    assert!(different.is_empty(), "MLFLOW_TRACE_KEEP=1 keeps what is printed now.\n{}", different.join("\n"));

    let named: BTreeSet<String> = CASES.iter().map(|(name, ..)| format!("{name}.rs")).collect();
    let kept: BTreeSet<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(named, kept, "each case has a file, and each file a case of its own");
}
