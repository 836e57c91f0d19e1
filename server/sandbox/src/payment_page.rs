//! The payment page: what a payer sees behind `paymentUrl`.
//!
//! Plain forms, no script, no inline style, so that it works in a frame, in a tab, and under a strict
//! content security policy.

mod html;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};

use super::invoicebox::{InvoiceboxSandbox, Means, Order, form};

/// `GET /sandbox/pay.css`
pub async fn stylesheet() -> Response {
    let css = HeaderValue::from_static("text/css; charset=utf-8");
    ([(header::CONTENT_TYPE, css)], include_str!("payment_page/pay.css")).into_response()
}

/// `GET /sandbox/pay/{container}`
pub async fn show(State(sandbox): State<InvoiceboxSandbox>, Path(container): Path<String>) -> Response {
    match sandbox.invoice(&container).as_slice() {
        [] => (StatusCode::NOT_FOUND, Html(html::unknown())).into_response(),
        orders => fresh(Html(html::invoice(orders)).into_response()),
    }
}

/// `GET /sandbox/pay/{container}/wait`: the loader while the merchant says whether it can deliver.
pub async fn wait(State(sandbox): State<InvoiceboxSandbox>, Path(container): Path<String>) -> Response {
    let orders = sandbox.invoice(&container);
    let Some(first) = orders.first() else {
        return (StatusCode::NOT_FOUND, Html(html::unknown())).into_response();
    };
    match sandbox.shipping(&container) {
        Some(shipping) if shipping.waiting > 0 => fresh(Html(html::loader()).into_response()),
        Some(shipping) if shipping.refused => back(first, "failUrl"),
        _ => back(first, "successUrl"),
    }
}

/// `POST /sandbox/pay/{container}/{action}`; the body is the form of the customer.
///
/// `money`, `guarantee`, `hold` pay; `decline` goes to `failUrl` and leaves the invoice payable, as
/// closing the page would; `leave` goes to `returnUrl`; `expire` ends the lifetime.
pub async fn act(
    State(sandbox): State<InvoiceboxSandbox>,
    Path((container, action)): Path<(String, String)>,
    body: Bytes,
) -> Response {
    let orders = sandbox.invoice(&container);
    let Some(first) = orders.first() else {
        return (StatusCode::NOT_FOUND, Html(html::unknown())).into_response();
    };
    let means = match action.as_str() {
        "money" => Means::Money,
        "guarantee" => Means::Guarantee,
        "hold" => Means::Hold,
        "decline" => return back(first, "failUrl"),
        "leave" => return back(first, "returnUrl"),
        "expire" => {
            sandbox.let_expire(&container);
            return Redirect::to(&page(first)).into_response();
        }
        _ => return (StatusCode::NOT_FOUND, Html(html::unknown())).into_response(),
    };
    match sandbox.pay(&container, means, &form(&body)) {
        Ok(true) => Redirect::to(&format!("{}/wait", page(first))).into_response(),
        Ok(false) => back(first, "successUrl"),
        // The page shows by itself why there is nothing to pay any more.
        Err(_) => Redirect::to(&page(first)).into_response(),
    }
}

// Without the address the payer stays on the page, which shows how things stand.
fn back(order: &Order, name: &str) -> Response {
    let address = order.address(name).filter(|address| HeaderValue::from_str(address).is_ok());
    Redirect::to(&address.unwrap_or_else(|| page(order))).into_response()
}

fn page(order: &Order) -> String {
    format!("/sandbox/pay/{}", order.container_id)
}

fn fresh(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
