//! `kolonka check`: could production start?

use std::process::ExitCode;

use crate::{
    app,
    config::{Config, Finding, Mode, SafetyNote},
    invoicebox::InvoiceboxClient,
    station_link::choose_adapter,
};

/// Prints the findings of a configuration that cannot be read.
#[must_use]
#[expect(clippy::print_stdout, reason = "the report is this command's result")]
pub fn report(findings: &[Finding]) -> ExitCode {
    for finding in findings {
        println!("wrong  {finding}");
    }
    ExitCode::FAILURE
}

/// Prints a line for each choice that is safe or a risk, then tries the database, the credentials and the station server.
/// A risk alone does not fail the check.
///
/// # Errors
/// An HTTP client that cannot be built.
#[expect(clippy::print_stdout, reason = "the report is this command's result")]
pub async fn run(config: &Config) -> anyhow::Result<ExitCode> {
    let mut can_start = config.mode == Mode::Production;
    if can_start {
        println!("ok     KOLONKA_MODE: production");
    } else {
        println!("wrong  KOLONKA_MODE: sandbox; production could not start with it, for example production");
    }
    for SafetyNote { settings, is_safe, text } in config.safety_notes() {
        println!("{} {settings}: {text}", if is_safe { "safe  " } else { "risk  " });
    }
    match app::open(config).await {
        Ok(storage) => {
            println!("ok     DATABASE_URL: answers, {:?}, schema up to date", storage.database.dialect());
        }
        Err(error) => {
            can_start = false;
            println!("wrong  DATABASE_URL: {error}");
        }
    }
    let answer = match InvoiceboxClient::new(config.invoicebox.settings()) {
        Ok(client) => client.check_auth().await.map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    match answer {
        Ok(_) => println!("ok     INVOICEBOX_API_TOKEN: accepted by {}", config.invoicebox.api_url),
        Err(error) => {
            can_start = false;
            println!("wrong  INVOICEBOX_API_TOKEN, INVOICEBOX_API_URL, INVOICEBOX_API_VERSION: {error}");
        }
    }
    if let Some(check) = choose_adapter(&config.station_link, None)?.check {
        match check.run().await {
            Ok(passed) => println!("ok     {passed}"),
            Err(failed) => {
                can_start = false;
                println!("wrong  {failed}");
            }
        }
    }
    Ok(if can_start { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
