//! Handles a request: id, pause, limit, credentials, fault, the call itself, log.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Path, Request, State as Shared};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use axum::response::Response;
use serde_json::{Value, json};
use sha1::{Digest, Sha1};

use super::{
    api_call::ApiCall,
    auth::{self, Account},
    customer,
    emulator::InvoiceboxSandbox,
    faults::{self, CallFaultKind},
    latency::Latency,
    switches::EmulatorSwitches,
    wire::{self, ApiRefusal, JsonObject},
};

/// Length, in characters, up to which the log keeps the body of a request.
const MAX_LOGGED_CHARS: usize = 4096;
/// Size above which a request is refused.
const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;

/// Answers every call under `/sandbox/invoicebox/`.
pub async fn serve(
    Shared(sandbox): Shared<InvoiceboxSandbox>,
    Path(path): Path<String>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let request_id = uuid::Uuid::new_v4().to_string();
    let at = sandbox.now();
    let (mut response, text) = sandbox.handle(&path, &parts, body).await;
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert("x-request-id", value);
    }
    sandbox.state().log_request(json!({
        "at": wire::format_timestamp(at), "request_id": request_id, "method": parts.method.as_str(), "path": path,
        "query": parts.uri.query(), "body": text, "status": response.status().as_u16(),
    }));
    response
}

impl InvoiceboxSandbox {
    async fn handle(&self, path: &str, parts: &Parts, body: Body) -> (Response, Option<String>) {
        let now = self.now();
        let switches = self.state().switches.clone();
        let refuse = |refusal: ApiRefusal| wire::answer(refusal.status, &refusal.body(switches.error_shape));
        let call = match versioned(path).and_then(|path| ApiCall::recognise(&parts.method, path)) {
            Ok(call) => call,
            Err(refusal) => return (refuse(refusal), None),
        };
        let usual = Latency::Fixed(switches.latency_ms);
        let latency = switches.latency_by_route.get(&call.route()).copied().unwrap_or(usual);
        pause(latency.draw_sample(), switches.latency_jitter_ms).await;

        let identity = auth::identify(&self.tokens(), &parts.headers);
        let account_id =
            identity.as_ref().ok().and_then(Option::as_ref).map(|account| account.user_id.clone());
        let remaining = self.state().windows.count(&switches.limits, account_id.as_deref(), &ip(parts), now);
        let (mut response, text) = if remaining.is_some_and(|remaining| remaining.exceeded) {
            (refuse(faults::too_many()), None)
        } else {
            self.answer_or_fail(call, identity, parts, body, &switches).await
        };
        if let Some(remaining) = remaining {
            remaining.write_headers(switches.limits.headers, now, response.headers_mut());
        }
        (response, text)
    }

    /// Carries a call out, or applies the next fault to it. Returns the answer, and the text of the request if it was
    /// read.
    async fn answer_or_fail(
        &self,
        call: ApiCall,
        identity: Result<Option<Account>, ApiRefusal>,
        parts: &Parts,
        body: Body,
        switches: &EmulatorSwitches,
    ) -> (Response, Option<String>) {
        let hang = Duration::from_millis(switches.hang_ms);
        let fault = faults::take(&mut self.state().switches.fail_next, call.route());
        let uri = parts.uri.path_and_query().map_or("/", |uri| uri.as_str());
        if let Some(fault) = fault
            && let Some(response) = faults::answer_instead(fault, uri, hang, switches.error_shape).await
        {
            return (response, None);
        }
        let revalidated = matches!(call, ApiCall::Lookup).then_some(&parts.headers);
        let (result, text) = match axum::body::to_bytes(body, MAX_BODY_BYTES).await {
            Ok(body) => {
                let text = String::from_utf8_lossy(&body).chars().take(MAX_LOGGED_CHARS).collect();
                let result = self.carry_out(call, identity, parts, &body, switches.require_user_agent, fault);
                (result, Some(text))
            }
            Err(_) => (Err(too_large()), None),
        };
        let response = match result {
            Ok((value, warning)) => answered(&value, warning, revalidated),
            Err(refusal) => wire::answer(refusal.status, &refusal.body(switches.error_shape)),
        };
        match fault {
            Some(fault) => (faults::apply_answer_fault(fault, response, hang).await, text),
            None => (response, text),
        }
    }

    fn carry_out(
        &self,
        call: ApiCall,
        identity: Result<Option<Account>, ApiRefusal>,
        parts: &Parts,
        body: &[u8],
        require_user_agent: bool,
        fault: Option<CallFaultKind>,
    ) -> Result<(Value, Option<&'static str>), ApiRefusal> {
        let account = identity?;
        if require_user_agent && !parts.headers.contains_key(header::USER_AGENT) {
            return Err(ApiRefusal::field("validation", "User-Agent is required", "User-Agent"));
        }
        if call == ApiCall::Auth {
            return Ok((auth::check(account.as_ref()), None));
        }
        let account = account.ok_or_else(ApiRefusal::unauthorized)?;
        let query = parts.uri.query().unwrap_or_default();
        let mut warning = None;
        if fault == Some(CallFaultKind::NotDone) {
            let answer = match call {
                ApiCall::Cancel(id) => self.pretend_cancelled(&account, &id)?,
                _ => wire::null_data(),
            };
            return Ok((answer, None));
        }
        let answer = match call {
            ApiCall::Auth => auth::check(Some(&account)),
            ApiCall::Create => {
                let body = object(body)?;
                warning = customer::warning(body.get("customer"));
                let answer = self.create(&account, &body)?;
                match answer["data"]["id"].as_str().filter(|_| fault == Some(CallFaultKind::OtherAmount)) {
                    Some(id) => self.cheapen(&account, id)?,
                    None => answer,
                }
            }
            ApiCall::Update(id) => {
                let body = object(body)?;
                warning = customer::warning(body.get("customer"));
                self.update(&account, &id, &body)?
            }
            ApiCall::List => self.list(&account, query)?,
            ApiCall::Get(id) => self.get(&account, &id)?,
            ApiCall::Cancel(id) => self.cancel(&account, &id)?,
            ApiCall::SetStatus(id) => self.set_status(&account, &id, &object(body)?)?,
            ApiCall::Move => self.move_order(&account, &object(body)?)?,
            ApiCall::CreateShop => self.create_shop(&account, &object(body)?)?,
            ApiCall::UpdateShop(id) => self.update_shop(&account, &id, &object(body)?)?,
            ApiCall::Ship => self.ship(&account, &object(body)?)?,
            ApiCall::Shipments => self.shipments(&account, query)?,
            ApiCall::RefundItems(id) => self.refund_items(&account, &id, query)?,
            ApiCall::Refund => self.refund(&account, &object(body)?)?,
            ApiCall::Refunds => self.refunds(&account, query)?,
            ApiCall::Correct => self.correct(&account, &object(body)?)?,
            ApiCall::Lookup => self.organisations(query)?,
            ApiCall::Offer => self.offer(&account, &object(body)?)?,
            ApiCall::Guarantee(id, step) => self.guarantee(&account, &id, step, &object(body)?)?,
        };
        Ok((answer, warning))
    }
}

fn versioned(path: &str) -> Result<&str, ApiRefusal> {
    match path.split_once('/') {
        Some(("v3" | "l3", rest)) => Ok(rest),
        _ => Err(ApiRefusal::not_found()),
    }
}

fn object(body: &[u8]) -> Result<JsonObject, ApiRefusal> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(ApiRefusal::unreadable()),
    }
}

/// A successful answer. With the headers of the request it carries an `ETag`, and is 304 for a client that has it.
fn answered(value: &Value, warning: Option<&'static str>, revalidated: Option<&HeaderMap>) -> Response {
    let mut response = wire::answer(StatusCode::OK, value);
    if let Some(headers) = revalidated {
        let digest = hex::encode(Sha1::digest(value.to_string().as_bytes()));
        let tag = format!("\"{digest}\"");
        let known = headers.get(header::IF_NONE_MATCH).and_then(|known| known.to_str().ok());
        if known.is_some_and(|known| known.split(',').any(|known| known.trim() == tag)) {
            response = wire::raw(StatusCode::NOT_MODIFIED, "application/json", Body::empty());
        }
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            response.headers_mut().insert(header::ETAG, tag);
        }
    }
    if let Some(warning) = warning {
        response.headers_mut().insert(customer::WARNING_HEADER, HeaderValue::from_static(warning));
    }
    response
}

fn too_large() -> ApiRefusal {
    ApiRefusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "Request Entity Too Large")
}

// Without a known peer (a test without a socket) all callers share one address.
fn ip(parts: &Parts) -> String {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    peer.map_or_else(|| "unknown".to_owned(), |peer| peer.0.ip().to_string())
}

async fn pause(latency_ms: u64, jitter_ms: u64) {
    let jitter = if jitter_ms == 0 { 0 } else { rand::random_range(0..=jitter_ms) };
    let span = latency_ms.saturating_add(jitter);
    if span > 0 {
        // The wire is slow, not the business: a moved clock does not shorten it.
        tokio::time::sleep(Duration::from_millis(span)).await;
    }
}
