//! The registry of a day: what was paid, dispensed, refunded and is left of each order, to be compared with the
//! consolidated transfer of the next business day.
//!
//! It adds up the ledger (`orders/store/ledger.rs`), where each movement has the moment at which it was
//! decided: an order of yesterday that is refunded today is a line of today, with nothing paid.

mod table;

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    extract::{Query, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
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
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};

use super::day::{CalendarDay, MOSCOW, next_business_day};
use crate::{
    api_error::ErrorResponse,
    clock::Clock,
    orders::{LedgerLine, LedgerSummary, MoneySums, ReadOrders, RegistryQuery, UnreadableLedgerLine},
    stations::catalogue::Catalogue,
};

/// Query of the registry: a day and a station.
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
    /// Zone whose midnights begin and end the day.
    time_zone: String,
    station_id: Option<StationId>,
    /// The business day on which Invoicebox transfers the day's net sum.
    transfer_date: String,
    orders: Vec<RegistryLine>,
    stations: Vec<StationTotal>,
    /// Orders that cannot be read: their money is part of the total, and their rows have to be repaired.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unreadable: Vec<UnreadableLine>,
    total: RegistryTotal,
}

/// The money of an order that cannot be read.
#[derive(Serialize, ToSchema)]
pub struct UnreadableLine {
    number: String,
    #[serde(rename = "paid_kopecks")]
    paid: Kopecks,
    #[serde(rename = "refunded_kopecks")]
    refunded: Kopecks,
    #[serde(rename = "net_kopecks")]
    net: Kopecks,
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
#[schema(as = Total)]
pub struct RegistryTotal {
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
    total: RegistryTotal,
}

impl RegistryTotal {
    fn add(&mut self, sums: MoneySums) {
        self.orders += 1;
        self.paid = self.paid + sums.paid;
        self.refunded = self.refunded + sums.refunded;
        self.net = self.net + sums.net();
    }

    /// The columns of a table: paid, refunded, net.
    fn columns(&self) -> [Kopecks; 3] {
        [self.paid, self.refunded, self.net]
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
    State(read): State<ReadOrders>,
    State(catalogue): State<Arc<Catalogue>>,
    State(clock): State<Clock>,
    headers: HeaderMap,
    params: Result<Query<RegistryParams>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, ErrorResponse> {
    let Query(params) = params.map_err(|error| RequestError::Malformed { problem: error.body_text() })?;
    let (station, zone) = match params.station_id {
        None => (None, MOSCOW),
        Some(id) => {
            let id = StationId::parse(&id).ok_or(OrderRefusal::StationUnknown)?;
            let snapshot = catalogue.snapshot();
            let zone = snapshot.get(&id).ok_or(OrderRefusal::StationUnknown)?.hours.zone();
            (Some(id), zone)
        }
    };
    let day = match params.date {
        Some(date) => CalendarDay::parse(&date, zone)?,
        None => CalendarDay::today(zone, clock.now()),
    };
    let (from, to) = day.to_range();
    let query = RegistryQuery { from, to, station };
    let moved = read.registry(&query).await?;
    let station = query.station;
    let registry = Registry::of(day, station, &moved);
    match is_csv_requested(&headers) {
        true => registry.csv(day),
        false => Ok(Json(registry).into_response()),
    }
}

impl Registry {
    fn of(day: CalendarDay, station_id: Option<StationId>, moved: &LedgerSummary) -> Self {
        let mut total = RegistryTotal::default();
        let mut stations: BTreeMap<StationId, StationTotal> = BTreeMap::new();
        for line in &moved.lines {
            total.add(line.sums);
            let at = &line.order.station;
            let station = stations.entry(at.id.clone()).or_insert_with(|| StationTotal {
                station_id: at.id.clone(),
                station: at.name.clone(),
                total: RegistryTotal::default(),
            });
            station.total.add(line.sums);
        }
        for line in &moved.unreadable {
            total.add(line.sums);
        }
        Self {
            date: day.date.to_string(),
            time_zone: day.zone.name().to_owned(),
            station_id,
            transfer_date: next_business_day(day.date).to_string(),
            orders: moved.lines.iter().map(RegistryLine::of).collect(),
            stations: stations.into_values().collect(),
            unreadable: moved.unreadable.iter().map(UnreadableLine::of).collect(),
            total,
        }
    }
}

impl RegistryLine {
    fn of(LedgerLine { order, sums }: &LedgerLine) -> Self {
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
            fuel: fuel.map(|line| line.localized_name(Locale::Ru)),
            ordered: fuel.map(|line| line.quantity),
            dispensed: order.dispensed,
            unit: fuel.map(|line| line.unit),
            paid: sums.paid,
            refunded: sums.refunded,
            net: sums.net(),
            discrepancy: !order.discrepancies.is_empty(),
        }
    }
}

impl UnreadableLine {
    fn of(UnreadableLedgerLine { number, sums }: &UnreadableLedgerLine) -> Self {
        Self { number: number.to_string(), paid: sums.paid, refunded: sums.refunded, net: sums.net() }
    }
}

/// Whether `Accept` prefers a table to JSON.
fn is_csv_requested(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|part| part.split(';').next().unwrap_or_default().trim())
        .find(|kind| matches!(*kind, "text/csv" | "application/json" | "application/*" | "*/*"))
        .is_some_and(|kind| kind == "text/csv")
}
