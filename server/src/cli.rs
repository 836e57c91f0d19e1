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
