//! Client of the Invoicebox API: orders.

use std::sync::Arc;

use domain::order::Order;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use serde_json::Value;

use super::{
    errors::CallError,
    limiter::Priority,
    links::Links,
    pricing::{PaymentType, UnitPriceScale},
    provider_order::{CreatedInvoice, ProviderOrder},
    settings::{InvoiceboxClientSettings, InvoiceboxLimits},
    transport::{InvoiceboxReply, Transport},
    wire,
};
use crate::clock::RemoteTime;

const ORDER_PATH: &str = "/billing/api/order/order";
pub(super) const ORDERS_PATH: &str = "/filter/api/order/order";
pub(super) const NO_LIST_OF_ORDERS: &str = "no list of orders in `data`";
const PATH_SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// Client of the Invoicebox API. Cheap to clone; clones share connections and the rate limit.
#[derive(Clone, Debug)]
pub struct InvoiceboxClient {
    pub(super) transport: Transport,
    pub(super) excise_type: bool,
    merchants_with_own_key: Arc<[String]>,
}

/// User that Invoicebox sees behind our token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthCheck {
    pub user_id: String,
}

impl InvoiceboxClient {
    /// Prepares the connections without a call.
    ///
    /// # Errors
    /// [`reqwest::Error`] if the TLS library cannot be set up.
    pub fn new(settings: InvoiceboxClientSettings) -> Result<Self, reqwest::Error> {
        let excise_type = settings.excise_type;
        let merchants_with_own_key = settings.merchants_with_own_key.clone().into();
        Ok(Self { transport: Transport::new(settings)?, excise_type, merchants_with_own_key })
    }

    /// Time limits and rate limit of its calls.
    #[must_use]
    pub fn limits(&self) -> InvoiceboxLimits {
        self.transport.limits()
    }

    /// The same client for calls of this priority.
    #[must_use]
    pub fn with_priority(&self, priority: Priority) -> Self {
        Self { transport: self.transport.with_priority(priority), ..self.clone() }
    }

    /// The time in the last answer of Invoicebox, to about a second; `None` without one in the last hour.
    #[must_use]
    pub fn server_time(&self) -> Option<RemoteTime> {
        self.transport.server_time()
    }

    /// Checks that the token names a user. A request without a token is answered 200 as well, with an empty user, which
    /// counts as a failure.
    ///
    /// # Errors
    /// `Unauthorized` if the token is not accepted or names no user; the others as for every read.
    pub async fn check_auth(&self) -> Result<AuthCheck, CallError> {
        let reply = self.transport.read("/security/api/auth/auth", &[]).await?;
        let user = reply.body.get("data").and_then(|data| wire::value::text(data, "userId"));
        user.map(|user_id| AuthCheck { user_id }).ok_or_else(|| CallError::Unauthorized {
            status: reply.status,
            message: "the answer names no user: the token did not arrive".to_owned(),
        })
    }

    /// Creates the order there, once. After [`CallError::is_outcome_unknown`] or [`CallError::is_duplicate_number`]
    /// look with [`InvoiceboxClient::find_by_number`] before sending again, under the same number. What was made may
    /// differ from what was asked for: compare it with the order.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn create_order(
        &self,
        order: &Order,
        links: &Links,
        scale: UnitPriceScale,
        payment: PaymentType,
    ) -> Result<CreatedInvoice, CallError> {
        let has_own = |merchant: &String| merchant.eq_ignore_ascii_case(&order.merchant_id);
        let own_links = self
            .merchants_with_own_key
            .iter()
            .any(has_own)
            .then(|| links.with_notification_path_of(&order.merchant_id));
        let links = own_links.as_ref().unwrap_or(links);
        let body = wire::order::create(order, links, scale, payment, self.excise_type);
        let reply = self.transport.write(Method::POST, ORDER_PATH, Some(&body)).await?;
        CreatedInvoice::of(read_single_order(&reply)?)
            .ok_or_else(|| CallError::unusable(reply.status, "the created order has no paymentUrl"))
    }

    /// Reads an order by their id: directly, or through the filter where the direct path does not exist.
    ///
    /// # Errors
    /// See [`CallError`]; [`CallError::is_not_found`] when there is none.
    pub async fn get_order(&self, provider_id: &str) -> Result<ProviderOrder, CallError> {
        match self.transport.read(&order_path(provider_id), &[]).await {
            Ok(reply) => read_single_order(&reply),
            Err(error) if error.is_missing_path() => {
                let is_it = |order: &ProviderOrder| order.provider_id.eq_ignore_ascii_case(provider_id);
                let rows = self.list_orders(&[("id", provider_id)], |_| true).await?;
                rows.into_iter().find(is_it).ok_or_else(not_found)
            }
            Err(error) => Err(error),
        }
    }

    /// Lists all orders under our number: none, one, or – uniqueness is not always checked there – several.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn find_by_number(&self, merchant_order_id: &str) -> Result<Vec<ProviderOrder>, CallError> {
        let is_ours = |order: &ProviderOrder| order.merchant_order_id.as_deref() == Some(merchant_order_id);
        // A filter that the server does not know may be ignored: then its other pages hold other orders.
        let filter = [("merchantOrderId", merchant_order_id)];
        let mut rows = self.list_orders(&filter, |order| !is_ours(order)).await?;
        let answered = rows.len();
        rows.retain(is_ours);
        if rows.len() < answered {
            tracing::warn!(
                answered,
                matching = rows.len(),
                "Invoicebox returned orders that were not asked for"
            );
        }
        Ok(rows)
    }

    /// Withdraws an unpaid order, or returns a guarantee or held money, and reads the order afterwards: a good answer
    /// alone proves nothing. `canceled` in the order that is returned proves success, any other status proves that
    /// nothing was cancelled.
    ///
    /// # Errors
    /// See [`CallError`]; `wrong_order_status` when it is paid otherwise, expired or cancelled already; `Unknown` when
    /// the order cannot be read afterwards.
    pub async fn cancel_order(&self, provider_id: &str) -> Result<ProviderOrder, CallError> {
        let reply = self.transport.write(Method::DELETE, &order_path(provider_id), None).await?;
        self.get_order(provider_id).await.map_err(|error| {
            CallError::unusable(reply.status, format!("perhaps cancelled; the order cannot be read: {error}"))
        })
    }

    /// The orders of a list, up to the page that has one of which `is_enough` is true.
    pub(super) async fn list_orders(
        &self,
        filters: &[(&str, &str)],
        is_enough: impl Fn(&ProviderOrder) -> bool,
    ) -> Result<Vec<ProviderOrder>, CallError> {
        let is_enough = |row: &Value| wire::answer::order(row).is_none_or(|order| is_enough(&order));
        let rows = self.read_pages(ORDERS_PATH, filters, NO_LIST_OF_ORDERS, is_enough).await?;
        wire::answer::orders(&rows)
            .ok_or_else(|| CallError::unusable(200, "an order of the list has no id or no status"))
    }
}

fn read_single_order(reply: &InvoiceboxReply) -> Result<ProviderOrder, CallError> {
    reply
        .body
        .get("data")
        .and_then(wire::answer::order)
        .ok_or_else(|| CallError::unusable(reply.status, "no order in `data`"))
}

pub(super) fn order_path(provider_id: &str) -> String {
    format!("{ORDER_PATH}/{}", utf8_percent_encode(provider_id, PATH_SEGMENT))
}

fn not_found() -> CallError {
    CallError::Refused {
        status: 404,
        code: "not_found".to_owned(),
        message: "the filter knows no such order".to_owned(),
        fields: Vec::new(),
    }
}
