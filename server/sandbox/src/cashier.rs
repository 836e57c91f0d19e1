//! The cashier of the sandbox: hands paid goods over before the customer's eyes, and closes their orders by the cashier
//! API like any other cash desk.

use std::{sync::Arc, time::Duration};

use backon::{ExponentialBuilder, Retryable};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{
    clock::SharedClock,
    retry::{RetryPauses, Unanswered},
};

/// Pause before the cashier hands over: long enough for a demonstration.
const HAND_OVER_DELAY: Duration = Duration::from_secs(4);
const CALL_TIMEOUT: Duration = Duration::from_secs(20);
/// Repeats of a call without an answer. After these the server is regarded as stopped.
const COMPLETION_RETRIES: ExponentialBuilder = ExponentialBuilder::new()
    .with_min_delay(Duration::from_millis(300))
    .with_max_delay(Duration::from_secs(10))
    .with_max_times(199);

/// Addresses, key, clock and speed of a cashier.
pub struct CashierSettings {
    /// Without a trailing slash; `/api/erp/v1` is below it.
    pub server_url: String,
    /// Bearer token of the cashier API.
    pub token: String,
    pub clock: SharedClock,
    /// Speed, as a multiple of that of a demonstration.
    pub speed: u32,
    pub shutdown: CancellationToken,
}

/// A running cashier. Clones share it.
#[derive(Clone)]
pub struct Cashier {
    settings: Arc<CashierSettings>,
    http: reqwest::Client,
    hands_over: Arc<watch::Sender<bool>>,
}

/// The `cashier` part of `POST /sandbox/control`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CashierControl {
    /// Off: goods wait until it is on again, or until their order is closed otherwise.
    hands_over: Option<bool>,
}

impl Cashier {
    /// # Errors
    /// The HTTP client cannot be built.
    pub fn new(settings: CashierSettings) -> reqwest::Result<Self> {
        let http = reqwest::Client::builder().no_proxy().timeout(CALL_TIMEOUT).build()?;
        let hands_over = Arc::new(watch::Sender::new(true));
        Ok(Self { settings: Arc::new(settings), http, hands_over })
    }

    /// Hands over the paid goods of an order after a few seconds. A repeat is harmless.
    pub fn hand_over(&self, order_id: String) {
        let cashier = self.clone();
        tokio::spawn(async move {
            let over = cashier.settings.shutdown.clone();
            tokio::select! {
                () = cashier.close_order(&order_id) => {}
                () = over.cancelled() => {}
            }
        });
    }

    /// Applies the switches of the control call. Returns how they are set.
    pub(crate) fn control(&self, control: &CashierControl) -> Value {
        if let Some(hands_over) = control.hands_over {
            self.hands_over.send_replace(hands_over);
        }
        json!({ "hands_over": *self.hands_over.borrow() })
    }

    async fn close_order(&self, order_id: &str) {
        let clock = &self.settings.clock;
        clock.sleep(HAND_OVER_DELAY / self.settings.speed.max(1)).await;
        // An error would mean that the sender is gone, and it is ours.
        let _ = self.hands_over.subscribe().wait_for(|yes| *yes).await;
        let call = || self.call_complete(order_id);
        if call.retry(COMPLETION_RETRIES).sleep(RetryPauses(Arc::clone(clock))).await.is_err() {
            tracing::info!("the sandbox's cashier got no answer and has given up");
        }
    }

    /// Closes an order; one that the server refuses to close needs no second call.
    ///
    /// # Errors
    /// No answer, or a 5xx.
    async fn call_complete(&self, order_id: &str) -> Result<(), Unanswered> {
        let url = format!("{}/api/erp/v1/orders/{order_id}/complete", self.settings.server_url);
        let request = self.http.post(url).bearer_auth(&self.settings.token).json(&json!({}));
        match request.send().await {
            Ok(answer) if answer.status().is_server_error() => Err(Unanswered),
            Ok(answer) => {
                if !answer.status().is_success() {
                    tracing::info!(status = answer.status().as_u16(), "the sandbox's cashier was refused");
                }
                Ok(())
            }
            Err(_) => Err(Unanswered),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use axum::{
        Router,
        extract::{Request, State},
        http::{StatusCode, header},
    };
    use tokio::sync::mpsc;

    use super::*;
    use crate::clock::TestClock;

    type Server = Arc<(mpsc::UnboundedSender<String>, Mutex<Vec<StatusCode>>)>;

    async fn answer(State(server): State<Server>, request: Request) -> StatusCode {
        let token = request.headers()[header::AUTHORIZATION].to_str().unwrap().to_owned();
        server.0.send(format!("{} {} {token}", request.method(), request.uri().path())).unwrap();
        server.1.lock().unwrap().pop().unwrap_or(StatusCode::OK)
    }

    /// A cashier beside a server that fails with these statuses first.
    async fn cashier(failures: Vec<StatusCode>) -> (Cashier, mpsc::UnboundedReceiver<String>) {
        let (sender, calls) = mpsc::unbounded_channel();
        let router = Router::new().fallback(answer).with_state(Arc::new((sender, Mutex::new(failures))));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server_url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let cashier = Cashier::new(CashierSettings {
            server_url,
            token: "a-token".to_owned(),
            clock: TestClock::shared(),
            speed: 1,
            shutdown: CancellationToken::new(),
        });
        (cashier.unwrap(), calls)
    }

    /// Moves business time forward, a second at a time.
    async fn let_pass(cashier: &Cashier, seconds: u32) {
        for _ in 0..seconds {
            cashier.settings.clock.advance(Duration::from_secs(1));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// The next call, while business time passes.
    async fn next_call(cashier: &Cashier, calls: &mut mpsc::UnboundedReceiver<String>) -> String {
        tokio::select! {
            call = calls.recv() => call.unwrap(),
            () = let_pass(cashier, 10_000) => panic!("no call"),
        }
    }

    const CLOSING: &str = "POST /api/erp/v1/orders/0199f0a1/complete Bearer a-token";

    #[tokio::test]
    async fn an_order_is_closed_by_the_cashier_api_and_a_failed_call_is_repeated() {
        let (cashier, mut calls) = cashier(vec![StatusCode::BAD_GATEWAY]).await;
        cashier.hand_over("0199f0a1".to_owned());
        for _ in 0..2 {
            assert_eq!(next_call(&cashier, &mut calls).await, CLOSING);
        }
    }

    #[tokio::test]
    async fn a_cashier_that_is_switched_off_leaves_goods_until_switched_on_again() {
        let (cashier, mut calls) = cashier(Vec::new()).await;
        let switch = |on| cashier.control(&CashierControl { hands_over: Some(on) });
        assert_eq!(switch(false), json!({ "hands_over": false }));
        cashier.hand_over("0199f0a1".to_owned());
        let_pass(&cashier, 40).await;
        assert!(calls.try_recv().is_err(), "the goods wait");
        assert_eq!(switch(true), json!({ "hands_over": true }));
        assert_eq!(next_call(&cashier, &mut calls).await, CLOSING);
    }
}
