//! Invoicebox calls us: raw body first, signature next, parsing last. Always HTTP 200.

use axum::{
    Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::HeaderMap,
    response::{IntoResponse, Response},
};

use super::router::Doors;
use crate::invoicebox::{Answer, AnswerCode, Notification};

/// `POST /api/invoicebox/notifications`.
pub async fn receive(
    State(doors): State<Doors>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let started = tokio::time::Instant::now();
    let answer = match body {
        Ok(body) => decide(&doors, &headers, body).await,
        Err(error) => {
            // Unread, so unproven; a body of this length will not become shorter by being sent again.
            tracing::warn!(%error, "a notification was refused: too long, or cut off");
            Answer::error(AnswerCode::SignatureError, "the body is too long for its signature to be checked")
        }
    };
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
        Ok(notification) => {
            let answer = doors.orders.payment_reported(&notification).await;
            // Logged where they arise: amounts that differ and a store that fails.
            let logged = [AnswerCode::OrderWrongAmount, AnswerCode::OutOfService];
            if let Answer::Error { code, .. } = &answer
                && !logged.contains(code)
            {
                tracing::warn!(?code, status = ?notification.status, "a signed notification was refused");
            }
            answer
        }
        Err(error) => {
            tracing::error!(%error, "a signed notification cannot be read");
            Answer::error(AnswerCode::OutOfService, "the body cannot be read")
        }
    }
}
