//! What crosses traces: captures side by side, and builders that are made in one place and run in another.

use mlflow::testing::capture;

#[test]
fn captures_at_the_same_time_see_their_own_traces_whole() {
    let threads: Vec<_> = (0..8)
        .map(|number: usize| {
            std::thread::spawn(move || {
                for _ in 0..20 {
                    let traces = capture(|| {
                        mlflow::span(format!("root {number}")).run(|_| {
                            for _ in 0..5 {
                                mlflow::span("child").run(|_| std::thread::yield_now());
                            }
                        });
                    });
                    assert_eq!(traces.len(), 1);
                    assert_eq!(traces[0].spans.len(), 6, "{}", traces.outline());
                    assert!(traces.outline().starts_with(&format!("root {number} ")));
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

#[test]
fn a_builder_belongs_to_the_span_in_which_it_runs() {
    let traces = capture(|| {
        let builder = mlflow::span("made before").attribute("k", 1);
        mlflow::span("outer").run(|_| builder.run(|_| ()));
    });
    assert_eq!(traces.outline(), "outer [UNKNOWN] OK\n  made before [UNKNOWN] OK\n");
}
