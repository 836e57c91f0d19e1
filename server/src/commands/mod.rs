//! What the program can be asked to do. To add a command: a variant in `cli.rs`, a file here, a line in `main.rs`.

pub mod check;
pub mod import;
pub mod orders;
pub mod outbox;
pub mod publish;
pub mod qr;
pub mod refresh;
pub mod serve;

use std::path::Path;

use crate::config::{Config, Finding, env_file};

/// The configuration of this process: its environment, completed by the `.env` file of the working directory.
///
/// # Errors
/// One finding for each line of the file that cannot be read, or for each variable that is missing or wrong.
pub fn configuration() -> Result<Config, Vec<Finding>> {
    env_file::load(Path::new("."))?;
    Config::read(|name| std::env::var(name).ok())
}
