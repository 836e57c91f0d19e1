//! Commands of the program. To add one: a variant in `cli.rs`, a file here, a line in `main.rs`.

pub mod check;
pub mod import;
pub mod orders;
pub mod outbox;
pub mod publish;
pub mod qr;
pub mod refresh;
pub mod serve;

use std::path::Path;

use crate::config::{Config, Finding, UnknownVariable, documents, env_file, unknown_variables};

/// Reads the configuration of this process: its environment, completed by the `.env` file of the working directory.
///
/// # Errors
/// One finding for each variable that is not text, else for each line of the file that cannot be read, else for each
/// variable that is missing or wrong.
pub fn configuration() -> Result<Config, Vec<Finding>> {
    check_encoding()?;
    env_file::load(Path::new("."))?;
    // The log does not run yet.
    for unknown in unknown() {
        eprintln!("kolonka: {unknown}");
    }
    Config::read(|name| std::env::var(name).ok())
}

/// Variables of this process that look like settings.
fn unknown() -> Vec<UnknownVariable> {
    unknown_variables(std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()))
}

/// A variable that is not text would be taken for a missing one: by the file, which would replace it, and by the
/// reading, which would take the default.
fn check_encoding() -> Result<(), Vec<Finding>> {
    let is_text = |name| std::env::var_os(name).is_none_or(|value| value.to_str().is_some());
    let findings: Vec<Finding> = documents::settings()
        .filter(|setting| !is_text(setting.name()))
        .map(|setting| Finding {
            variable: setting.name(),
            problem: "is not UTF-8".to_owned(),
            example: setting.example(),
        })
        .collect();
    if findings.is_empty() { Ok(()) } else { Err(findings) }
}
