//! Delivering what has ended when a signal ends the process.
//!
//! The handler stores the signal's number and the worker ends the process. A second signal ends it at once: for people
//! who don't want to wait, and for a child made by `fork`, which has the handler and no worker.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Once};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::{flag, low_level};

use super::runtime;
use crate::error::{Error, ErrorKind};

/// Lets SIGTERM and SIGINT end the process only after everything that has ended is delivered.
pub(crate) fn deliver_on_signals() -> Result<(), Error> {
    static ARMED: Once = Once::new();
    let Some(runtime) = runtime(&|| "mlflow::flush_on_signals()".to_owned()) else {
        return Ok(());
    };
    let mut result = Ok(());
    ARMED.call_once(|| {
        let flag = runtime.ending.arm(finish);
        let has_come = Arc::new(AtomicBool::new(false));
        for signal in [SIGTERM, SIGINT] {
            // The numbers are small and positive.
            let number = usize::try_from(signal).unwrap_or_default();
            // In the order in which they run: the second signal finds what the first one left.
            let registered = flag::register_conditional_default(signal, Arc::clone(&has_come))
                .and_then(|_| flag::register(signal, Arc::clone(&has_come)))
                .and_then(|_| flag::register_usize(signal, Arc::clone(&flag), number));
            if let Err(error) = registered {
                result = Err(Error::new(
                    ErrorKind::Invalid,
                    "the system refused a handler for SIGTERM or SIGINT.",
                )
                .with_source(error));
            }
        }
    });
    result
}

/// Ends the process as the signal would have without us.
fn finish(signal: usize) {
    if let Ok(signal) = i32::try_from(signal) {
        let _ = low_level::emulate_default_handler(signal);
    }
}
