//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// «Колонка»: corporate customers order and pay fuel and services at filling stations inside Invoicebox.
#[derive(Debug, Parser)]
#[command(name = "kolonka", version, about, after_long_help = crate::config::help(), after_help = crate::config::help())]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Runs the web application, the backend, and in sandbox mode the sandboxes (the default)
    Serve,
    /// Validates the whole configuration and calls Invoicebox; exit code 0 only when production could start
    Check,
    /// Looks after the catalogue of stations
    Stations {
        #[command(subcommand)]
        command: StationsCommand,
    },
    /// Looks after what has to be done at Invoicebox and at the stations
    Outbox {
        #[command(subcommand)]
        command: OutboxCommand,
    },
    /// Shows what orders need an operator for
    Orders {
        #[command(subcommand)]
        command: OrdersCommand,
    },
}

#[derive(Debug, Subcommand)]
pub enum OrdersCommand {
    /// Lists what does not add up: since when, order number, status, what, detail; oldest first
    Discrepancies,
}

#[derive(Debug, Subcommand)]
pub enum StationsCommand {
    /// Loads stations from a .csv, .json or .geojson file
    Import { file: PathBuf },
}

#[derive(Debug, Subcommand)]
pub enum OutboxCommand {
    /// Lists what waits, what is under way, and what was laid aside after too many tries (dead)
    List,
    /// Puts dead rows back to work; a running server takes them up within a second
    Retry {
        /// Short number of the order whose rows are meant
        #[arg(required_unless_present = "all")]
        order: Option<u32>,
        /// The dead rows of all orders
        #[arg(long, conflicts_with = "order")]
        all: bool,
    },
}
