//! The cashier API as this page calls it. The session's cookie goes along by itself; no script ever sees it.

use domain::{
    draft::{FuelChoice, Item},
    id::{IdempotencyKey, OrderId, PumpNumber, StationId},
    locale::Locale,
    money::Kopecks,
    quantity::Centi,
    refusal::Code,
    view::{ErrorBody, ErrorView, OrderView},
};
use gloo_net::http::{Method, RequestBuilder};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use time::OffsetDateTime;

const ERP_API: &str = "/api/erp/v1";

/// The request of a sale.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SaleRequest {
    pub idempotency_key: IdempotencyKey,
    pub station_id: StationId,
    pub pump: Option<PumpNumber>,
    pub fuel: Option<FuelChoice>,
    pub items: Vec<Item>,
    /// The total that the cashier has seen.
    #[serde(rename = "expected_total_kopecks")]
    pub expected_total: Kopecks,
}

/// An order of the list, and the answer to a sale, which has the view alone; their other fields are not shown here.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ListedOrder {
    #[serde(default)]
    pub cancel_reason: Option<String>,
    #[serde(default)]
    pub hold: Option<Hold>,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub goods_until: Option<OffsetDateTime>,
    /// The goods beside the fuel that were handed over; `None`: nobody has said so.
    #[serde(default)]
    pub handed_over: Option<Vec<HandedLine>>,
    #[serde(default, rename = "refundable_kopecks")]
    pub refundable: Kopecks,
    /// In the order of the lines.
    #[serde(default, rename = "lines_left_kopecks")]
    pub lines_left: Vec<Kopecks>,
    #[serde(default)]
    pub releases: Vec<ReleaseRow>,
    #[serde(default)]
    pub discrepancies: Vec<DiscrepancyRow>,
    #[serde(default)]
    pub given_up: Vec<GivenUpRow>,
    pub view: OrderView,
}

/// A line of goods of which something was handed over.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct HandedLine {
    /// Place in the lines, counted from 1.
    pub line: usize,
    #[serde(rename = "quantity_centi")]
    pub quantity: Centi,
}

/// Why the money waits for a decision.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Hold {
    /// The name of its discrepancy, which ends with the decision about the money.
    pub cause: String,
    pub text: String,
}

/// A start of the pump.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ReleaseRow {
    pub pump: PumpNumber,
    #[serde(with = "time::serde::rfc3339")]
    pub started_at: OffsetDateTime,
    #[serde(default, rename = "metered_centi")]
    pub metered: Option<Centi>,
    pub outcome: String,
}

/// Something that does not add up.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct DiscrepancyRow {
    /// Empty from a server of the previous version, by which it cannot be settled.
    #[serde(default)]
    pub id: String,
    pub what: String,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    pub text: String,
    /// Number, amount, the words of the other side; may be empty.
    pub detail: String,
}

/// Something that has to be done at Invoicebox or a station, and was given up.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct GivenUpRow {
    pub id: String,
    pub effect: String,
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
    pub error: Option<String>,
}

/// A list of orders.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ListedOrders {
    pub orders: Vec<ListedOrder>,
    /// How many of the station need a person, of all days.
    #[serde(default)]
    pub needing_attention: u32,
}

impl ListedOrder {
    /// Whether a person has to look at it.
    #[must_use]
    pub fn needs_attention(&self) -> bool {
        !self.discrepancies.is_empty() || !self.given_up.is_empty()
    }
}

/// Failure of a call.
#[derive(Clone, Debug, PartialEq)]
pub enum ErpError {
    /// The session is over, or there was none.
    SignedOut,
    /// There is no such API here.
    NotEnabled,
    Network,
    Refused(Box<ErrorView>),
}

impl ErpError {
    /// The text for the cashier.
    #[must_use]
    pub fn message(&self, locale: Locale) -> String {
        match self {
            Self::Refused(error) => error.message.clone(),
            Self::SignedOut => locale.pick("Войдите ещё раз.", "Sign in again.").to_owned(),
            Self::NotEnabled => locale.pick("Касса не включена.", "The till is not turned on.").to_owned(),
            Self::Network => locale
                .pick(
                    "Нет связи с сервером. Проверьте сеть и повторите.",
                    "The server cannot be reached. Check the network and try again.",
                )
                .to_owned(),
        }
    }

    #[must_use]
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Refused(error) => Some(error.code),
            _ => None,
        }
    }
}

/// Checks that somebody is signed in.
pub async fn check_session(locale: Locale) -> Result<(), ErpError> {
    match call(locale, Method::GET, "/session", None).await {
        Ok(IgnoredBody {}) => Ok(()),
        Err(failure) if failure.code() == Some(Code::NotFound) => Err(ErpError::NotEnabled),
        Err(failure) => Err(failure),
    }
}

/// Signs in. A wrong token is [`ErpError::SignedOut`].
pub async fn sign_in(locale: Locale, token: &str) -> Result<(), ErpError> {
    let body = serde_json::json!({ "token": token }).to_string();
    call(locale, Method::POST, "/session", Some(body)).await.map(|IgnoredBody {}| ())
}

pub async fn sign_out(locale: Locale) -> Result<(), ErpError> {
    call(locale, Method::DELETE, "/session", None).await.map(|IgnoredBody {}| ())
}

/// Places the order of a sale. The same key gives the same order, however often it is sent.
pub async fn sell(locale: Locale, sale: &SaleRequest) -> Result<ListedOrder, ErpError> {
    let body = serde_json::to_string(sale).map_err(|_| ErpError::Network)?;
    call(locale, Method::POST, "/orders", Some(body)).await
}

pub async fn cancel(locale: Locale, id: OrderId, body: &Value) -> Result<OrderView, ErpError> {
    act(locale, id, "cancel", body).await
}

pub async fn start(locale: Locale, id: OrderId, body: &Value) -> Result<OrderView, ErpError> {
    act(locale, id, "start", body).await
}

/// Reports what was dispensed and handed over.
pub async fn complete(locale: Locale, id: OrderId, body: &Value) -> Result<OrderView, ErpError> {
    act(locale, id, "complete", body).await
}

pub async fn refund(locale: Locale, id: OrderId, body: &Value) -> Result<OrderView, ErpError> {
    act(locale, id, "refund", body).await
}

/// Sends a refused shipment again.
pub async fn retry_shipment(locale: Locale, id: OrderId) -> Result<OrderView, ErpError> {
    act(locale, id, "shipment/retry", &Value::Null).await
}

/// Tries again at once what has to be done for an order and is not.
pub async fn retry_effects(locale: Locale, id: OrderId) -> Result<(), ErpError> {
    let path = format!("/orders/{id}/outbox/retry");
    call(locale, Method::POST, &path, Some(Value::Null.to_string())).await.map(|IgnoredBody {}| ())
}

/// Records what was done about a discrepancy. Repeated with the same note, nothing changes.
pub async fn settle(locale: Locale, discrepancy: &str, note: &str) -> Result<(), ErpError> {
    let (path, body) = (format!("/discrepancies/{discrepancy}/settle"), serde_json::json!({ "note": note }));
    call(locale, Method::POST, &path, Some(body.to_string())).await.map(|IgnoredBody {}| ())
}

async fn act(locale: Locale, id: OrderId, action: &str, body: &Value) -> Result<OrderView, ErpError> {
    call(locale, Method::POST, &format!("/orders/{id}/{action}"), Some(body.to_string())).await
}

/// The order of a number, with what only an operator reads.
pub async fn order(locale: Locale, number: &str) -> Result<Option<ListedOrder>, ErpError> {
    let list: ListedOrders = call(locale, Method::GET, &format!("/orders?number={number}"), None).await?;
    Ok(list.orders.into_iter().next())
}

/// Which orders the desk lists.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OrderSearch {
    /// Digits of a number; of all days.
    pub number: String,
    /// Of all days, those that need a person. Today's otherwise.
    pub needs_attention: bool,
}

/// Orders of a station.
pub async fn orders(
    locale: Locale,
    station: &StationId,
    search: &OrderSearch,
) -> Result<ListedOrders, ErpError> {
    let number: String = search.number.chars().filter(char::is_ascii_digit).collect();
    let which = match (number.as_str(), search.needs_attention) {
        ("", true) => "&needs_attention=true".to_owned(),
        ("", false) => String::new(),
        (number, _) => format!("&number={number}"),
    };
    call(locale, Method::GET, &format!("/orders?station_id={station}{which}"), None).await
}

/// Address of the QR code of a payment link.
#[must_use]
pub fn qr_address(id: OrderId) -> String {
    format!("{ERP_API}/orders/{id}/qr.svg")
}

/// Address of the pre-check for the printer; it opens the print dialog itself.
#[must_use]
pub fn precheck_address(id: OrderId) -> String {
    format!("{ERP_API}/orders/{id}/precheck")
}

/// An answer of which only the status counts.
#[derive(Deserialize)]
struct IgnoredBody {}

async fn call<T: DeserializeOwned>(
    locale: Locale,
    method: Method,
    path: &str,
    body: Option<String>,
) -> Result<T, ErpError> {
    let request = RequestBuilder::new(&format!("{ERP_API}{path}"))
        .method(method)
        .header("accept-language", locale.tag())
        .header("accept", "application/json");
    let request = match body {
        Some(body) => request.header("content-type", "application/json").body(body),
        None => request.build(),
    };
    let response = request.map_err(to_network_error)?.send().await.map_err(to_network_error)?;
    let text = response.text().await.map_err(to_network_error)?;
    if response.ok() {
        let text = if text.is_empty() { "{}" } else { &text };
        return serde_json::from_str(text).map_err(|_| ErpError::Network);
    }
    match serde_json::from_str::<ErrorBody>(&text) {
        Ok(body) if body.error.code == Code::Unauthorized => Err(ErpError::SignedOut),
        Ok(body) => Err(ErpError::Refused(Box::new(body.error))),
        Err(_) => Err(ErpError::Network),
    }
}

fn to_network_error(_: gloo_net::Error) -> ErpError {
    ErpError::Network
}
