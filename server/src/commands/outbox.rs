//! `kolonka outbox list|retry`: lists effects that wait or were given up, and retries them.

use std::{fmt::Write as _, process::ExitCode};

use anyhow::Context;
use time::format_description::well_known::Rfc3339;

use crate::{
    app,
    clock::Clock,
    config::Config,
    orders::Outbox,
    queue::{EntryState, QueueEntry, RetryScope},
};

/// Prints every row, the dead first.
///
/// # Errors
/// The database does not answer.
#[expect(clippy::print_stdout, reason = "the list is this command's result")]
pub async fn list(config: &Config) -> anyhow::Result<ExitCode> {
    let entries = outbox(config).await?.list(Clock::system().wall()).await?;
    print!("{}", table(&entries));
    Ok(ExitCode::SUCCESS)
}

/// Retries dead rows, which a running server takes up within a second. Exit code 1 when there were none.
///
/// # Errors
/// The database does not answer.
#[expect(clippy::print_stdout, reason = "the count is this command's result")]
pub async fn retry(config: &Config, scope: RetryScope) -> anyhow::Result<ExitCode> {
    let put_back = outbox(config).await?.retry(scope, Clock::system().now()).await?;
    println!("put back to work: {put_back}");
    Ok(if put_back > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn outbox(config: &Config) -> anyhow::Result<Outbox> {
    Ok(app::open(config).await.context("DATABASE_URL")?.outbox)
}

/// One row a line: order number, effect, state, tries, due time, error of the last try.
fn table(entries: &[QueueEntry]) -> String {
    let mut text =
        format!("{:<8} {:<22} {:<9} {:>5}  {:<20}  last error\n", "order", "effect", "state", "tries", "due");
    for entry in entries {
        let due =
            entry.due_at.replace_nanosecond(0).unwrap_or(entry.due_at).format(&Rfc3339).unwrap_or_default();
        let due = if entry.state == EntryState::Waiting { due.as_str() } else { "-" };
        // An error may hold line breaks; the table's lines are one row each.
        let error = entry.last_error.as_deref().unwrap_or("-").replace(char::is_control, " ");
        // Writing into a String does not fail.
        let _ = writeln!(
            text,
            "{:<8} {:<22} {:<9} {:>5}  {due:<20}  {error}",
            entry.number,
            entry.name,
            entry.state.name(),
            entry.attempts
        );
    }
    text
}
