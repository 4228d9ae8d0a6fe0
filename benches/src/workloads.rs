//! The work that every library traces, and the data it works on.

use std::pin::{Pin, pin};
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};

use serde::Serialize;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workload {
    /// A function without arguments and result, each call a root.
    W1,
    /// A root with 100 children, nothing captured.
    W2,
    /// As W2; the child takes (32-byte text, u64, f64) and returns a 64-byte String, both kept as JSON.
    W3,
    /// W3, each call a root.
    W3r,
    /// As W2; a 4 KiB prompt in, six chat messages of 8 KiB together out, both kept as JSON.
    W4,
    /// Ten nested async calls under a root, ready at once.
    W5,
    /// As W5, with one yield at the bottom.
    W5y,
}

/// Children below a root, and nested async calls below a root.
pub const CHILDREN: usize = 100;
pub const LEVELS: usize = 10;

impl Workload {
    pub const ALL: [Self; 7] = [Self::W1, Self::W2, Self::W3, Self::W3r, Self::W4, Self::W5, Self::W5y];

    pub fn name(self) -> &'static str {
        match self {
            Self::W1 => "W1",
            Self::W2 => "W2",
            Self::W3 => "W3",
            Self::W3r => "W3r",
            Self::W4 => "W4",
            Self::W5 => "W5",
            Self::W5y => "W5y",
        }
    }

    /// What a row of the README calls it.
    pub fn description(self) -> &'static str {
        match self {
            Self::W1 => "a root, nothing to record",
            Self::W2 => "a child, nothing recorded",
            Self::W3 => "a child, three small arguments and a 64-byte result as JSON",
            Self::W3r => "the same, each call a trace of its own",
            Self::W4 => "a child, a 4 KiB prompt and 8 KiB of messages as JSON",
            Self::W5 => "an async child, ready at once",
            Self::W5y => "the same with one yield at the bottom of ten",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|workload| workload.name() == text)
    }

    /// Spans of one sample: enough to measure, few enough for every library's queue.
    pub fn spans(self) -> usize {
        match self {
            Self::W4 => 400,
            Self::W3r | Self::W5 | Self::W5y => 1_000,
            _ => 2_000,
        }
    }

    /// How often the root is called to make so many spans. The children are what is counted.
    pub fn roots(self, spans: usize) -> usize {
        match self {
            Self::W1 | Self::W3r => spans,
            Self::W2 | Self::W3 | Self::W4 => spans / CHILDREN,
            Self::W5 | Self::W5y => spans / LEVELS,
        }
    }
}

#[derive(Serialize)]
pub struct Message {
    pub role: &'static str,
    pub content: String,
}

/// W3's arguments, as the peers write them down.
#[derive(Serialize)]
pub struct SmallInputs<'a> {
    pub text: &'a str,
    pub count: u64,
    pub weight: f64,
}

/// W4's argument, as the peers write it down.
#[derive(Serialize)]
pub struct PromptInputs<'a> {
    pub prompt: &'a str,
}

pub const TEXT: &str = "thirty-two bytes of plain text!!";

pub static PROMPT: LazyLock<String> = LazyLock::new(|| prose(4096));
static ANSWER: LazyLock<Vec<Message>> = LazyLock::new(|| {
    let message =
        |index| Message { role: if index % 2 == 0 { "user" } else { "assistant" }, content: prose(1365) };
    (0..6).map(message).collect()
});

/// Text as models write it: words, a line break every twelve, a quotation mark now and then.
fn prose(bytes: usize) -> String {
    let words = "a tracer keeps what went in and what came out so that someone can read it later";
    let mut text = String::with_capacity(bytes + 16);
    for (index, word) in words.split(' ').cycle().enumerate() {
        if text.len() >= bytes {
            break;
        }
        text.push_str(word);
        text.push_str(match index % 24 {
            11 => "\n",
            23 => " \"",
            _ => " ",
        });
    }
    text.truncate(bytes);
    text
}

/// The body of W3: a new String of 64 bytes.
pub fn small_body(text: &str, count: u64, weight: f64) -> String {
    std::hint::black_box((count, weight));
    let mut out = String::with_capacity(64);
    out.push_str(text);
    out.push_str(text);
    out
}

/// The body of W4.
pub fn large_body(prompt: &str) -> &'static [Message] {
    std::hint::black_box(prompt);
    &ANSWER
}

pub fn json(value: &(impl Serialize + ?Sized)) -> String {
    serde_json::to_string(value).expect("plain data has a JSON form")
}

/// The bottom of W5 and W5y.
pub async fn bottom(yields: bool) {
    if yields {
        YieldOnce(false).await;
    }
}

struct YieldOnce(bool);

impl Future for YieldOnce {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Polls until ready: an executor that costs next to nothing.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
}

/// Ten nested async functions with the given attributes, `level_1` the outermost.
#[macro_export]
macro_rules! ten_levels {
    ($(#[$attribute:meta])*) => {
        $crate::ten_levels!(@ [$(#[$attribute])*]
            level_1 level_2, level_2 level_3, level_3 level_4, level_4 level_5, level_5 level_6,
            level_6 level_7, level_7 level_8, level_8 level_9, level_9 level_10, level_10 bottom);
    };
    (@ $attributes:tt $($name:ident $next:ident),*) => {
        $($crate::ten_levels!(@one $attributes $name $next);)*
    };
    (@one [$(#[$attribute:meta])*] $name:ident $next:ident) => {
        $(#[$attribute])*
        async fn $name(yields: bool) {
            $next(yields).await
        }
    };
}
