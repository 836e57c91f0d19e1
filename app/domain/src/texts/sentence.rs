//! How sentences are put together, in any language.

/// What happened, and why in the station's own words, where it gave any.
pub(super) fn with_words(happened: &str, words: &str) -> String {
    let words = words.trim().trim_end_matches('.');
    if words.is_empty() { format!("{happened}.") } else { format!("{happened}: {words}.") }
}
