//! Telling where a panic happened.

use std::sync::Once;
use std::time::Duration;

use crate::recorder::remember_panic_place;
use crate::runtime;

/// How long a panic may be held up for delivering what has ended.
const LIMIT: Duration = Duration::from_secs(2);

/// Installs a panic hook that adds the place of a panic to the span's `exception` event and delivers what has ended,
/// then calls the hook that was there. Without it spans keep the panic's message only.
///
/// Calling it again has no effect.
#[inline]
pub fn install_panic_hook() {
    static INSTALLED: Once = Once::new();
    if cfg!(feature = "disabled") {
        return;
    }
    INSTALLED.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if let Some(place) = panic.location() {
                remember_panic_place(place.to_string(), panic.payload());
            }
            let _ = runtime::flush(LIMIT);
            previous(panic);
        }));
    });
}
