//! The client against a server that misbehaves in one way per case, and the proof of notifications.

mod creating;
mod failures;
mod lists;
mod settlement;
mod signatures;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use secrecy::SecretString;

use super::{ApiVersion, InvoiceboxClient, InvoiceboxClientSettings};

/// A request as it arrived.
#[derive(Clone, Debug)]
struct ReceivedRequest {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
}

/// A server on a free port that answers its n-th request with the n-th answer, and with the last from then on.
struct InvoiceboxStub {
    url: String,
    received: Arc<Mutex<Vec<ReceivedRequest>>>,
}

type CannedAnswer = (StatusCode, Vec<(&'static str, &'static str)>, String);

fn canned(status: u16, body: &str) -> CannedAnswer {
    let json = ("content-type", "application/json");
    (StatusCode::from_u16(status).expect("status"), vec![json, ("x-request-id", "r-1")], body.to_owned())
}

fn respond((status, headers, body): CannedAnswer) -> Response {
    let mut response = (status, body).into_response();
    for (name, value) in headers {
        response.headers_mut().insert(name, value.parse().expect("header"));
    }
    response
}

fn with_header(mut answer: CannedAnswer, name: &'static str, value: &'static str) -> CannedAnswer {
    answer.1.push((name, value));
    answer
}

impl InvoiceboxStub {
    async fn answering(answers: Vec<CannedAnswer>) -> Self {
        Self::serving(move |count| {
            Some(respond(answers.get(count).or(answers.last()).expect("an answer").clone()))
        })
        .await
    }

    /// Answers each request by its address.
    async fn with_requests(answer: impl Fn(&Uri) -> CannedAnswer + Send + Sync + 'static) -> Self {
        Self::answered_by(move |_, uri| Some(respond(answer(uri)))).await
    }

    /// `None` hangs.
    async fn serving(answer: impl Fn(usize) -> Option<Response> + Send + Sync + 'static) -> Self {
        Self::answered_by(move |count, _| answer(count)).await
    }

    async fn answered_by(answer: impl Fn(usize, &Uri) -> Option<Response> + Send + Sync + 'static) -> Self {
        let received: Arc<Mutex<Vec<ReceivedRequest>>> = Arc::default();
        let (seen, answer) = (received.clone(), Arc::new(answer));
        let router = Router::new().fallback(move |method, uri: Uri, headers, body| {
            let answer = {
                let mut seen = seen.lock().expect("lock");
                let answer = answer(seen.len(), &uri);
                seen.push(ReceivedRequest { method, uri, headers, body });
                answer
            };
            async move {
                match answer {
                    Some(response) => response,
                    None => std::future::pending().await,
                }
            }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("port");
        let url = format!("http://{}", listener.local_addr().expect("address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, received }
    }

    fn received(&self) -> Vec<ReceivedRequest> {
        self.received.lock().expect("lock").clone()
    }
}

fn settings(url: &str) -> InvoiceboxClientSettings {
    let mut settings = InvoiceboxClientSettings::new(url, ApiVersion::V3, SecretString::from("secret-token"));
    settings.limits.pause = Duration::from_millis(1);
    settings
}

fn client(url: &str) -> InvoiceboxClient {
    InvoiceboxClient::new(settings(url)).expect("client")
}
