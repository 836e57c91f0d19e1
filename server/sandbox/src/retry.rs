//! Repeats of the emulators' calls: the error that asks for one, and pauses on the emulators' clock.

use std::{sync::Arc, time::Duration};

use futures::future::{BoxFuture, FutureExt};

use crate::clock::SharedClock;

/// No answer to a call, or one that does not settle it: the call has to be repeated.
#[derive(Debug)]
pub struct Unanswered;

/// Pauses between the tries of a call, in the emulators' time.
pub struct RetryPauses(pub SharedClock);

impl backon::Sleeper for RetryPauses {
    type Sleep = BoxFuture<'static, ()>;

    fn sleep(&self, pause: Duration) -> Self::Sleep {
        let clock = Arc::clone(&self.0);
        async move { clock.sleep(pause).await }.boxed()
    }
}
