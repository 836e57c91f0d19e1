//! `kolonka stations import FILE`.

use std::{path::Path, process::ExitCode};

use anyhow::Context;
use secrecy::ExposeSecret;

use crate::{
    clock::Clock,
    config::Config,
    database::Database,
    stations::{import::import_file, store::Store},
};

/// Loads a file and prints what became of its rows. Rejected rows make the exit code 1; the others are loaded.
///
/// # Errors
/// A file that cannot be read as a whole, or a database that does not answer.
#[expect(clippy::print_stdout, reason = "the report is this command's result")]
pub async fn run(config: &Config, file: &Path) -> anyhow::Result<ExitCode> {
    let database = Database::open(config.database_url.expose_secret()).await.context("DATABASE_URL")?;
    let store = Store::new(database);
    let report = import_file(&store, file, Clock::system().now()).await?;
    print!("{report}");
    Ok(if report.rejected.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
