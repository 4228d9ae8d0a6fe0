#![allow(unused, unexpected_cfgs)]

struct Agent {
    name: &'static str,
}

#[mlflow::trace(name = title)]
fn named(title: &'static str) {}

#[mlflow::trace(name = format!("step {}", 7))]
fn formatted() {}

#[mlflow::trace(description = concat!("about ", topic))]
fn described(topic: &str) {}

impl Agent {
    #[mlflow::trace(name = self.name, span_type = kind)]
    fn run(&self, kind: &str) {
        println!("{}{kind}", self.name);
    }
}

#[mlflow::trace(links = count)]
fn linked(count: usize) {}

#[mlflow::trace]
fn conditional(
    #[cfg_attr(feature = "quiet", mlflow(skip))] secret: &str,
    #[cfg_attr(feature = "quiet", allow(unused), mlflow(redact))] token: &str,
    #[cfg_attr(feature = "quiet", allow(unused))] number: u32,
) {
}

fn main() {}
