//! The shapes that go over the network: OTLP for spans, MLflow's REST for everything else. Pure functions; no I/O.

mod gen_ai;
mod json_text;
pub(crate) mod otlp;
pub(crate) mod rest;
