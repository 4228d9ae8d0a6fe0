//! The Rust twin of `tests/python/hop.py`: one service of a chain of services.
#![allow(clippy::print_stdout, clippy::expect_used, reason = "a program for tests")]

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use mlflow::propagation;

fn call(address: &str, rest: &[String]) -> Vec<String> {
    mlflow::span(name("calls")).span_type("TOOL").inputs(rest).run(|span| {
        let answer = request(address, rest);
        span.set_outputs(&answer);
        answer
    })
}

fn request(address: &str, rest: &[String]) -> Vec<String> {
    let mut headers: HashMap<String, String> = HashMap::new();
    propagation::inject(&mut headers);
    let mut request = ureq::post(address);
    for (name, value) in &headers {
        request = request.header(name, value);
    }
    let answer =
        request.send(serde_json::to_string(rest).expect("it is JSON")).expect("the next one answers");
    let body = answer.into_body().read_to_string().expect("the answer can be read");
    serde_json::from_str(&body).expect("it is JSON")
}

fn work(chain: &[String]) -> Vec<String> {
    mlflow::span(name("works")).run(|span| {
        let next = chain.split_first().map(|(next, rest)| call(next, rest));
        let answer: Vec<String> = std::iter::once(own_name()).chain(next.unwrap_or_default()).collect();
        span.set_outputs(&answer);
        answer
    })
}

fn own_name() -> String {
    std::env::var("HOP_NAME").expect("HOP_NAME is set")
}

fn name(what: &str) -> String {
    format!("{} {what}", own_name())
}

fn serve_one(stream: TcpStream) {
    let mut reader = BufReader::new(stream);
    let mut headers: HashMap<String, String> = HashMap::new();
    let mut line = String::new();
    reader.read_line(&mut line).expect("a request");
    loop {
        line.clear();
        reader.read_line(&mut line).expect("a header");
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers["content-length"].trim().parse().expect("a number");
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    println!("traceparent: {:?}", headers.get("traceparent"));
    let chain: Vec<String> = serde_json::from_slice(&body).expect("a list");
    let answer = {
        let _context = propagation::attach(&headers);
        serde_json::to_string(&work(&chain)).expect("it is JSON")
    };
    let mut stream = reader.into_inner();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{answer}",
        answer.len()
    )
    .expect("an answer");
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Ok(port_file) = std::env::var("HOP_PORT_FILE") else {
        mlflow::span(name("begins")).inputs(serde_json::json!({"chain": arguments.len()})).run(|span| {
            let _ = mlflow::update_current_trace().tag("begun by", own_name()).session("s-4");
            span.set_outputs(work(&arguments));
        });
        flush();
        println!("trace: {}", mlflow::last_trace_id().map_or(String::new(), |id| id.to_string()));
        return;
    };
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = format!("http://{}", listener.local_addr().expect("it is bound"));
    std::fs::write(format!("{port_file}.new"), address).expect("the folder can be written");
    std::fs::rename(format!("{port_file}.new"), &port_file).expect("the folder can be written");
    let requests = std::env::var("HOP_REQUESTS").map_or(1, |text| text.parse().expect("a number"));
    listener.incoming().take(requests).for_each(|stream| serve_one(stream.expect("a connection")));
    flush();
}

/// A busy machine may need longer than a program waits when it ends.
fn flush() {
    let report = mlflow::flush_within(Duration::from_secs(60));
    assert!(report.is_complete(), "{report:?}");
}
