//! What tracing may take from the compiler's recursion limit, from a future's size and from a thread's stack.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::fmt::Write as _;

use support::{Package, Process};

/// What is asked of the future at the top of a chain.
#[derive(Clone, Copy, Debug)]
enum Asked {
    /// That it runs.
    Running,
    /// Its size, for which the compiler looks into all types inside it.
    Measuring,
    /// That it may be spawned.
    Spawning,
}

/// A program with a chain of so many async functions.
fn chain(depth: usize, attribute: &str, head: &str, asked: Asked) -> String {
    let mut source = format!("{head}\n#![allow(dead_code)]\n\n");
    let _ =
        writeln!(source, "{attribute}\nasync fn level_0(n: u32) -> u32 {{ std::future::ready(n).await }}");
    for level in 1..depth {
        let below = level - 1;
        let _ = writeln!(
            source,
            "{attribute}\nasync fn level_{level}(n: u32) -> u32 {{ level_{below}(n).await + 1 }}"
        );
    }
    source.push_str(POLLING);
    let call = match asked {
        Asked::Running => "run(",
        Asked::Measuring => "println!(\"{}\", size_of_val(&",
        Asked::Spawning => "spawn(",
    };
    let end = if matches!(asked, Asked::Measuring) { "))" } else { ")" };
    let _ = writeln!(source, "fn main() {{ {call}level_{}(0){end}; }}", depth - 1);
    source
}

const POLLING: &str = "
fn run<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut cx) {
            return value;
        }
    }
}

fn spawn<F: Future<Output: Send + 'static> + Send + 'static>(future: F) {
    std::thread::spawn(move || run(future)).join().expect(\"the chain runs\");
}
";

const ATTRIBUTE: &str = "#[mlflow::trace]";
const LIMIT: &str = "#![recursion_limit = \"1024\"]";

fn package(name: &str) -> Package {
    Package::new(name, ", default-features = false", "[profile.dev]\ndebug = false")
}

fn compiles(package: &Package, source: &str) -> Result<(), String> {
    package.write("src/main.rs", source);
    let output = package.cargo(&["build"]);
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() || words.contains("recursion"), "not the recursion limit: {words}");
    if output.status.success() { Ok(()) } else { Err(words) }
}

#[test]
fn a_third_of_the_plain_depth_compiles_and_200_levels_with_a_raised_limit() {
    let package = package("chains");
    for asked in [Asked::Measuring, Asked::Spawning] {
        let (mut compiled, mut refused) = (16, 256);
        while refused - compiled > 1 {
            let depth = usize::midpoint(compiled, refused);
            let is_fine = compiles(&package, &chain(depth, "", "", asked)).is_ok();
            *(if is_fine { &mut compiled } else { &mut refused }) = depth;
        }
        assert!(
            (32..128).contains(&compiled),
            "{asked:?}: {compiled} plain levels; is the search still right?"
        );
        for (depth, head) in [(compiled.div_ceil(3), ""), (200, LIMIT)] {
            if let Err(words) = compiles(&package, &chain(depth, ATTRIBUTE, head, asked)) {
                panic!("{asked:?}: {depth} traced levels of {compiled} plain ones {head}\n{words}");
            }
        }
    }
    // A chain that only runs meets the limit of instances of one generic function: 128, of plain ones 512.
    for (depth, head) in [(128, ""), (200, LIMIT)] {
        if let Err(words) = compiles(&package, &chain(depth, ATTRIBUTE, head, Asked::Running)) {
            panic!("{depth} traced levels that run {head}\n{words}");
        }
    }
}

/// Prints sizes of futures and runs deep calls in threads with 2 MiB of stack.
const DEEP: &str = "
ATTRIBUTE
fn recursion(depth: usize) -> usize {
    let here = 0_u8;
    std::hint::black_box(&here);
    if depth == 0 { &raw const here as usize } else { recursion(depth - 1) }
}

fn main() {
    for (name, size) in [
        (\"10\", size_of_val(&level_9(0))),
        (\"20\", size_of_val(&level_19(0))),
        (\"40\", size_of_val(&level_39(0))),
    ] {
        println!(\"size at {name}: {size}\");
    }
    let in_thread = |work: fn() -> usize| {
        std::thread::Builder::new().stack_size(2 << 20).spawn(work).expect(\"a thread\").join().expect(\"its end\")
    };
    println!(\"async levels: {}\", in_thread(|| run(LEVEL(0)) as usize + 1));
    let levels = std::env::args().nth(1).expect(\"a number\").parse().expect(\"a number\");
    static DEPTH: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
    DEPTH.set(levels).expect(\"the first\");
    let bytes = in_thread(|| {
        let top = 0_u8;
        let top = &raw const top as usize;
        top - recursion(DEPTH.get().copied().unwrap_or(0))
    });
    println!(\"bytes a level: {}\", bytes / levels.max(1));
}
";

/// Without optimization each level copies the futures inside it, the plain ones too; 8 bytes of plain ones and more
/// than a hundred of traced ones. So the stack lasts for 100 levels there, and for 200 with it.
#[test]
fn deep_calls_fit_into_a_thread_of_2_mib_and_deep_futures_grow_linearly() {
    let folder = tempfile::tempdir().unwrap();
    for (name, attribute) in [("deep_plain", ""), ("deep_traced", ATTRIBUTE)] {
        let package = package(name);
        for (profile, flags, levels) in
            [("debug", &["build"] as &[&str], 100), ("release", &["build", "--release"], 200)]
        {
            let chain = chain(levels, attribute, LIMIT, Asked::Running);
            let chain = &chain[..chain.find("fn main").unwrap()];
            let top = format!("level_{}", levels - 1);
            let program = DEEP.replace("ATTRIBUTE", attribute).replace("LEVEL", &top);
            package.write("src/main.rs", &format!("{chain}{program}"));
            package.built(flags);
            let program = package.target().join(profile).join(name);
            let ran = Process::new(&program).within(folder.path()).arg("1000").run().succeeded();
            println!("{name}, {profile}\n{}", ran.stdout);
            assert_eq!(ran.printed("async levels"), levels.to_string());
            let size = |depth: usize| ran.printed(&format!("size at {depth}")).parse::<i64>().unwrap();
            let (first, second) = (size(20) - size(10), size(40) - size(20));
            assert!((second - 2 * first).abs() <= 64, "sizes {}, {}, {}", size(10), size(20), size(40));
        }
    }
}

/// The same functions without and with the attribute.
macro_rules! twins {
    ($($item:item)*) => {
        mod plain {
            #![allow(dead_code, unused_qualifications)]
            use super::pause;
            $($item)*
        }
        mod traced {
            use super::pause;
            $(#[mlflow::trace] $item)*
        }
    };
}

async fn pause() {
    tokio::task::yield_now().await;
}

twins! {
    pub(super) async fn none() -> u32 {
        pause().await;
        1
    }
    pub(super) async fn array(block: [u8; 4096]) -> u8 {
        pause().await;
        block[17]
    }
    pub(super) async fn unused_array(_block: [u8; 4096]) {
        pause().await;
    }
    pub(super) async fn text(text: String) -> Result<usize, String> {
        pause().await;
        let length = text.len();
        pause().await;
        if length == 0 { Err(text) } else { Ok(length) }
    }
    pub(super) async fn borrowed(block: &[u8; 4096], text: &str) -> usize {
        pause().await;
        block.len() + text.len()
    }
    pub(super) async fn large_result(text: String) -> [String; 64] {
        pause().await;
        std::array::from_fn(|_| text.clone())
    }
    pub(super) async fn over_plain(text: String, block: [u8; 4096]) -> usize {
        let length = super::plain::text(text).await.unwrap_or(0);
        length + usize::from(super::plain::array(block).await)
    }
    pub(super) async fn nested(text: String, block: [u8; 4096]) -> usize {
        let length = self::text(text).await.unwrap_or(0);
        length + usize::from(array(block).await)
    }
}

#[test]
fn a_traced_future_is_the_plain_one_and_200_bytes_and_its_arguments_once() {
    macro_rules! sizes {
        ($($name:ident($($argument:expr),*), $levels:literal, $arguments:expr;)*) => {
            [$((
                stringify!($name),
                size_of_val(&plain::$name($($argument),*)),
                size_of_val(&traced::$name($($argument),*)),
                $levels,
                $arguments,
            )),*]
        };
    }
    const BLOCK: [u8; 4096] = [0; 4096];
    let text = size_of::<String>();
    let sizes = sizes! {
        none(), 1, 0;
        array(BLOCK), 1, 4096;
        unused_array(BLOCK), 1, 4096;
        text(String::new()), 1, text;
        borrowed(&BLOCK, ""), 1, 3 * size_of::<usize>();
        large_result(String::new()), 1, text;
        over_plain(String::new(), BLOCK), 1, text + 4096;
        // The futures inside are traced as well, one after the other.
        nested(String::new(), BLOCK), 2, 2 * (text + 4096);
    };
    let mut over = Vec::new();
    for (name, plain, traced, levels, arguments) in sizes {
        println!("{name}: {plain} bytes plain, {traced} traced");
        if traced > plain + levels * 200 + arguments {
            over.push(format!("{name}: {plain} bytes plain, {traced} traced"));
        }
    }
    assert!(over.is_empty(), "{over:#?}");
}
