//! `GET /sandbox/documents/{id}`: the closing document of a shipment.

use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use maud::{Markup, html};
use serde_json::Value;

use crate::{html::document, invoicebox::InvoiceboxSandbox};

/// Serves the documents of the shipments.
pub fn router(invoicebox: InvoiceboxSandbox) -> Router {
    Router::new().route("/sandbox/documents/{id}", get(show)).with_state(invoicebox)
}

/// Shows a document that is already made.
async fn show(State(invoicebox): State<InvoiceboxSandbox>, Path(id): Path<String>) -> Response {
    match invoicebox.shipment_of(&id) {
        Some(shipment) => page(&shipment).into_response(),
        None => (StatusCode::NOT_FOUND, unknown()).into_response(),
    }
}

fn unknown() -> Markup {
    let body = html! {
        h1 { "Документ не найден" }
        p { "Он ещё не готов, или такого документа нет." }
    };
    document("Документ не найден", None, body)
}

fn page(shipment: &Value) -> Markup {
    let lines = shipment.get("basketItems").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let body = html! {
        h1 { "УПД " (text(shipment, "documentNumber")) " от " (text(shipment, "documentDate")) }
        table {
            tr { th { "Товар" } th { "Количество" } th { "Сумма" } th { "НДС" } }
            @for line in lines {
                tr {
                    td { (text(line, "name")) }
                    td { (text(line, "quantity")) " " (text(line, "measure")) }
                    td.sum { (text(line, "totalAmount")) }
                    td.sum { (text(line, "totalVatAmount")) }
                }
            }
            tfoot {
                tr {
                    th colspan="2" { "Итого" }
                    td.sum { (text(shipment, "amount")) }
                    td.sum { (text(shipment, "vatAmount")) }
                }
            }
        }
    };
    document("УПД", None, body)
}

/// A property as text, whatever its type.
fn text(of: &Value, name: &str) -> String {
    match of.get(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
