//! Moments at which a test wants this process to die, as if the power had been cut.
//!
//! In builds with debug assertions `KOLONKA_CRASH_AT=before_commit:3` makes the process kill itself by SIGKILL when it reaches that
//! moment for the third time. A release build has none of this.

/// This moment has come.
#[cfg(not(debug_assertions))]
pub(crate) fn reached(_: &str) {}

/// This moment has come.
#[cfg(debug_assertions)]
pub(crate) fn reached(moment: &str) {
    use std::sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    };
    static PLAN: OnceLock<Option<(String, u32)>> = OnceLock::new();
    static TIMES: AtomicU32 = AtomicU32::new(0);
    let plan = PLAN.get_or_init(|| {
        let plan = std::env::var("KOLONKA_CRASH_AT").ok()?;
        let (moment, times) = plan.split_once(':')?;
        Some((moment.to_owned(), times.parse().ok()?))
    });
    if let Some((planned, times)) = plan
        && planned == moment
        && TIMES.fetch_add(1, Ordering::SeqCst) + 1 == *times
    {
        let _ = std::process::Command::new("kill").args(["-9", &std::process::id().to_string()]).status();
        std::process::abort();
    }
}
