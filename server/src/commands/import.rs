//! `kolonka stations import FILE`.

use std::{path::Path, process::ExitCode};

use anyhow::Context;

use crate::{app, clock::Clock, config::Config, stations::import::import_file};

/// Loads a file and prints the outcome of its rows. Rejected rows make the exit code 1; the others are loaded.
///
/// # Errors
/// A file that cannot be read as a whole, or a database that does not answer.
#[expect(clippy::print_stdout, reason = "the report is this command's result")]
pub async fn run(config: &Config, file: &Path) -> anyhow::Result<ExitCode> {
    let storage = app::open(config).await.context("DATABASE_URL")?;
    let report = import_file(&storage.stations, file, Clock::system().now()).await?;
    print!("{report}");
    Ok(if report.rejected.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
