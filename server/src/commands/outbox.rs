//! `kolonka outbox list|retry`: lists effects that wait or were given up, and retries them.

use std::{fmt::Write as _, process::ExitCode};

use anyhow::Context;
use domain::hidden::is_hidden;
use time::format_description::well_known::Rfc3339;

use crate::{
    app,
    clock::Clock,
    config::Config,
    orders::Outbox,
    queue::{EntryState, QueueEntry, RetriedRows, RetryScope, RowKey},
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

/// Tries again at once what was given up and what waits for its next try, and prints how much that is. A running server takes
/// it up within a second. Exit code 1 when there is nothing.
///
/// # Errors
/// The database does not answer.
#[expect(clippy::print_stdout, reason = "the counts are this command's result")]
pub async fn retry(config: &Config, scope: RetryScope) -> anyhow::Result<ExitCode> {
    let clock = Clock::system();
    let retried = outbox(config).await?.retry(scope, clock.now(), clock.wall()).await?;
    let RetriedRows { given_up, waiting, under_way } = retried;
    println!("tried again at once: {given_up} given up, {waiting} waiting; under way: {under_way}");
    Ok(if retried.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Tries one row again at once. Exit code 1 when it is done, or there was none.
///
/// # Errors
/// The database does not answer.
#[expect(clippy::print_stdout, reason = "what was done is this command's result")]
pub async fn retry_row(config: &Config, key: RowKey) -> anyhow::Result<ExitCode> {
    let id = key.to_string();
    let is_there = outbox(config).await?.retry_row(key, Clock::system().now()).await?;
    println!("{id}: {}", if is_there { "tried again at once" } else { "not in the outbox" });
    Ok(if is_there { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn outbox(config: &Config) -> anyhow::Result<Outbox> {
    Ok(app::open(config).await.context("DATABASE_URL")?.outbox)
}

/// One row a line: order number, effect, state, tries, due time, id, error of the last try.
fn table(entries: &[QueueEntry]) -> String {
    let mut text = format!(
        "{:<8} {:<22} {:<9} {:>5}  {:<20}  {:<28}  last error\n",
        "order", "effect", "state", "tries", "due", "id"
    );
    for entry in entries {
        let due =
            entry.due_at.replace_nanosecond(0).unwrap_or(entry.due_at).format(&Rfc3339).unwrap_or_default();
        let due = if entry.state == EntryState::Waiting { due.as_str() } else { "-" };
        // An error may hold line breaks; the table's lines are one row each.
        let error = entry.last_error.as_deref().unwrap_or("-").replace(is_hidden, " ");
        // Writing into a String does not fail.
        let _ = writeln!(
            text,
            "{:<8} {:<22} {:<9} {:>5}  {due:<20}  {:<28}  {error}",
            entry.number,
            entry.name,
            entry.state.name(),
            entry.attempts,
            entry.key().to_string(),
        );
    }
    text
}
