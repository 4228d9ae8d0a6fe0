"""What a thousand annotated functions cost the compiler and the binary, beside `#[tracing::instrument]`.

Run by `benches/run build`. Makes one crate for each column under target/build-cost, with the same functions but for the
attribute, and builds what they depend on. Timed is the crate alone: `check` at best of three, the release build once.
What the library itself adds to a binary is left out: a crate with three functions is subtracted.
"""

import os
import pathlib
import resource
import subprocess
import sys

BENCHES = pathlib.Path(__file__).resolve().parent
TARGET = BENCHES / "target" / "build-cost"
FUNCTIONS = 1000
PER_FILE = 50
ROUNDS = 3

OURS = f'mlflow-trace = {{ path = "{BENCHES.parent}", default-features = false }}'
TRACING = 'tracing = "0.1"'

# Column: dependency, attribute of a function that returns a Result, attribute of another one.
COLUMNS = {
    "plain": ("", "", ""),
    "#[mlflow::trace]": (OURS, "#[mlflow::trace]", "#[mlflow::trace]"),
    "#[instrument(ret, err)]": (TRACING, "#[tracing::instrument(ret, err)]", "#[tracing::instrument(ret)]"),
    "#[mlflow::trace(skip_output)]": (OURS, "#[mlflow::trace(skip_output)]", "#[mlflow::trace(skip_output)]"),
    "#[instrument]": (TRACING, "#[tracing::instrument]", "#[tracing::instrument]"),
}

# One of three shapes in turn; the loop variable makes each function its own code.
SHAPES = [
    """{of_result}
#[inline(never)]
pub fn parse_{n}(text: &str, base: u64) -> Result<u64, std::num::ParseIntError> {{
    let number: u64 = text.trim().parse()?;
    Ok(number.wrapping_mul(base) ^ {n})
}}
""",
    """{of_other}
#[inline(never)]
pub fn join_{n}(words: &[String], limit: usize, upper: bool) -> String {{
    let mut out = words.iter().take(limit).cloned().collect::<Vec<_>>().join("-");
    if upper {{
        out.make_ascii_uppercase();
    }}
    out.push_str("{n}");
    out
}}
""",
    """{of_other}
pub async fn ask_{n}(question: String, weight: f64) -> Vec<f64> {{
    let length = std::future::ready(question.len()).await as f64;
    vec![length * weight, {n}.0]
}}
""",
]
CALLS = [
    'std::hint::black_box(parse_{n}(std::hint::black_box("12"), 7)).ok();',
    'std::hint::black_box(join_{n}(std::hint::black_box(&[]), 3, true));',
    'std::hint::black_box(crate::wait(ask_{n}(String::new(), 0.5)));',
]

MAIN = """{modules}
/// Polls once: nothing here waits.
pub fn wait<T>(future: impl Future<Output = T>) -> Option<T> {{
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {{
        std::task::Poll::Ready(value) => Some(value),
        std::task::Poll::Pending => None,
    }}
}}

fn main() {{
{calls}}}
"""


def write_crate(folder, column, functions):
    dependency, of_result, of_other = COLUMNS[column]
    (folder / "src").mkdir(parents=True, exist_ok=True)
    (folder / "Cargo.toml").write_text(
        f'[package]\nname = "cost"\nversion = "0.0.0"\nedition = "2024"\n\n[workspace]\n\n[dependencies]\n{dependency}\n'
        "\n[profile.release]\nstrip = true\n"
    )
    files = -(-functions // PER_FILE)
    for file in range(files):
        numbers = range(file * PER_FILE, min(functions, (file + 1) * PER_FILE))
        text = "".join(SHAPES[n % 3].format(n=n, of_result=of_result, of_other=of_other) for n in numbers)
        calls = "".join(f"    {CALLS[n % 3].format(n=n)}\n" for n in numbers)
        (folder / "src" / f"part_{file}.rs").write_text(f"{text}\npub fn call() {{\n{calls}}}\n")
    modules = "".join(f"mod part_{file};\n" for file in range(files))
    calls = "".join(f"    part_{file}::call();\n" for file in range(files))
    (folder / "src" / "main.rs").write_text(MAIN.format(modules=modules, calls=calls))


def cargo(folder, *arguments):
    """Runs cargo and returns the CPU seconds it and the compiler took."""
    environment = dict(os.environ, CARGO_INCREMENTAL="0", CARGO_TARGET_DIR=str(TARGET / "target"))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(["cargo", *arguments, "--quiet"], cwd=folder, env=environment, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(index, column):
    few, many = TARGET / f"few-{index}", TARGET / f"many-{index}"
    write_crate(few, column, 3)
    write_crate(many, column, FUNCTIONS)
    binary = TARGET / "target" / "release" / "cost"
    cargo(few, "build", "--release")
    library = binary.stat().st_size
    cargo(few, "check")
    checks = []
    for _ in range(ROUNDS):
        (many / "src" / "main.rs").touch()
        checks.append(cargo(many, "check"))
    check = min(checks)
    (many / "src" / "main.rs").touch()
    release = cargo(many, "build", "--release")
    return check, release, binary.stat().st_size - library


def main():
    only = sys.argv[1:]
    print(f"\n{FUNCTIONS:,} functions | `cargo check`, CPU s | `cargo build --release`, CPU s | bytes in the stripped binary")
    print("---|---:|---:|---:")
    for index, column in enumerate(COLUMNS):
        if only and column not in only:
            continue
        check, release, size = measure(index, column)
        print(f"`{column}` | {check:.2f} | {release:.2f} | {size:,}", flush=True)


if __name__ == "__main__":
    main()
