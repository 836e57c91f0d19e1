//! Invoicebox calls us: raw body first, signature next, parsing last. Always HTTP 200.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State, rejection::BytesRejection},
    http::HeaderMap,
    response::{IntoResponse, Response},
};

use super::state::AppState;
use crate::invoicebox::{Answer, AnswerCode, Notification};

/// `POST /api/invoicebox/notifications`: for the network's own key.
pub async fn receive(
    State(state): State<AppState>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    answer(&state, None, &headers, body).await
}

/// `POST /api/invoicebox/notifications/{merchant}`: for a merchant with a key of its own.
pub async fn receive_of_merchant(
    State(state): State<AppState>,
    Path(merchant_id): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    answer(&state, Some(&merchant_id), &headers, body).await
}

async fn answer(
    state: &AppState,
    merchant_id: Option<&str>,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let started = tokio::time::Instant::now();
    let answer = match body {
        Ok(body) => decide(state, merchant_id, headers, body).await,
        Err(error) => {
            // Unread, so unproven; a body of this length will not become shorter by being sent again.
            tracing::warn!(%error, "a notification was refused: too long, or cut off");
            signature_error("the body is too long for its signature to be checked")
        }
    };
    metrics::histogram!("kolonka_notification_seconds").record(started.elapsed().as_secs_f64());
    Json(answer).into_response()
}

async fn decide(state: &AppState, merchant_id: Option<&str>, headers: &HeaderMap, body: Bytes) -> Answer {
    let signature = headers.get("x-signature").map(axum::http::HeaderValue::as_bytes);
    let verifier = match merchant_id {
        None => state.keys.network(),
        Some(merchant_id) => match state.keys.own(merchant_id) {
            Some(verifier) => verifier,
            None => {
                tracing::warn!("a notification was refused: this merchant has no key of its own here");
                return signature_error("no key for this merchant");
            }
        },
    };
    let verified = match verifier.verify(signature, body) {
        Ok(verified) => verified,
        Err(error) => {
            tracing::warn!(%error, "a notification was refused");
            return signature_error("the signature does not fit the body");
        }
    };
    let notification = match Notification::parse(verified) {
        Ok(notification) => notification,
        Err(error) => {
            tracing::error!(%error, "a signed notification cannot be read");
            return Answer::error(AnswerCode::OutOfService, "the body cannot be read");
        }
    };
    if !is_signed_by_its_merchant(state, merchant_id, &notification) {
        tracing::error!("a notification was signed by one merchant in the name of another");
        return signature_error("the key belongs to another merchant");
    }
    let answer = state.orders.report_payment.run(&notification).await;
    // Logged where they arise: amounts that differ and a store that fails.
    let logged = [AnswerCode::OrderWrongAmount, AnswerCode::OutOfService];
    if let Answer::Error { code, .. } = &answer
        && !logged.contains(code)
    {
        tracing::warn!(?code, status = ?notification.status, "a signed notification was refused");
    }
    answer
}

/// Who has a key of its own speaks with that key, and in no other name.
fn is_signed_by_its_merchant(
    state: &AppState,
    merchant_id: Option<&str>,
    notification: &Notification,
) -> bool {
    let named = notification.merchant_id.as_deref();
    match merchant_id {
        Some(merchant_id) => named.is_some_and(|named| named.eq_ignore_ascii_case(merchant_id)),
        None => named.is_none_or(|named| state.keys.own(named).is_none()),
    }
}

fn signature_error(message: &str) -> Answer {
    Answer::error(AnswerCode::SignatureError, message)
}
