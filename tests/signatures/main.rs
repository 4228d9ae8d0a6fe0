//! Every kind of function that the attribute's table calls supported compiles under it and still returns
//! what the plain function returns, borrows included. (`unsafe fn` is under `tests/ui/pass`, since this package
//! forbids unsafe code.)
#![allow(
    clippy::unwrap_used,
    clippy::too_many_arguments,
    clippy::needless_arbitrary_self_type,
    clippy::needless_lifetimes
)]

mod async_functions;
mod boxed_futures;
mod low_level_functions;
mod methods;
mod peer_shapes;
mod plain_functions;
mod streams;

use std::error::Error;
use std::fmt::Display;

/// Neither `Serialize` nor `Debug`.
struct Opaque(u32);

#[derive(Debug)]
struct Broken;

impl Display for Broken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("broken")
    }
}

impl Error for Broken {}
