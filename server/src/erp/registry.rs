//! The registry of a day: what was paid, dispensed, refunded and is left of each order, to be compared with the
//! consolidated transfer of the next business day.
//!
//! It adds up the ledger (`orders/store/money_moves.rs`), where each movement has a day of its own: a payment that of
//! Invoicebox's `paidAt`, a refund that of its `createdAt` there. An order of yesterday that is refunded today is a line of
//! today, with nothing paid. A day may change after it was downloaded: each line says when it did last.

mod table;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

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
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use utoipa::{IntoParams, ToSchema};

use super::day::{CalendarDay, MOSCOW, next_business_day};
use crate::{
    api_error::ErrorResponse,
    clock::Clock,
    orders::{
        LedgerLine, LedgerMove, LedgerSummary, MoneySums, ReadOrders, RegistryQuery, UnreadableLedgerLine,
    },
    stations::catalogue::Catalogue,
};

/// Longest time from the moment of a change to its being visible: what is asked for as changed since goes back by it.
const MAX_COMMIT_DELAY: Duration = Duration::from_secs(60);

/// Query of the registry: a day and a station.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RegistryParams {
    /// `2026-11-24`; today when missing.
    date: Option<String>,
    /// Only the orders whose line has changed since this moment, `2026-11-25T08:00:00Z`; sums of stations and the total stay
    /// those of the whole day.
    #[param(example = "2026-11-25T08:00:00Z")]
    changed_since: Option<String>,
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
    /// To be given as `changed_since` the next time. A line may come twice.
    #[serde(with = "time::serde::rfc3339")]
    as_of: OffsetDateTime,
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
    #[serde(rename = "owed_kopecks")]
    owed: Kopecks,
}

/// One movement of an order's money.
#[derive(Serialize, ToSchema)]
pub struct RegistryMove {
    /// `payment`, `return`, `second_payment` (through another invoice), `second_return`; `change`: sums as an earlier version
    /// recorded them.
    kind: String,
    /// Our number of a return, Invoicebox's id of a second payment.
    number: Option<String>,
    /// Decides the day: Invoicebox's `paidAt` of a payment, `createdAt` of a refund; of what is owed, when it was decided.
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    #[serde(rename = "paid_kopecks")]
    paid: Kopecks,
    #[serde(rename = "refunded_kopecks")]
    refunded: Kopecks,
    #[serde(rename = "owed_kopecks")]
    owed: Kopecks,
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
    /// To be returned, and not on its way to the payer: refused by Invoicebox, or not sent yet.
    #[serde(rename = "owed_kopecks")]
    owed: Kopecks,
    /// When this line was changed last.
    #[serde(with = "time::serde::rfc3339")]
    changed_at: OffsetDateTime,
    moves: Vec<RegistryMove>,
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
    #[serde(rename = "owed_kopecks")]
    owed: Kopecks,
}

#[derive(Serialize, ToSchema)]
pub struct StationTotal {
    station_id: StationId,
    station: String,
    total: RegistryTotal,
}

impl RegistryTotal {
    /// Adds an order. One whose movements of the day were all taken back is a line without money, and does not count.
    fn add(&mut self, sums: MoneySums) {
        self.orders += usize::from(sums != MoneySums::default());
        self.paid = self.paid + sums.paid;
        self.refunded = self.refunded + sums.refunded;
        self.net = self.net + sums.net();
        self.owed = self.owed + sums.owed;
    }

    /// The columns of a table: paid, refunded, net, owed.
    fn columns(&self) -> [Kopecks; 4] {
        [self.paid, self.refunded, self.net, self.owed]
    }
}

/// The registry of a day, as JSON or (`Accept: text/csv`) as a table for a spreadsheet
///
/// A movement that becomes known later, or turns out otherwise, changes the registry of its own day: `changed_at` of a line
/// says when, `changed_since` asks for what has changed since the last download.
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
    let changed_since = params.changed_since.as_deref().map(read_moment).transpose()?;
    let (from, to) = day.to_range();
    let query = RegistryQuery { from, to, station };
    let as_of = clock.now() - MAX_COMMIT_DELAY;
    let moved = read.registry(&query).await?;
    let mut registry = Registry::of(day, query.station, &moved, as_of);
    if let Some(since) = changed_since {
        registry.orders.retain(|line| line.changed_at >= since);
    }
    match is_csv_requested(&headers) {
        true => registry.csv(day),
        false => Ok(Json(registry).into_response()),
    }
}

impl Registry {
    fn of(
        day: CalendarDay,
        station_id: Option<StationId>,
        moved: &LedgerSummary,
        as_of: OffsetDateTime,
    ) -> Self {
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
            as_of,
            transfer_date: next_business_day(day.date).to_string(),
            orders: moved.lines.iter().map(RegistryLine::of).collect(),
            stations: stations.into_values().collect(),
            unreadable: moved.unreadable.iter().map(UnreadableLine::of).collect(),
            total,
        }
    }
}

impl RegistryLine {
    fn of(LedgerLine { order, sums, changed_at, moves }: &LedgerLine) -> Self {
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
            paid_at: order.paid_at.map(|paid| paid.provider.map_or(paid.learned, |at| at.min(paid.learned))),
            fuel: fuel.map(|line| line.localized_name(Locale::Ru)),
            ordered: fuel.map(|line| line.quantity),
            dispensed: order.dispensed,
            unit: fuel.map(|line| line.unit),
            paid: sums.paid,
            refunded: sums.refunded,
            net: sums.net(),
            owed: sums.owed,
            changed_at: *changed_at,
            moves: moves.iter().map(RegistryMove::of).collect(),
            discrepancy: !order.discrepancies.is_empty(),
        }
    }
}

impl RegistryMove {
    fn of(LedgerMove { kind, number, at, sums }: &LedgerMove) -> Self {
        let number = (!number.is_empty()).then(|| number.clone());
        let (paid, refunded, owed) = (sums.paid, sums.refunded, sums.owed);
        Self { kind: kind.clone(), number, at: *at, paid, refunded, owed }
    }
}

impl UnreadableLine {
    fn of(UnreadableLedgerLine { number, sums }: &UnreadableLedgerLine) -> Self {
        let (paid, refunded, owed) = (sums.paid, sums.refunded, sums.owed);
        Self { number: number.to_string(), paid, refunded, net: sums.net(), owed }
    }
}

/// Reads a moment such as `2026-11-25T08:00:00Z`.
fn read_moment(text: &str) -> Result<OffsetDateTime, RequestError> {
    OffsetDateTime::parse(text, &Rfc3339).map_err(|_| RequestError::Malformed {
        problem: "`changed_since` must be a moment such as 2026-11-25T08:00:00Z".to_owned(),
    })
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
