//! Free functions: values, patterns, generics, return types and bodies.

use std::error::Error;
use std::fmt::Display;

use crate::{Broken, Opaque};

#[mlflow::trace]
fn opaque(value: Opaque) -> Opaque {
    Opaque(value.0 + 1)
}

#[test]
fn values_need_no_trait_at_all() {
    assert_eq!(opaque(Opaque(1)).0, 2);
}

#[mlflow::trace]
fn patterns(
    mut a: u32,
    (b, mut c): (u32, u32),
    [d, ..]: [u32; 3],
    Opaque(e): Opaque,
    _: Opaque,
    &f: &u32,
    &(g, _): &(u32, String),
    ref h: u32,
    whole @ (_, i): (u32, u32),
) -> u32 {
    a += 1;
    c += 1;
    a + b + c + d + e + f + g + *h + whole.0 + i
}

#[test]
fn patterns_bind_what_they_bind_without_the_attribute() {
    let sum = patterns(1, (2, 3), [4, 0, 0], Opaque(5), Opaque(0), &6, &(7, String::new()), 8, (9, 10));
    assert_eq!(sum, 1 + 1 + 2 + 3 + 1 + 4 + 5 + 6 + 7 + 8 + 9 + 10);
}

#[mlflow::trace]
fn generic<'a, T, const N: usize>(items: &'a [T; N], pick: impl Fn(usize) -> usize) -> &'a T
where
    T: Display,
{
    &items[pick(N)]
}

#[test]
fn generics_and_borrows_of_arguments_come_through() {
    let items = ["a", "b"];
    assert_eq!(*generic(&items, |n| n - 1), "b");
}

#[mlflow::trace]
fn largest(numbers: &mut [u32]) -> Option<&mut u32> {
    if numbers.is_empty() {
        return None;
    }
    numbers.iter_mut().max()
}

#[test]
fn a_reborrow_of_a_mutable_argument_can_be_returned() {
    let mut numbers = [1, 3, 2];
    *largest(&mut numbers).unwrap() = 0;
    assert_eq!(numbers, [1, 0, 2]);
}

#[mlflow::trace]
fn boxed_error(fail: bool) -> Result<u32, Box<dyn Error + Send + Sync>> {
    if fail {
        return Err(Box::new(Broken));
    }
    let number: u32 = "12".parse()?;
    Ok(number)
}

#[mlflow::trace]
fn anyhow_error(text: &str) -> anyhow::Result<u32> {
    Ok(text.parse()?)
}

#[mlflow::trace]
fn optional(text: Option<&str>) -> Option<usize> {
    Some(text?.len())
}

#[test]
fn return_and_question_mark_leave_the_function() {
    assert_eq!(boxed_error(false).unwrap(), 12);
    assert_eq!(boxed_error(true).unwrap_err().to_string(), "broken");
    assert_eq!(anyhow_error("7").unwrap(), 7);
    assert!(anyhow_error("x").is_err());
    assert_eq!(optional(Some("four")), Some(4));
    assert_eq!(optional(None), None);
}

#[mlflow::trace]
fn coerced(owned: bool) -> Box<dyn Display> {
    if owned { Box::new(String::from("owned")) } else { Box::new("borrowed") }
}

#[mlflow::trace]
fn inferred() -> Vec<u8> {
    [1_u8, 2].into_iter().collect()
}

#[test]
fn the_return_type_drives_inference_and_coercion() {
    assert_eq!(coerced(true).to_string(), "owned");
    assert_eq!(coerced(false).to_string(), "borrowed");
    assert_eq!(inferred(), [1, 2]);
}

#[mlflow::trace]
fn counter(limit: u32) -> impl Iterator<Item = u32> + Clone {
    (0..limit).map(|n| n + 1)
}

#[mlflow::trace]
fn measure() -> impl Fn(&str) -> usize {
    |text: &str| text.len()
}

#[mlflow::trace]
fn fallible_iterator(text: &str) -> Result<impl Iterator<Item = u32> + use<>, Box<dyn Error>> {
    if text.is_empty() {
        return Err(Box::new(Broken));
    }
    let limit: u32 = text.parse()?;
    Ok(0..limit)
}

#[test]
fn impl_trait_can_be_returned() {
    assert_eq!(counter(3).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(measure()("four"), 4);
    assert_eq!(fallible_iterator("2").unwrap().count(), 2);
    assert!(fallible_iterator("").is_err());
}

#[mlflow::trace]
fn factorial(n: u64) -> u64 {
    if n == 0 { 1 } else { n * factorial(n - 1) }
}

#[test]
fn a_function_may_call_itself() {
    assert_eq!(factorial(5), 120);
}

#[mlflow::trace]
fn never(code: u32) -> ! {
    panic!("left with {code}")
}

#[test]
fn a_function_that_never_returns_still_does_not() {
    let panic = std::panic::catch_unwind(|| never(3)).unwrap_err();
    assert_eq!(*panic.downcast::<String>().unwrap(), "left with 3");
}

#[mlflow::trace]
fn conditional(a: u32, #[cfg(any())] b: Missing, #[allow(unused_variables)] c: u32) -> u32 {
    a
}

#[test]
fn attributes_of_arguments_are_kept() {
    assert_eq!(conditional(1, 2), 1);
}

#[mlflow::trace]
fn with_inner_attributes(r#type: u32) -> u32 {
    #![allow(unused_variables)]
    let unused = 0;
    r#type
}

#[test]
fn attributes_inside_the_body_are_kept() {
    assert_eq!(with_inner_attributes(4), 4);
}

#[mlflow::trace]
fn with_items(n: u32) -> u32 {
    use std::cmp::max;
    const LEAST: u32 = 3;
    fn double(n: u32) -> u32 {
        n * 2
    }
    max(double(n), LEAST)
}

#[test]
fn items_inside_the_body_are_kept() {
    assert_eq!(with_items(1), 3);
    assert_eq!(with_items(4), 8);
}

macro_rules! define {
    ($name:ident, $argument:ident, $ty:ty, $body:expr) => {
        #[mlflow::trace]
        fn $name($argument: $ty, hidden: $ty) -> $ty {
            $body + hidden
        }
    };
}

define!(from_macro, number, u32, number * 2);

#[test]
fn functions_made_by_macro_rules_keep_their_hygiene() {
    assert_eq!(from_macro(2, 1), 5);
}
