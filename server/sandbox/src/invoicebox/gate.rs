//! The way of a request: id, pause, limit, credentials, accident, the call itself, log.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Path, Request, State as Shared};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use axum::response::Response;
use serde_json::{Value, json};
use sha1::{Digest, Sha1};

use super::auth::Account;
use super::call::Call;
use super::latency::Latency;
use super::wire::{Object, Refusal};
use super::{InvoiceboxSandbox, auth, customer, faults, wire};

/// Requests larger than this are refused.
const BODY_LIMIT: usize = 4 * 1024 * 1024;

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
        "at": wire::atom(at), "request_id": request_id, "method": parts.method.as_str(), "path": path,
        "query": parts.uri.query(), "body": text, "status": response.status().as_u16(),
    }));
    response
}

impl InvoiceboxSandbox {
    async fn handle(&self, path: &str, parts: &Parts, body: Body) -> (Response, Option<String>) {
        let now = self.now();
        let knobs = self.state().knobs.clone();
        let refuse = |refusal: Refusal| wire::answer(refusal.status, &refusal.body(knobs.error_shape));
        let call = match versioned(path).and_then(|path| Call::recognise(&parts.method, path)) {
            Ok(call) => call,
            Err(refusal) => return (refuse(refusal), None),
        };
        let route = call.route();
        let revalidated = matches!(call, Call::Lookup).then_some(&parts.headers);
        let usual = Latency::Fixed(knobs.latency_ms);
        let latency = knobs.latency_by_route.get(&route).copied().unwrap_or(usual);
        pause(latency.draw(), knobs.latency_jitter_ms).await;

        let identity = auth::identify(&self.tokens(), &parts.headers);
        let account_id =
            identity.as_ref().ok().and_then(Option::as_ref).map(|account| account.user_id.clone());
        let left = self.state().windows.count(&knobs.limits, account_id.as_deref(), &ip(parts), now);
        let mut text = None;
        let mut response = if left.is_some_and(|left| left.exceeded) {
            refuse(faults::too_many())
        } else {
            let hang = Duration::from_millis(knobs.hang_ms);
            let accident = faults::take(&mut self.state().knobs.fail_next, route);
            let uri = parts.uri.path_and_query().map_or("/", |uri| uri.as_str());
            let instead = match accident {
                Some(kind) => faults::instead(kind, uri, hang, knobs.error_shape).await,
                None => None,
            };
            match (instead, accident) {
                (Some(response), _) => response,
                (None, accident) => {
                    let result = match axum::body::to_bytes(body, BODY_LIMIT).await {
                        Ok(body) => {
                            text = Some(String::from_utf8_lossy(&body).chars().take(4096).collect());
                            self.carry_out(call, identity, parts, &body, knobs.require_user_agent)
                        }
                        Err(_) => Err(too_large()),
                    };
                    let response =
                        result.map_or_else(refuse, |(value, warning)| answered(&value, warning, revalidated));
                    match accident {
                        Some(kind) => faults::afterwards(kind, response, hang).await,
                        None => response,
                    }
                }
            }
        };
        if let Some(left) = left {
            left.announce(knobs.limits.headers, now, response.headers_mut());
        }
        (response, text)
    }

    fn carry_out(
        &self,
        call: Call,
        identity: Result<Option<Account>, Refusal>,
        parts: &Parts,
        body: &[u8],
        require_user_agent: bool,
    ) -> Result<(Value, Option<&'static str>), Refusal> {
        let account = identity?;
        if require_user_agent && !parts.headers.contains_key(header::USER_AGENT) {
            return Err(Refusal::field("validation", "User-Agent is required", "User-Agent"));
        }
        if call == Call::Auth {
            return Ok((auth::check(account.as_ref()), None));
        }
        let account = account.ok_or_else(Refusal::unauthorized)?;
        let query = parts.uri.query().unwrap_or_default();
        let mut warning = None;
        let answer = match call {
            Call::Auth => auth::check(Some(&account)),
            Call::Create => {
                let body = object(body)?;
                warning = customer::warning(body.get("customer"));
                self.create(&account, &body)?
            }
            Call::Update(id) => {
                let body = object(body)?;
                warning = customer::warning(body.get("customer"));
                self.update(&account, &id, &body)?
            }
            Call::List => self.list(&account, query)?,
            Call::Get(id) => self.get(&account, &id)?,
            Call::Cancel(id) => self.cancel(&account, &id)?,
            Call::SetStatus(id) => self.set_status(&account, &id, &object(body)?)?,
            Call::Move => self.move_order(&account, &object(body)?)?,
            Call::CreateShop => self.create_shop(&account, &object(body)?)?,
            Call::UpdateShop(id) => self.update_shop(&account, &id, &object(body)?)?,
            Call::Ship => self.ship(&account, &object(body)?)?,
            Call::Shipments => self.shipments(&account, query)?,
            Call::RefundItems(id) => self.refund_items(&account, &id)?,
            Call::Refund => self.refund(&account, &object(body)?)?,
            Call::Refunds => self.refunds(&account, query)?,
            Call::Correct => self.correct(&account, &object(body)?)?,
            Call::Lookup => Self::organisations(query)?,
            Call::Offer => self.offer(&account, &object(body)?)?,
            Call::Guarantee(id, step) => self.guarantee(&account, &id, step, &object(body)?)?,
        };
        Ok((answer, warning))
    }
}

fn versioned(path: &str) -> Result<&str, Refusal> {
    match path.split_once('/') {
        Some(("v3" | "l3", rest)) => Ok(rest),
        _ => Err(Refusal::not_found()),
    }
}

fn object(body: &[u8]) -> Result<Object, Refusal> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(Refusal::unreadable()),
    }
}

/// A good answer. With the headers of the request it carries an `ETag`, and is 304 to whom has it already.
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

fn too_large() -> Refusal {
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "Request Entity Too Large")
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
