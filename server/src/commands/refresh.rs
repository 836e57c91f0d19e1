//! `kolonka stations refresh`.

use std::process::ExitCode;

use anyhow::{Context, bail};

use crate::{
    app,
    clock::Clock,
    config::{Config, ForecourtKind},
    stations::catalogue::Catalogue,
};

/// Asks the stations' own server at once and prints what came of it; doubts make the exit code 1, the rest is taken.
///
/// # Errors
/// No feed, no usable answer, or a database that does not answer.
#[expect(clippy::print_stdout, reason = "the report is this command's result")]
pub async fn run(config: &Config) -> anyhow::Result<ExitCode> {
    let storage = app::open(config).await.context("DATABASE_URL")?;
    let catalogue = Catalogue::load(storage.stations, config.tanker.full_tank).await?;
    let feed = match config.forecourt {
        ForecourtKind::Tanker => app::feed(&config.tanker, &catalogue, &Clock::system())?,
        ForecourtKind::None | ForecourtKind::Simulator => None,
    };
    let Some(feed) = feed else {
        bail!("there is no feed: set KOLONKA_FORECOURT=tanker and KOLONKA_TANKER_FEED_S=60, for example");
    };
    let report = feed.refresh().await?;
    print!("{report}");
    Ok(if report.doubts.count == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
