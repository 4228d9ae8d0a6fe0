//! Small swappable decisions: the clock, identifiers, sampling, and how we speak to the person who runs the program.

pub(crate) mod notice;
