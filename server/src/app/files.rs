//! How many files this process may open, and how they are shared out: a connection is one, and so is a call of ours.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Taken where the system sets no limit.
const MAX_FILES: usize = 100_000;
/// One part in so many is kept for the database and for our own calls.
const OWN_SHARE_DIVISOR: usize = 4;

/// Raises the soft limit to the hard one: the soft one is for programs that cannot count so far.
pub fn raise_limit() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if limit.current != limit.maximum && setrlimit(Resource::Nofile, raised).is_err() {
        tracing::warn!(files = ?limit.current, "the limit of open files cannot be raised");
    }
}

/// Files that this process may open.
pub fn limit() -> usize {
    let current = getrlimit(Resource::Nofile).current;
    current.and_then(|files| usize::try_from(files).ok()).unwrap_or(MAX_FILES).min(MAX_FILES)
}

/// Connections that are accepted at once: some files are kept for what a request needs.
pub fn max_connections() -> usize {
    let files = limit();
    (files - files / OWN_SHARE_DIVISOR).max(1)
}
