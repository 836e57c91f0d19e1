//! The payment page, at `paymentUrl`.
//!
//! Plain forms, no script, no inline style, so that it works in a frame, in a tab, and under a strict
//! content security policy.

mod html;

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};

use crate::{
    form::Form,
    html::uncached,
    invoicebox::{InvoiceboxSandbox, Order, PaymentMeans},
};

/// `/sandbox/pay/{container}` with its actions, and the style sheet of all pages.
pub fn router(invoicebox: InvoiceboxSandbox) -> Router {
    Router::new()
        .route("/sandbox/pay.css", get(stylesheet))
        .route("/sandbox/pay/{container}", get(show))
        .route("/sandbox/pay/{container}/wait", get(wait))
        .route("/sandbox/pay/{container}/{action}", post(act))
        .with_state(invoicebox)
}

async fn stylesheet() -> Response {
    let css = HeaderValue::from_static("text/css; charset=utf-8");
    ([(header::CONTENT_TYPE, css)], include_str!("payment_page/pay.css")).into_response()
}

async fn show(State(invoicebox): State<InvoiceboxSandbox>, Path(container): Path<String>) -> Response {
    match invoicebox.invoice(&container).as_slice() {
        [] => unknown(),
        orders => uncached(StatusCode::OK, html::invoice(orders)),
    }
}

/// The loader until the merchant has answered whether it can deliver.
async fn wait(State(invoicebox): State<InvoiceboxSandbox>, Path(container): Path<String>) -> Response {
    let orders = invoicebox.invoice(&container);
    let Some(first) = orders.first() else { return unknown() };
    match invoicebox.shipping(&container) {
        Some(shipping) if shipping.waiting > 0 => uncached(StatusCode::OK, html::loader()),
        Some(shipping) if shipping.refused => back(first, "failUrl"),
        _ => back(first, "successUrl"),
    }
}

/// Carries out a pressed button; the body is the form of the customer.
///
/// `money`, `guarantee`, `hold` pay; `decline` goes to `failUrl` and leaves the invoice payable, as
/// closing the page would; `leave` goes to `returnUrl`; `expire` ends the lifetime.
async fn act(
    State(invoicebox): State<InvoiceboxSandbox>,
    Path((container, action)): Path<(String, String)>,
    body: Bytes,
) -> Response {
    let orders = invoicebox.invoice(&container);
    let Some(first) = orders.first() else { return unknown() };
    let means = match action.as_str() {
        "money" => PaymentMeans::Money,
        "guarantee" => PaymentMeans::Guarantee,
        "hold" => PaymentMeans::Hold,
        "decline" => return back(first, "failUrl"),
        "leave" => return back(first, "returnUrl"),
        "expire" => {
            invoicebox.expire_invoice(&container);
            return Redirect::to(&page(first)).into_response();
        }
        _ => return unknown(),
    };
    match invoicebox.pay(&container, means, Form::from_body(&body).fields()) {
        Ok(true) => Redirect::to(&format!("{}/wait", page(first))).into_response(),
        Ok(false) => back(first, "successUrl"),
        // The page shows why there is nothing to pay any more.
        Err(_) => Redirect::to(&page(first)).into_response(),
    }
}

fn unknown() -> Response {
    (StatusCode::NOT_FOUND, html::unknown()).into_response()
}

// Without the address the payer stays on the page, which shows the status.
fn back(order: &Order, name: &str) -> Response {
    let address = order.address(name).filter(|address| HeaderValue::from_str(address).is_ok());
    Redirect::to(&address.unwrap_or_else(|| page(order))).into_response()
}

fn page(order: &Order) -> String {
    format!("/sandbox/pay/{}", order.container_id)
}
