//! `GET /sandbox/documents/{id}`: what the closing document of a shipment would say.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use serde_json::Value;

use super::html::{document, escape};
use super::invoicebox::InvoiceboxSandbox;

/// Shows a document whose making the clock has finished.
pub async fn show(State(sandbox): State<InvoiceboxSandbox>, Path(id): Path<String>) -> Response {
    match sandbox.shipment_of(&id) {
        Some(shipment) => Html(page(&shipment)).into_response(),
        None => {
            let body = "<h1>Документ не найден</h1><p>Он ещё не готов, или такого документа нет.</p>";
            (StatusCode::NOT_FOUND, Html(document("Документ не найден", "", body))).into_response()
        }
    }
}

fn page(shipment: &Value) -> String {
    let word = |of: &Value, name: &str| match of.get(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => escape(text),
        Some(other) => escape(&other.to_string()),
    };
    let lines = shipment.get("basketItems").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let rows: String = lines
        .iter()
        .map(|line| {
            format!(
                "<tr><td>{}</td><td>{} {}</td><td class=\"sum\">{}</td><td class=\"sum\">{}</td></tr>",
                word(line, "name"),
                word(line, "quantity"),
                word(line, "measure"),
                word(line, "totalAmount"),
                word(line, "totalVatAmount")
            )
        })
        .collect();
    let body = format!(
        "<h1>УПД {} от {}</h1><table><tr><th>Товар</th><th>Количество</th><th>Сумма</th><th>НДС</th></tr>{rows}\
         <tfoot><tr><th colspan=\"2\">Итого</th><td class=\"sum\">{}</td><td class=\"sum\">{}</td></tr></tfoot></table>",
        word(shipment, "documentNumber"),
        word(shipment, "documentDate"),
        word(shipment, "amount"),
        word(shipment, "vatAmount"),
    );
    document("УПД", "", &body)
}
