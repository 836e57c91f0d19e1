//! The registry of a day: what was paid, dispensed, refunded and is left of each order, to be compared with the
//! consolidated transfer of the next business day.
//!
//! It adds up the ledger (`orders/store/ledger.rs`), where each movement has the moment at which it was
//! decided: an order of yesterday that is refunded today is a line of today, with nothing paid.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    extract::{Query, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use chrono::{Datelike, NaiveDate, Weekday};
use domain::{
    id::StationId,
    locale::Locale,
    money::Kopecks,
    order::Status,
    quantity::Centi,
    refusal::{OrderRefusal, RequestError},
    unit::Unit,
    view::ErrorBody,
};
use opening_hours::localization::Country;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};

use super::{
    day::{Day, MOSCOW, local},
    state::ErpState,
};
use crate::{
    api_error::ErrorResponse,
    orders::{MoneyLine, RegistryQuery},
};

/// Which day, and where.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RegistryParams {
    /// `2026-11-24`; today when missing.
    date: Option<String>,
    /// One station, and its own time zone; all stations by Moscow time when missing.
    station_id: Option<String>,
}

/// The registry of a day.
#[derive(Serialize, ToSchema)]
pub struct Registry {
    /// `2026-11-24`.
    date: String,
    /// Whose midnight begins and ends the day.
    time_zone: String,
    station_id: Option<StationId>,
    /// The business day on which Invoicebox transfers the day's net sum.
    transfer_date: String,
    orders: Vec<RegistryLine>,
    stations: Vec<StationTotal>,
    total: Total,
}

/// One order for which money moved on the day.
#[derive(Serialize, ToSchema)]
pub struct RegistryLine {
    order_id: domain::id::OrderId,
    number: String,
    external_id: Option<String>,
    /// Our number at Invoicebox.
    merchant_order_id: String,
    /// Invoicebox's own id of the order.
    provider_id: Option<String>,
    station_id: StationId,
    station: String,
    status: Status,
    #[serde(with = "time::serde::rfc3339::option")]
    paid_at: Option<OffsetDateTime>,
    /// Name of the fuel; `null` for an order without.
    fuel: Option<String>,
    #[serde(rename = "ordered_centi")]
    ordered: Option<Centi>,
    #[serde(rename = "dispensed_centi")]
    dispensed: Option<Centi>,
    unit: Option<Unit>,
    #[serde(rename = "paid_kopecks")]
    paid: Kopecks,
    #[serde(rename = "refunded_kopecks")]
    refunded: Kopecks,
    #[serde(rename = "net_kopecks")]
    net: Kopecks,
    /// Something of this order does not add up: look at it.
    discrepancy: bool,
}

/// Sums.
#[derive(Clone, Copy, Default, Serialize, ToSchema)]
pub struct Total {
    orders: usize,
    #[serde(rename = "paid_kopecks")]
    paid: Kopecks,
    #[serde(rename = "refunded_kopecks")]
    refunded: Kopecks,
    #[serde(rename = "net_kopecks")]
    net: Kopecks,
}

#[derive(Serialize, ToSchema)]
pub struct StationTotal {
    station_id: StationId,
    station: String,
    total: Total,
}

impl Total {
    fn add(&mut self, line: &RegistryLine) {
        self.orders += 1;
        self.paid = self.paid + line.paid;
        self.refunded = self.refunded + line.refunded;
        self.net = self.net + line.net;
    }
}

/// The registry of a day, as JSON or (`Accept: text/csv`) as a table for a spreadsheet
///
/// The table is UTF-8 with a byte order mark, `;` between cells, decimal commas, CRLF.
#[utoipa::path(get, path = "/reports/registry", tag = "reports", params(RegistryParams), responses(
    (status = 200, description = "The registry", content((Registry = "application/json"), (String = "text/csv"))),
    (status = 400, description = "`bad_request`", body = ErrorBody),
    (status = 404, description = "`not_found`: no such station", body = ErrorBody),
))]
pub async fn registry(
    State(erp): State<Arc<ErpState>>,
    headers: HeaderMap,
    wanted: Result<Query<RegistryParams>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, ErrorResponse> {
    let Query(wanted) = wanted.map_err(|error| RequestError::Malformed { problem: error.body_text() })?;
    let (station, zone) = match wanted.station_id {
        None => (None, MOSCOW),
        Some(id) => {
            let id = StationId::parse(&id).ok_or(OrderRefusal::StationUnknown)?;
            let snapshot = erp.catalogue.snapshot();
            let zone = snapshot.get(&id).ok_or(OrderRefusal::StationUnknown)?.hours.zone();
            (Some(id), zone)
        }
    };
    let day = match wanted.date {
        Some(date) => Day::parse(&date, zone)?,
        None => Day::today(zone, erp.clock.now()),
    };
    let (from, to) = day.span();
    let query = RegistryQuery { from, to, station };
    let moved = erp.orders.read.registry(&query).await?;
    let station = query.station;
    let registry = Registry::of(day, station, &moved);
    match wants_csv(&headers) {
        true => registry.csv(day),
        false => Ok(Json(registry).into_response()),
    }
}

impl Registry {
    fn of(day: Day, station_id: Option<StationId>, moved: &[MoneyLine]) -> Self {
        let orders: Vec<RegistryLine> = moved.iter().map(RegistryLine::of).collect();
        let mut total = Total::default();
        let mut stations: BTreeMap<StationId, StationTotal> = BTreeMap::new();
        for line in &orders {
            total.add(line);
            let station = stations.entry(line.station_id.clone()).or_insert_with(|| StationTotal {
                station_id: line.station_id.clone(),
                station: line.station.clone(),
                total: Total::default(),
            });
            station.total.add(line);
        }
        Self {
            date: day.date.to_string(),
            time_zone: day.zone.name().to_owned(),
            station_id,
            transfer_date: next_business_day(day.date).to_string(),
            orders,
            stations: stations.into_values().collect(),
            total,
        }
    }

    fn csv(&self, day: Day) -> Result<Response, ErrorResponse> {
        let table = self.table(day).map_err(|error| {
            tracing::error!(%error, "the registry cannot be written as a table");
            RequestError::Internal
        })?;
        let station = self.station_id.as_ref().map(|id| format!("-{id}")).unwrap_or_default();
        let name = format!("attachment; filename=\"registry-{}{station}.csv\"", self.date);
        let kind = HeaderValue::from_static("text/csv; charset=utf-8");
        let mut response = ([(header::CONTENT_TYPE, kind)], table).into_response();
        if let Ok(name) = HeaderValue::from_str(&name) {
            response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
        }
        Ok(response)
    }

    fn table(&self, day: Day) -> Result<Vec<u8>, csv::Error> {
        let mut table = csv::WriterBuilder::new()
            .delimiter(b';')
            .terminator(csv::Terminator::CRLF)
            // Lines of sums are as wide as the others, the last line is not.
            .flexible(true)
            .from_writer("\u{feff}".as_bytes().to_vec());
        table.write_record(HEADING)?;
        for line in &self.orders {
            table.write_record(line.cells(day))?;
        }
        for station in &self.stations {
            let label = format!("Итого {}", station.station_id);
            table.write_record(sums(&label, &station.station, station.total))?;
        }
        table.write_record(sums("Итого", "", self.total))?;
        table.write_record(["Перечисление", &russian_date(&self.transfer_date)])?;
        table.into_inner().map_err(|error| csv::Error::from(error.into_error()))
    }
}

const HEADING: [&str; 15] = [
    "Заказ",
    "Номер кассовой системы",
    "Номер в Инвойсбоксе",
    "АЗС",
    "Название АЗС",
    "Статус",
    "Оплачен",
    "Топливо",
    "Заказано",
    "Отпущено",
    "Единица",
    "Оплачено, ₽",
    "Возвращено, ₽",
    "К перечислению, ₽",
    "Расхождение",
];

impl RegistryLine {
    fn of(moved: &MoneyLine) -> Self {
        let order = &moved.order;
        let fuel = order.fuel_line();
        Self {
            order_id: order.id,
            number: order.number.to_string(),
            external_id: order.external_id().map(str::to_owned),
            merchant_order_id: order.merchant_order_id.clone(),
            provider_id: order.invoice.as_ref().map(|invoice| invoice.provider_id.clone()),
            station_id: order.station.id.clone(),
            station: order.station.name.clone(),
            status: order.status,
            paid_at: order.history.iter().find(|step| step.status == Status::Paid).map(|step| step.at),
            fuel: fuel.map(|line| line.title(Locale::Ru)),
            ordered: fuel.map(|line| line.quantity),
            dispensed: order.dispensed,
            unit: fuel.map(|line| line.unit),
            paid: moved.paid,
            refunded: moved.refunded,
            net: Kopecks::new(moved.paid.get() - moved.refunded.get()),
            discrepancy: !order.discrepancies.is_empty(),
        }
    }

    fn cells(&self, day: Day) -> [String; 15] {
        let centi = |quantity: Option<Centi>| quantity.map(|it| decimal(it.get())).unwrap_or_default();
        [
            self.number.clone(),
            text(self.external_id.as_deref().unwrap_or_default()),
            self.merchant_order_id.clone(),
            text(&self.station_id.0),
            text(&self.station),
            status(self.status).to_owned(),
            self.paid_at
                .map(|at| local(at, day.zone).format("%d.%m.%Y %H:%M:%S").to_string())
                .unwrap_or_default(),
            text(self.fuel.as_deref().unwrap_or_default()),
            centi(self.ordered),
            centi(self.dispensed),
            self.unit.map(|unit| unit.sign(Locale::Ru).to_owned()).unwrap_or_default(),
            decimal(self.paid.get()),
            decimal(self.refunded.get()),
            decimal(self.net.get()),
            if self.discrepancy { "да" } else { "" }.to_owned(),
        ]
    }
}

fn sums(label: &str, station: &str, total: Total) -> [String; 15] {
    let mut cells: [String; 15] = Default::default();
    let filled = [
        (0, text(label)),
        (4, text(station)),
        (11, decimal(total.paid.get())),
        (12, decimal(total.refunded.get())),
        (13, decimal(total.net.get())),
    ];
    for (place, value) in filled {
        if let Some(cell) = cells.get_mut(place) {
            *cell = value;
        }
    }
    cells
}

/// Hundredths with a decimal comma and nothing between the thousands, which spreadsheets would take for text.
fn decimal(hundredths: i64) -> String {
    let sign = if hundredths < 0 { "-" } else { "" };
    format!("{sign}{},{:02}", hundredths.unsigned_abs() / 100, hundredths.unsigned_abs() % 100)
}

/// A text that no spreadsheet takes for a formula.
fn text(text: &str) -> String {
    match text.trim_start().chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r') => format!("'{text}"),
        _ => text.to_owned(),
    }
}

fn russian_date(date: &str) -> String {
    date.split('-').rev().collect::<Vec<_>>().join(".")
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Placing => "оформляется",
        Status::AwaitingPayment => "ждёт оплаты",
        Status::Paid => "оплачен",
        Status::Authorising => "ждёт АЗС",
        Status::Ready => "готов к выдаче",
        Status::Fuelling => "идёт налив",
        Status::Completed => "выполнен",
        Status::Canceled => "отменён",
        Status::Expired => "просрочен",
        Status::Unavailable => "не выполнен",
        Status::Failed => "не оформлен",
    }
}

/// The next day on which banks work: weekends and Russia's public holidays are left out. Working Saturdays, which the
/// government appoints year by year, are not known here.
fn next_business_day(date: NaiveDate) -> NaiveDate {
    let holidays = Country::RU.holidays();
    // By law the first eight days of January are free; the table of holidays lacks the last of them.
    let new_year = |day: &NaiveDate| day.month() == 1 && day.day() <= 8;
    let weekend = |day: &NaiveDate| matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    date.iter_days()
        .skip(1)
        .find(|day| !weekend(day) && !new_year(day) && !holidays.get_public().contains(*day))
        .unwrap_or(date)
}

/// JSON unless a table is asked for.
fn wants_csv(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|part| part.split(';').next().unwrap_or_default().trim())
        .find(|kind| matches!(*kind, "text/csv" | "application/json" | "application/*" | "*/*"))
        .is_some_and(|kind| kind == "text/csv")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_transferred_on_the_next_day_on_which_banks_work() {
        for (day, transfer) in [
            ("2026-11-24", "2026-11-25"),
            ("2026-11-27", "2026-11-30"),
            ("2026-12-31", "2027-01-11"),
            ("2026-06-11", "2026-06-15"),
        ] {
            assert_eq!(next_business_day(day.parse().unwrap()).to_string(), transfer, "{day}");
        }
    }

    #[test]
    fn no_cell_is_a_formula() {
        for (text_, cell) in
            [("=1+1", "'=1+1"), (" @x", "' @x"), ("-2", "'-2"), ("АЗС № 1", "АЗС № 1"), ("", "")]
        {
            assert_eq!(text(text_), cell);
        }
        assert_eq!((decimal(-5), decimal(278_143)), ("-0,05".to_owned(), "2781,43".to_owned()));
    }
}
