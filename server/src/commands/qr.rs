//! `kolonka qr`.

use std::process::ExitCode;

use anyhow::{Context, bail};
use domain::{
    id::{PumpNumber, StationId},
    station::Station,
};

use crate::{app, cli::QrArguments, clock::Clock, config::Config, stickers};

/// Draws a sticker, or the sheet of a whole station, and prints the link that it opens.
///
/// # Errors
/// A station or pump that does not exist, a file that cannot be written, a database that does not answer.
#[expect(clippy::print_stdout, reason = "what was written is this command's result")]
pub async fn run(config: &Config, arguments: &QrArguments) -> anyhow::Result<ExitCode> {
    let QrArguments { pump, sheet, output, .. } = arguments;
    let station = station(config, &arguments.station).await?;
    let pump = pump.map(PumpNumber);
    if let Some(pump) = pump.filter(|pump| station.trade.pump(*pump).is_none()) {
        bail!("--pump {pump}: {} has {}", station.id, pumps(&station));
    }
    let drawing = if *sheet {
        if station.trade.pumps.is_empty() {
            bail!("--sheet: {} has no pumps", station.id);
        }
        if output.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("svg")) {
            bail!("--sheet: a sheet has pages and is HTML, for example -o {}.html", station.id);
        }
        stickers::sheet(&config.public_url, &station)
    } else {
        stickers::sticker(&config.public_url, &station, pump)
    };
    let drawing = drawing.context("KOLONKA_PUBLIC_URL")?;
    std::fs::write(output, drawing).with_context(|| format!("-o {}", output.display()))?;
    let link = stickers::link(&config.public_url, &station.id, pump);
    if *sheet {
        println!("{}: {} stickers, each opens {link}?pump=N", output.display(), station.trade.pumps.len());
    } else {
        println!("{}: opens {link}", output.display());
    }
    Ok(ExitCode::SUCCESS)
}

async fn station(config: &Config, id: &str) -> anyhow::Result<Station> {
    let storage = app::open(config).await.context("DATABASE_URL")?;
    storage.load_samples(config, &Clock::system()).await?;
    let known = match StationId::parse(id) {
        Some(id) => storage.stations.get(&id).await?,
        None => None,
    };
    known.map(|known| known.station).with_context(|| format!("--station {id}: there is no such station"))
}

fn pumps(station: &Station) -> String {
    let numbers: Vec<String> = station.trade.pumps.iter().map(|pump| pump.number.to_string()).collect();
    if numbers.is_empty() { "no pumps".to_owned() } else { format!("pumps {}", numbers.join(", ")) }
}
