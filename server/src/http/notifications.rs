//! Invoicebox calls us: raw body first, signature next, parsing last. Always HTTP 200.

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};

use super::router::Doors;
use crate::invoicebox::{Answer, AnswerCode, Notification};

/// `POST /api/invoicebox/notifications`.
pub async fn receive(State(doors): State<Doors>, headers: HeaderMap, body: Bytes) -> Response {
    let started = tokio::time::Instant::now();
    let answer = decide(&doors, &headers, body).await;
    metrics::histogram!("kolonka_notification_seconds").record(started.elapsed().as_secs_f64());
    Json(answer).into_response()
}

async fn decide(doors: &Doors, headers: &HeaderMap, body: Bytes) -> Answer {
    let signature = headers.get("x-signature").map(axum::http::HeaderValue::as_bytes);
    let verified = match doors.verifier.verify(signature, body) {
        Ok(verified) => verified,
        Err(error) => {
            tracing::warn!(%error, "a notification was refused");
            return Answer::error(AnswerCode::SignatureError, "the signature does not fit the body");
        }
    };
    match Notification::parse(verified) {
        Ok(notification) => doors.orders.payment_reported(&notification).await,
        Err(error) => {
            tracing::error!(%error, "a signed notification cannot be read");
            Answer::error(AnswerCode::OutOfService, "the body cannot be read")
        }
    }
}
