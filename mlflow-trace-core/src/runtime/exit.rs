//! The last flush, when the process ends by `exit` or by a return from `main`.
//!
//! The C library runs the hook after `main` and after the main thread's thread-locals are gone, while our worker still
//! lives. It does nothing in a process that never traced, in a forked child, and on the worker itself.

use std::panic::catch_unwind;
use std::time::Duration;

use super::started;
use crate::context;
use crate::pipeline::Request;
use crate::policy::notice;

/// How long the end of the process may be held up.
const LIMIT: Duration = Duration::from_secs(5);

dtor::declarative::dtor! {
    #[dtor(unsafe)]
    fn deliver_at_exit() {
        // A panic must not cross into the C library.
        let _ = catch_unwind(|| {
            if let Some(runtime) = started()
                && runtime.is_this_process()
                && !context::is_our_thread()
            {
                let is_answered = runtime.ask(Request::Final, LIMIT).is_some();
                // Threads that still run make more than what had ended when we asked.
                let left = if is_answered { runtime.queued_spans() } else { runtime.undelivered_spans() };
                if left > 0 {
                    notice::warn(&runtime.farewell(left).unwrap_or_else(|| sentence(left)));
                }
            }
        });
    }
}

fn sentence(lost: usize) -> String {
    format!(
        "spans lost: {lost}, because the destination had not taken them {} s after the program's end; call mlflow::flush_within() \
         before the end to wait longer.",
        LIMIT.as_secs()
    )
}
