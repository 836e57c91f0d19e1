//! `kolonka orders discrepancies`: what operators have to look at.

use std::process::ExitCode;

use anyhow::Context;
use secrecy::ExposeSecret;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    config::Config,
    database::Database,
    orders::{Listed, OrderStore},
};

/// Prints one line for each discrepancy, oldest first, separated by tabs: since when, order number, status, what,
/// detail.
///
/// # Errors
/// A database that does not answer.
#[expect(clippy::print_stdout, reason = "the list is this command's result")]
pub async fn discrepancies(config: &Config) -> anyhow::Result<ExitCode> {
    let database = Database::open(config.database_url.expose_secret()).await.context("DATABASE_URL")?;
    print!("{}", table(&OrderStore::new(database).discrepancies().await?));
    Ok(ExitCode::SUCCESS)
}

fn table(rows: &[Listed]) -> String {
    let mut text = String::from("since\torder\tstatus\tdiscrepancy\tdetail\n");
    for row in rows {
        // A station's words may hold anything; one discrepancy stays one line.
        let detail: String = row.detail.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let [number, status, what] = [row.number.to_string(), row.status.clone(), row.what.clone()];
        text.push_str(&[moment(row.since), number, status, what, detail].join("\t"));
        text.push('\n');
    }
    text
}

fn moment(at: OffsetDateTime) -> String {
    at.truncate_to_second().format(&Rfc3339).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_discrepancy_is_one_line_whatever_a_station_says() {
        let row = Listed {
            number: 10_451,
            status: "completed".to_owned(),
            what: "station_gave_up".to_owned(),
            since: OffsetDateTime::UNIX_EPOCH,
            detail: "авария\n\tстоп".to_owned(),
        };
        let text = table(&[row]);
        assert_eq!(text.lines().count(), 2);
        assert_eq!(
            text.lines().last(),
            Some("1970-01-01T00:00:00Z\t10451\tcompleted\tstation_gave_up\tавария  стоп")
        );
    }
}
