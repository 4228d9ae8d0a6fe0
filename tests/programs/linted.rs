//! Functions that the compiler and clippy have something to say about. `tests/lints_kept.rs` runs clippy on this file as a
//! library of its own, once as it stands and once with `--cfg plain`, and compares what is said.
#![warn(clippy::all, clippy::pedantic, clippy::nursery, unused)]
#![allow(clippy::must_use_candidate)]

#[cfg_attr(not(plain), mlflow::trace)]
pub fn ptr_arg(list: &Vec<u32>) -> usize { list.len() }

#[cfg_attr(not(plain), mlflow::trace)]
pub fn by_value(text: String) -> usize { text.len() }

#[cfg_attr(not(plain), mlflow::trace)]
pub fn trivially(number: &u32) -> u32 { *number + 1 }

#[cfg_attr(not(plain), mlflow::trace)]
pub fn borrowed_box(boxed: &Box<u32>) -> u32 { **boxed }

#[cfg_attr(not(plain), mlflow::trace)]
pub fn boxed_local(boxed: Box<u32>) -> u32 { *boxed + 1 }

#[cfg_attr(not(plain), mlflow::trace)]
pub fn bools(a: bool, b: bool, c: bool, d: bool) -> bool { a && b && c && d }

#[cfg_attr(not(plain), mlflow::trace)]
pub fn many(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32, g: u32, h: u32) -> u32 { a + b + c + d + e + f + g + h }

#[cfg_attr(not(plain), mlflow::trace)]
pub fn needless_mut(list: &mut Vec<u32>) -> usize { list.len() }

#[cfg_attr(not(plain), mlflow::trace)]
pub fn unwrap_opt() -> Option<u32> { Some(3) }

#[cfg_attr(not(plain), mlflow::trace)]
pub fn needless_return(n: u32) -> u32 { return n + 1; }

#[cfg_attr(not(plain), mlflow::trace)]
pub fn let_return(n: u32) -> u32 { let m = n + 1; m }

#[cfg_attr(not(plain), mlflow::trace)]
pub fn no_async_await() -> u32 { 1 }

#[cfg_attr(not(plain), mlflow::trace)]
pub async fn unused_async(n: u32) -> u32 { n }

#[cfg_attr(not(plain), mlflow::trace)]
pub fn implicit_hasher(map: &std::collections::HashMap<u32, u32>) -> usize { map.len() }

#[cfg_attr(not(plain), mlflow::trace)]
pub fn option_ref(o: &Option<String>) -> bool { o.is_some() }

#[cfg_attr(not(plain), mlflow::trace)]
pub fn unit_result() -> Result<u32, ()> { Err(()) }

#[cfg_attr(not(plain), mlflow::trace)]
pub fn lifetimes<'a>(x: &'a str) -> &'a str { x }

#[cfg_attr(not(plain), mlflow::trace)]
pub fn unused_var(x: u32) {}

#[cfg_attr(not(plain), mlflow::trace)]
pub fn unused_mut(mut x: u32) -> u32 { x }

#[cfg_attr(not(plain), mlflow::trace)]
pub fn large(x: [u8; 100000]) -> u8 { x[0] }

#[cfg_attr(not(plain), mlflow::trace)]
pub fn many_single_char_names(a: u32, b: u32) -> u32 { let c = a; let d = b; let e = 3; let f = c + d + e; f }

#[cfg_attr(not(plain), mlflow::trace)]
pub fn missing_errors(a: u32) -> Result<u32, String> { if a > 2 { Err(String::new()) } else { Ok(a) } }

#[cfg_attr(not(plain), mlflow::trace)]
pub fn cognitive(a: u32) -> u32 { if a > 2 { return 5; } else { return 6; } }

pub struct Thing(pub u32);
impl Thing {
    #[cfg_attr(not(plain), mlflow::trace)]
    pub fn unused_self(&self) -> u32 { 3 }
    #[cfg_attr(not(plain), mlflow::trace)]
    pub fn could_be_const(&self) -> u32 { self.0 }
    #[cfg_attr(not(plain), mlflow::trace)]
    pub fn to_thing(self) -> u32 { self.0 }
    #[cfg_attr(not(plain), mlflow::trace)]
    fn dead(&self) {}
}

#[cfg_attr(not(plain), mlflow::trace)]
pub fn only_used_in_recursion(n: u32, unused: u32) -> u32 { if n == 0 { 0 } else { only_used_in_recursion(n - 1, unused) } }

#[cfg_attr(not(plain), mlflow::trace)]
pub fn nested_too_deep(n: u32) -> u32 { let unused = 3; n }

#[cfg_attr(not(plain), mlflow::trace)]
pub fn assigned(mut n: u32) -> u32 { n = 3; n }

#[cfg_attr(not(plain), mlflow::trace)]
pub fn shadow(n: u32) -> u32 { let n = n; n }
#[cfg_attr(not(plain), mlflow::trace)]
pub async fn async_ptr(list: &Vec<u32>, text: String) -> usize { std::future::ready(list.len() + text.len()).await }
#[cfg_attr(not(plain), mlflow::trace)]
pub async fn large_fut(x: [u8; 20000]) -> u8 { std::future::ready(()).await; x[0] }
#[cfg_attr(not(plain), mlflow::trace)]
pub fn ref_opt_mut(x: &mut u32) -> u32 { *x }
#[cfg_attr(not(plain), mlflow::trace)]
pub fn rc_buffer(x: std::rc::Rc<String>) -> usize { x.len() }
#[cfg_attr(not(plain), mlflow::trace)]
pub fn underscore(_x: u32) -> u32 { _x + 1 }
