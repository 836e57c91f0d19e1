//! What cannot be tested here is said aloud: a test that is passed over must not look like one that has passed.

use std::io::Write;

/// Says which test is not run and what it lacks.
pub fn skip(missing: &str) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    // Not `eprintln`, which is shown of failed tests only.
    let _ = writeln!(std::io::stderr(), "\nSKIPPED {test}: {missing}");
}

/// The same where nothing may be missing: with `CI` set the test fails.
///
/// # Panics
/// `CI` is set.
pub fn skip_or_fail(missing: &str) {
    let is_ci = std::env::var("CI").is_ok_and(|value| !["", "false", "0"].contains(&value.as_str()));
    assert!(!is_ci, "{missing}; with CI set this test has to be run");
    skip(missing);
}
