//! Prints everything that can be printed: `Debug` and `Display` of the set-up, of errors, of the statistics and of the
//! diagnosis. `shows code` describes destinations in code, `shows environment` leaves it to the variables; `start` as
//! the second argument starts tracing by `init()`, `by-itself` by the first call; the third is the destination's address.
#![allow(clippy::print_stdout, clippy::expect_used, reason = "a program for tests")]

use std::time::Duration;

use mlflow::{Otlp, TrackingServer};

#[mlflow::trace]
fn call(number: u32) -> u32 {
    number + 1
}

/// Everything that holds a secret in code.
fn in_code(address: &str) -> mlflow::Init {
    let otlp = Otlp::at(format!("http://me:SECRET-code-user@{address}/v1/traces?key=SECRET-code-query"))
        .header("x-api-key", "SECRET-code-header");
    let by_token = TrackingServer::new(format!("http://{address}"))
        .token("SECRET-code-token")
        .header("x-key", "SECRET-code-header2");
    let by_password =
        TrackingServer::new(format!("http://{address}/second")).basic_auth("me", "SECRET-code-password");
    let by_address = TrackingServer::new(format!("http://me:SECRET-code-uri@{address}/third"));
    println!("{otlp:?}\n{by_token:?}\n{by_password:?}\n{by_address:?}");
    let also = format!("http://me:SECRET-code-also@{address}/fourth");
    mlflow::init()
        .tracking_uri(format!("http://me:SECRET-code-tracking@{address}/first"))
        .also(otlp)
        .also(by_token)
        .also(by_password)
        .also(by_address)
        .also(also)
}

fn show_error(error: &mlflow::Error) {
    println!("error: {error}");
    println!("{error:?} {error:#?}");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        println!("caused by {cause} {cause:?}");
        source = cause.source();
    }
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let init = match args[0].as_str() {
        "code" => in_code(&args[2]),
        _ => mlflow::init(),
    };
    println!("{init:?} {init:#?}");
    let mut guard = None;
    if args[1] == "start" {
        match init.start() {
            Ok(started) => {
                println!("{started:?}");
                println!("started: true");
                // The end of the process is to be the ordinary one.
                guard = Some(std::mem::ManuallyDrop::new(started));
            }
            Err(error) => show_error(&error),
        }
    }
    println!("result: {}", (0..3).map(call).sum::<u32>());
    let report = mlflow::flush_within(Duration::from_secs(3));
    println!("{report:?}");
    let stats = mlflow::stats();
    println!("{stats} {stats:?} {stats:#?}");
    if args.iter().any(|arg| arg == "diagnose") {
        let diagnosis = mlflow::diagnose();
        println!("{diagnosis} {diagnosis:?}");
        match mlflow::drain(Duration::from_secs(1)) {
            Ok(reports) => println!("{reports:?}"),
            Err(error) => show_error(&error),
        }
    }
    let _ = guard;
}
