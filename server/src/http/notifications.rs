//! Notifications of Invoicebox: the signature of the raw body is checked before it is parsed. Always HTTP 200.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State, rejection::BytesRejection},
    http::{HeaderMap, HeaderValue},
    response::{IntoResponse, Response},
};

use crate::{
    invoicebox::{Keyring, Notification, NotificationAnswer, NotificationAnswerCode},
    log_sampling::LogSampler,
    orders::ReportPayment,
};

/// `POST /api/invoicebox/notifications`: for the network's own key.
pub async fn receive(
    State(keys): State<Arc<Keyring>>,
    State(report_payment): State<ReportPayment>,
    State(log): State<Arc<LogSampler>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    answer((&keys, &log), &report_payment, None, &headers, body).await
}

/// `POST /api/invoicebox/notifications/{merchant}`: for a merchant with a key of its own.
pub async fn receive_of_merchant(
    State(keys): State<Arc<Keyring>>,
    State(report_payment): State<ReportPayment>,
    State(log): State<Arc<LogSampler>>,
    Path(merchant_id): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    answer((&keys, &log), &report_payment, Some(&merchant_id), &headers, body).await
}

async fn answer(
    (keys, log): (&Keyring, &LogSampler),
    report_payment: &ReportPayment,
    merchant_id: Option<&str>,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let started = tokio::time::Instant::now();
    let answer = match read((keys, log), merchant_id, headers, body) {
        Ok(notification) => report(report_payment, &notification).await,
        Err(answer) => answer,
    };
    metrics::histogram!("kolonka_notification_seconds").record(started.elapsed().as_secs_f64());
    Json(answer).into_response()
}

/// Reads a notification that its merchant has signed; otherwise returns the answer. Anybody can send what is refused: a few of
/// them are logged.
fn read(
    (keys, log): (&Keyring, &LogSampler),
    merchant_id: Option<&str>,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Notification, NotificationAnswer> {
    let body = body.map_err(|error| {
        // Unread, so unproven; a body of this length will not become shorter by being sent again.
        if let Some(left_out) = log.turn() {
            tracing::warn!(%error, left_out, "a notification was refused: too long, or cut off");
        }
        signature_error("the body is too long for its signature to be checked")
    })?;
    let verifier = match merchant_id {
        None => keys.network_verifier(),
        Some(merchant_id) => keys.verifier_of_merchant(merchant_id).ok_or_else(|| {
            if let Some(left_out) = log.turn() {
                tracing::warn!(
                    left_out,
                    "a notification was refused: this merchant has no key of its own here"
                );
            }
            signature_error("no key for this merchant")
        })?,
    };
    let signature = headers.get("x-signature").map(HeaderValue::as_bytes);
    let verified = verifier.verify(signature, body).map_err(|error| {
        if let Some(left_out) = log.turn() {
            tracing::warn!(%error, left_out, "a notification was refused");
        }
        signature_error("the signature does not fit the body")
    })?;
    let notification = Notification::parse(verified).map_err(|error| {
        tracing::error!(%error, "a signed notification cannot be read");
        NotificationAnswer::error(NotificationAnswerCode::OutOfService, "the body cannot be read")
    })?;
    if !is_signed_by_its_merchant(keys, merchant_id, &notification) {
        tracing::error!("a notification was signed by one merchant in the name of another");
        return Err(signature_error("the key belongs to another merchant"));
    }
    Ok(notification)
}

async fn report(report_payment: &ReportPayment, notification: &Notification) -> NotificationAnswer {
    let answer = report_payment.run(notification).await;
    // Logged where they arise: amounts that differ and a store that fails.
    let logged = [NotificationAnswerCode::OrderWrongAmount, NotificationAnswerCode::OutOfService];
    if let NotificationAnswer::Error { code, .. } = &answer
        && !logged.contains(code)
    {
        tracing::warn!(?code, status = ?notification.status, "a signed notification was refused");
    }
    answer
}

/// Whether the notification is signed by the merchant that it names: a merchant with a key of its own signs with that
/// key, and no other merchant's notifications.
fn is_signed_by_its_merchant(keys: &Keyring, merchant_id: Option<&str>, notification: &Notification) -> bool {
    let named = notification.merchant_id.as_deref();
    match merchant_id {
        Some(merchant_id) => named.is_some_and(|named| named.eq_ignore_ascii_case(merchant_id)),
        None => named.is_none_or(|named| keys.verifier_of_merchant(named).is_none()),
    }
}

fn signature_error(message: &str) -> NotificationAnswer {
    NotificationAnswer::error(NotificationAnswerCode::SignatureError, message)
}
