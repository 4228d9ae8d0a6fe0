//! Functions that return an iterator: the span stays open while items come.

use mlflow::StatusCode;
use mlflow::testing::capture;

use crate::{chunks, outputs};

#[mlflow::trace]
fn leaf(n: u32) -> u32 {
    n + 1
}

#[mlflow::trace]
fn numbers(up_to: u32) -> impl DoubleEndedIterator<Item = u32> + ExactSizeIterator {
    (0..up_to).map(leaf)
}

#[test]
fn items_are_made_inside_and_consumed_outside() {
    let traces = capture(|| {
        for item in numbers(2) {
            mlflow::span("consumer").inputs(item).run(|_| {});
        }
    });
    assert_eq!(
        traces.outline(),
        "numbers [UNKNOWN] OK\n  leaf [UNKNOWN] OK\n  leaf [UNKNOWN] OK\nconsumer [UNKNOWN] OK\nconsumer [UNKNOWN] OK\n"
    );
    let span = traces[0].root().unwrap();
    assert_eq!((outputs(span), chunks(span).len()), ("[1, 2]", 2));
}

#[test]
fn both_ends_and_the_length_are_those_of_the_iterator() {
    let traces = capture(|| {
        let mut numbers = numbers(9);
        assert_eq!((numbers.len(), numbers.size_hint()), (9, (9, Some(9))));
        assert_eq!((numbers.next_back(), numbers.next()), (Some(9), Some(1)));
        assert_eq!((numbers.nth_back(1), numbers.nth(1)), (Some(7), Some(3)));
        assert_eq!(numbers.len(), 3);
    });
    let span = traces[0].root().unwrap();
    // In the order in which they came.
    assert_eq!(outputs(span), "[9, 1, 7, 3]");
    assert_eq!(span.attribute("mlflow_trace.cancelled").unwrap().as_str(), "true");
}

#[test]
fn items_that_are_stepped_over_at_once_cost_nothing() {
    #[mlflow::trace]
    fn endless() -> impl Iterator<Item = u64> {
        0..u64::MAX
    }
    let traces = capture(|| assert_eq!(endless().nth(1 << 62), Some(1 << 62)));
    assert_eq!(chunks(traces[0].root().unwrap()).len(), 1);
}

#[test]
fn boxed_iterators_are_wrapped_too() {
    #[mlflow::trace]
    fn letters<'a>(text: &'a str) -> Box<dyn Iterator<Item = char> + 'a> {
        Box::new(text.chars())
    }
    #[mlflow::trace]
    fn parsed(text: &str) -> Result<Box<dyn Iterator<Item = u32> + Send>, std::num::ParseIntError> {
        let n: u32 = text.parse()?;
        Ok(Box::new(0..n))
    }
    let traces = capture(|| {
        assert_eq!(letters("ab").collect::<String>(), "ab");
        assert_eq!(parsed("2").unwrap().count(), 2);
        assert!(parsed("x").is_err());
    });
    assert_eq!(outputs(traces[0].root().unwrap()), r#"["a", "b"]"#);
    assert_eq!(outputs(traces[1].root().unwrap()), "[0, 1]");
    assert_eq!(traces[2].root().unwrap().status.code, StatusCode::Error);
}

#[test]
fn an_iterator_that_goes_on_after_its_end_is_not_stopped() {
    #[mlflow::trace]
    fn every_other() -> impl Iterator<Item = u32> {
        let mut n = 0;
        std::iter::from_fn(move || {
            n += 1;
            (n % 2 == 1).then_some(n)
        })
    }
    let traces = capture(|| {
        let mut items = every_other();
        assert_eq!((items.next(), items.next(), items.next()), (Some(1), None, Some(3)));
    });
    assert_eq!(outputs(traces[0].root().unwrap()), "[1]");
}

#[test]
fn a_panic_in_next_fails_the_span_and_goes_on() {
    #[mlflow::trace]
    fn breaks() -> impl Iterator<Item = u32> {
        (0..2).map(|n| if n == 1 { panic!("at {n}") } else { n })
    }
    let traces = capture(|| {
        let panic = std::panic::catch_unwind(|| breaks().count()).unwrap_err();
        assert_eq!(panic.downcast_ref::<String>().unwrap(), "at 1");
    });
    assert_eq!(traces.outline(), "breaks [UNKNOWN] ERROR (panic: at 1)\n");
}

#[test]
fn the_reducer_sees_items_that_are_not_kept() {
    #[mlflow::trace(output_reducer = |count: &mut u32, _: &u32| *count += 1)]
    fn many() -> impl Iterator<Item = u32> {
        0..1500
    }
    let traces = capture(|| assert_eq!(many().count(), 1500));
    let span = traces[0].root().unwrap();
    assert_eq!((outputs(span), chunks(span).len()), ("1500", 1000));
}

#[test]
fn an_iterator_of_a_method_borrows_from_self() {
    struct Words(Vec<String>);
    impl Words {
        #[mlflow::trace(name = "words")]
        fn iter(&self) -> impl Iterator<Item = &str> {
            self.0.iter().map(String::as_str)
        }
    }
    let words = Words(vec!["ü".into()]);
    let traces = capture(|| assert_eq!(words.iter().collect::<Vec<_>>(), ["ü"]));
    let span = traces[0].root().unwrap();
    // The event's text is Python's: its JSON knows only ASCII.
    assert_eq!((outputs(span), &*chunks(span)[0].1), (r#"["ü"]"#, r#""\u00fc""#));
}

#[test]
fn an_iterator_moves_to_another_thread_with_its_span() {
    let traces = capture(|| {
        let mut items = numbers(2);
        assert_eq!(items.next(), Some(1));
        assert_eq!(std::thread::spawn(move || items.count()).join().unwrap(), 1);
    });
    assert_eq!(traces.outline(), "numbers [UNKNOWN] OK\n  leaf [UNKNOWN] OK\n  leaf [UNKNOWN] OK\n");
    assert_eq!(outputs(traces[0].root().unwrap()), "[1, 2]");
}

#[test]
fn err_says_how_the_errors_of_items_and_of_the_function_are_told() {
    type Parsed = Result<u32, std::num::ParseIntError>;
    #[mlflow::trace(err = "ignore")]
    fn lines(text: &str) -> Result<impl Iterator<Item = Parsed>, std::num::ParseIntError> {
        let up_to: u32 = text.parse()?;
        Ok((0..up_to).map(|n| if n == 1 { "x".parse() } else { Ok(n) }))
    }
    let traces = capture(|| {
        assert_eq!(lines("3").unwrap().count(), 3);
        assert!(lines("x").is_err());
    });
    assert_eq!(traces.outline(), "lines [UNKNOWN] OK\nlines [UNKNOWN] OK\n");
    assert_eq!(outputs(traces[0].root().unwrap()), "[0, 2]");
}
