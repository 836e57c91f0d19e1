//! `kolonka stations refresh`.

use std::process::ExitCode;

use anyhow::{Context, bail};

use crate::{
    app,
    clock::Clock,
    config::Config,
    station_link::{choose_adapter, settings::FEED_HINT},
    stations::{catalogue::Catalogue, feed::Feed},
};

/// Asks the station server at once and prints the outcome; doubts make the exit code 1, everything else is used.
///
/// # Errors
/// No configured feed, no usable answer, or a database that does not answer.
#[expect(clippy::print_stdout, reason = "the report is this command's result")]
pub async fn run(config: &Config) -> anyhow::Result<ExitCode> {
    let storage = app::open(config).await.context("DATABASE_URL")?;
    let station = choose_adapter(&config.station_link, None)?;
    let catalogue = Catalogue::load(storage.stations, station.link.capabilities().measures_full_tank).await?;
    let Some(feed) = station.feed else {
        bail!("there is no feed: {FEED_HINT}");
    };
    let report = Feed::new(feed.source, catalogue, Clock::system(), feed.pause).refresh().await?;
    print!("{report}");
    Ok(if report.doubts.count == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
