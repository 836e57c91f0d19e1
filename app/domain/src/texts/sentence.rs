//! How sentences are put together, in any language.

/// What happened, and the station's reason, where it gave one.
pub(super) fn with_reason(happened: &str, reason: &str) -> String {
    let reason = reason.trim().trim_end_matches('.');
    if reason.is_empty() { format!("{happened}.") } else { format!("{happened}: {reason}.") }
}
