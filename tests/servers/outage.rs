//! A server that is stopped and started again and again under load: nothing is lost, nothing is doubled, and the program's
//! memory stays bounded.

use std::time::Duration;

use crate::kinds::{TURN, assert_has, count};
use crate::program::{Reported as _, sends};
use crate::support::{Folder, RealServer, say, soak};

/// Traces a second, how many seconds the server is there and is away, and how often it goes.
struct Load {
    rate: u64,
    there: u64,
    away: u64,
    outages: u64,
}

impl Load {
    fn of_this_run() -> Self {
        let chosen = std::env::var("OUTAGE").ok();
        let text = chosen.as_deref().unwrap_or(if soak() { "200/10/60/3" } else { "20/3/3/1" });
        let numbers: Vec<u64> =
            text.split('/').map(|number| number.parse().expect("OUTAGE is numbers")).collect();
        let [rate, there, away, outages] = numbers[..] else {
            panic!("OUTAGE=RATE/THERE/AWAY/TIMES, not {text}")
        };
        Self { rate, there, away, outages }
    }
}

#[test]
fn outages_lose_and_double_nothing() {
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let Load { rate, there, away, outages } = Load::of_this_run();
    let folder = Folder::new("servers-outage");
    let mut server = RealServer::start("sqlite", folder.path());
    let seconds = outages * (there + away) + there;
    let load = format!("rate={rate}/{seconds}");
    let steps = ["make=begun", &load, "memory", "stats", "until-empty=5400000", "flush", "memory", "stats"];
    let mut program = sends(&folder, &steps)
        .env("MLFLOW_TRACKING_URI", server.address())
        .env("MLFLOW_EXPERIMENT_NAME", "outage")
        .limit(Duration::from_secs(if soak() { 6000 } else { 900 }))
        .start();
    program.wait_for_file(&folder.file("begun"));
    for _ in 0..outages {
        std::thread::sleep(Duration::from_secs(there));
        server.stop();
        std::thread::sleep(Duration::from_secs(away));
        server.restart();
    }
    let traces = rate * seconds;
    let ran = program.wait().untouched(traces);
    let at_most = ran.number("memory at most in KiB");
    let found = count(server.address(), "outage", &[], !soak());
    say(&format!(
        "{traces} traces at {rate}/s while the server was stopped {outages} times for {away} s: the client finds {}, \
         different {}; memory at most {at_most} KiB; the program took {:?}",
        found["traces"], found["different"], ran.took
    ));
    assert_has(&found, traces, 1);
    assert_eq!((ran.number("delivered"), ran.number("dropped")), (traces * 5, 0), "{ran}");
    assert!(ran.destination(1)["retries"].as_u64().unwrap() > 0, "there was no outage\n{ran}");
    assert!(at_most < 200 << 10, "{at_most} KiB\n{ran}");
}
