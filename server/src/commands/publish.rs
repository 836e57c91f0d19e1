//! `kolonka stations publish`.

use std::process::ExitCode;

use anyhow::{Context, bail};

use crate::{
    app,
    cli::PublishArguments,
    clock::Clock,
    config::Config,
    invoicebox::InvoiceboxClient,
    stations::publish::{PublishedNetwork, Publisher, ShopName, ShopRecords, limits},
};

/// Creates and updates the shops of all stations, a line each. The exit code is 0 when every shop is as it should be.
///
/// # Errors
/// An argument that names no shop or no undecided one, an HTTP client that cannot be built, or a database that does not
/// answer.
#[expect(clippy::print_stdout, reason = "progress and report are this command's result")]
pub async fn run(config: &Config, arguments: &PublishArguments) -> anyhow::Result<ExitCode> {
    let clock = Clock::system();
    let storage = app::open(config).await.context("DATABASE_URL")?;
    storage.load_samples(config, &clock).await?;
    let store = storage.stations;
    record_decisions(&ShopRecords::new(store.clone()), arguments, &clock).await?;
    let mut settings = config.invoicebox.settings();
    settings.limits = limits();
    let network = PublishedNetwork {
        public_url: config.public_url.clone(),
        merchant_id: config.invoicebox.merchant_id.clone(),
    };
    let publisher = Publisher::new(store, InvoiceboxClient::new(settings)?, clock, network);
    let report = publisher.run(|step| println!("{step}")).await?;
    print!("{report}");
    Ok(if report.is_complete() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Records what a person has found out about undecided shops.
async fn record_decisions(
    shops: &ShopRecords,
    arguments: &PublishArguments,
    clock: &Clock,
) -> anyhow::Result<()> {
    for found in &arguments.known_shops {
        let (name, id) = found
            .rsplit_once('=')
            .and_then(|(name, id)| Some((ShopName::parse(name)?, id.parse().ok()?)))
            .with_context(|| format!("--is {found}: expected NAME=SHOP, for example sever-12=4711"))?;
        if !shops.decide(&name, id, clock.now()).await? {
            bail!("--is {found}: nothing is undecided about {name}");
        }
    }
    for missing in &arguments.missing_shops {
        let name = ShopName::parse(missing).with_context(|| {
            format!("--is-not {missing}: expected NAME, for example sever-12 or brand:Север")
        })?;
        if !shops.forget(&name).await? {
            bail!("--is-not {missing}: nothing is undecided about {name}");
        }
    }
    Ok(())
}
