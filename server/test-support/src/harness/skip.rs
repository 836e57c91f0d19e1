//! Reports of skipped tests: a skipped test must not look like a passed one.

use std::io::Write;

/// Reports that the test is skipped, with what is missing.
pub fn skip(missing: &str) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    // Not `eprintln`, which is shown of failed tests only.
    let _ = writeln!(std::io::stderr(), "\nSKIPPED {test}: {missing}");
}

/// Reports that the test is skipped; with `CI` set, where nothing may be missing, the test fails.
///
/// # Panics
/// `CI` is set.
pub fn skip_or_fail(missing: &str) {
    let is_ci = std::env::var("CI").is_ok_and(|value| !["", "false", "0"].contains(&value.as_str()));
    assert!(!is_ci, "{missing}; with CI set this test has to be run");
    skip(missing);
}
