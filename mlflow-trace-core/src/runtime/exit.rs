//! The last flush, when the process ends by `exit` or by a return from `main`.
//!
//! The C library runs the hook after `main` and after the main thread's thread-locals are gone, while our worker still
//! lives. It does nothing in a process that never traced, in a forked child, and on the worker itself.

use std::panic::catch_unwind;
use std::time::Duration;

use super::started;
use crate::pipeline::Request;

/// How long the end of the process may be held up.
const LIMIT: Duration = Duration::from_secs(5);

dtor::declarative::dtor! {
    #[dtor(unsafe)]
    fn deliver_at_exit() {
        // A panic must not cross into the C library.
        let _ = catch_unwind(|| {
            if let Some(runtime) = started()
                && runtime.is_this_process()
                && !runtime.is_on_worker()
                && runtime.ask(Request::Final, LIMIT).is_none()
            {
                crate::policy::notice::warn(
                    "the destination did not take all traces within 5 s of the program's end; what it had not \
                     taken is lost. Call mlflow::flush_within() before the end to wait longer.",
                );
            }
        });
    }
}
