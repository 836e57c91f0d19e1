//! Moments at which a test wants this process to die, as if the power had been cut.
//!
//! In builds with debug assertions `KOLONKA_CRASH_AT=before_commit:3` makes the process kill itself by SIGKILL when it reaches that
//! moment for the third time. A release build has none of this.

/// Does nothing: a release build has no crash points.
#[cfg(not(debug_assertions))]
pub(crate) fn crash_if_planned(_: &str) {}

/// Kills this process if `KOLONKA_CRASH_AT` plans it for this arrival at this moment.
#[cfg(debug_assertions)]
pub(crate) fn crash_if_planned(moment: &str) {
    use std::sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    };
    static CRASH_PLAN: OnceLock<Option<(String, u32)>> = OnceLock::new();
    static ARRIVALS: AtomicU32 = AtomicU32::new(0);
    let plan = CRASH_PLAN.get_or_init(|| {
        let plan = std::env::var("KOLONKA_CRASH_AT").ok()?;
        let (moment, times) = plan.split_once(':')?;
        Some((moment.to_owned(), times.parse().ok()?))
    });
    if let Some((planned, times)) = plan
        && planned == moment
        && ARRIVALS.fetch_add(1, Ordering::SeqCst) + 1 == *times
    {
        let _ = std::process::Command::new("kill").args(["-9", &std::process::id().to_string()]).status();
        std::process::abort();
    }
}
