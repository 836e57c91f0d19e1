//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use domain::order::Discrepancy;

use crate::queue::RowKey;

/// «Колонка»: corporate customers order and pay fuel and services at filling stations inside Invoicebox.
#[derive(Debug, Parser)]
#[command(name = "kolonka", version, about, after_long_help = crate::config::documents::help(), after_help = crate::config::documents::help())]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Runs the web application, the backend, and in sandbox mode the emulators (the default)
    Serve,
    /// Validates the configuration, brings the schema up to date, and asks the database, Invoicebox and the station server; exit code 0 only when production could start
    Check,
    /// Imports, refreshes and publishes stations
    Stations {
        #[command(subcommand)]
        command: StationsCommand,
    },
    /// Draws the sticker for a pump: a QR code that opens the mini-app on that station and pump
    Qr(QrArguments),
    /// Lists and retries effects
    Outbox {
        #[command(subcommand)]
        command: OutboxCommand,
    },
    /// Lists and settles discrepancies, and tries again what was refused
    Orders {
        #[command(subcommand)]
        command: OrdersCommand,
    },
}

#[derive(Debug, Subcommand)]
pub enum OrdersCommand {
    /// Lists what does not add up: id, since when, order number, status, what, detail; oldest first
    Discrepancies {
        /// Also what has ended, with when it did and what was done about it
        #[arg(long)]
        all: bool,
    },
    /// Tries again what Invoicebox refused for good: the shipment, and money that has to go back; a running server takes it
    /// up within a second
    Retry {
        /// Short number of the order
        number: u32,
    },
    /// Records what was done about a discrepancy, and removes it from the list
    Settle {
        /// Id of the discrepancy, for instance 10451-2; before a kind the short number of the order
        id: String,
        /// All open ones of this kind, as the list calls it, for instance dispensed_after_end
        #[arg(value_parser = discrepancy)]
        what: Option<Discrepancy>,
        /// What was done about it
        #[arg(long, value_name = "TEXT")]
        note: String,
    },
}

/// Rows of the outbox to try again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RetryTarget {
    /// Those of the order with this short number.
    Order(u32),
    Row(RowKey),
}

fn retry_target(text: &str) -> Result<RetryTarget, String> {
    let order = || text.parse().ok().map(RetryTarget::Order);
    let row = || RowKey::parse(text).map(RetryTarget::Row);
    order().or_else(row).ok_or_else(|| "it is neither an order's number nor an id of the list".to_owned())
}

fn discrepancy(name: &str) -> Result<Discrepancy, String> {
    Discrepancy::parse(name).ok_or_else(|| {
        let names: Vec<&str> = Discrepancy::ALL.into_iter().map(Discrepancy::name).collect();
        format!("it is none of {}", names.join(", "))
    })
}

#[derive(Debug, Subcommand)]
pub enum StationsCommand {
    /// Loads stations from a .csv, .json or .geojson file
    Import { file: PathBuf },
    /// Asks the stations' own server for stations, pumps and prices at once
    Refresh,
    /// Creates or updates every enabled station as a shop in the Invoicebox marketplace; may be repeated and resumed
    Publish(PublishArguments),
}

/// The sticker to draw, and its file.
#[derive(Debug, Args)]
pub struct QrArguments {
    /// The station's id
    #[arg(long, value_name = "ID")]
    pub station: String,
    /// The pump's number; without it the code opens the station
    #[arg(long, value_name = "N", conflicts_with = "sheet")]
    pub pump: Option<u16>,
    /// A sticker for every pump, four on a page of A4, as HTML
    #[arg(long)]
    pub sheet: bool,
    /// The file to write: .svg, or .html for a sheet
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

/// Decisions about shops of which nobody knows whether they were created.
#[derive(Debug, Default, Args)]
pub struct PublishArguments {
    /// The shop of this station or brand (`brand:NAME`) exists under this number
    #[arg(long = "is", value_name = "NAME=SHOP")]
    pub known_shops: Vec<String>,
    /// The shop of this station or brand (`brand:NAME`) does not exist: create it
    #[arg(long = "is-not", value_name = "NAME")]
    pub missing_shops: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub enum OutboxCommand {
    /// Lists what waits, what is under way, and what was given up after too many tries (dead)
    List,
    /// Tries again at once what was given up (dead) and what waits for its next try; a running server takes it up within a
    /// second
    Retry {
        /// Short number of the order whose rows are meant, or the id of one row as the list has it: 10451, 10451-7-refund
        #[arg(required_unless_present = "all", value_parser = retry_target)]
        rows: Option<RetryTarget>,
        /// The rows of all orders
        #[arg(long, conflicts_with = "rows")]
        all: bool,
    },
}
