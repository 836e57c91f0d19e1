//! What the program can be asked to do. To add a command: a variant in `cli.rs`, a file here, a line in `main.rs`.

pub mod check;
pub mod import;
pub mod orders;
pub mod outbox;
pub mod publish;
pub mod qr;
pub mod refresh;
pub mod serve;

use crate::config::{Config, Finding};

/// The configuration of this process: its environment, completed by a `.env` file.
///
/// # Errors
/// One finding for each variable that is missing or wrong.
pub fn configuration() -> Result<Config, Vec<Finding>> {
    // A missing .env file is the usual case.
    let _ = dotenvy::dotenv();
    Config::read(|name| std::env::var(name).ok())
}
