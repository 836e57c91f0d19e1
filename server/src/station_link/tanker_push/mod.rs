//! Calls to a network's station server by the tanker contract. Its callbacks to `/api/order/…` are read by
//! [`callback`].
//!
//! The contract leaves open what a network has to confirm before it goes live: `docs/station-link.md` lists it. We read
//! it so: an order pushed again under its id is known there and releases nothing twice; a ping is refused while a pump
//! is reserved; `UserCanceled` and `Expire` are answered with 200 only when the release was withdrawn.

pub mod callback;
mod check;
mod client;
mod feed;
mod fuels;
mod order;
mod reference;
mod routes;
pub mod settings;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{
    id::{PumpNumber, StationId},
    order::{Order, Release, ReleaseOutcome, machine::Canceller},
    quote::Line,
};
use reqwest::Method;

pub use client::TankerClient;
pub use feed::TankerFeed;
pub use fuels::FuelMap;
pub use reference::Reference;
pub use settings::TankerConfig;

use super::{
    Capabilities, FeedSource, StationAdapter, StationCallError, StationLink, StationRefusal,
    callbacks::CallbackKey,
};
use check::TankerCheck;
use client::{PING, TankerCall};
use order::{PushKind, body};
use routes::Callers;

/// The adapter of a network whose station server implements the tanker contract.
///
/// # Errors
/// The HTTP client cannot be built.
pub(super) fn adapter(settings: &TankerConfig) -> Result<StationAdapter, reqwest::Error> {
    let link = TankerPush::new(settings)?;
    let feed = settings.feed_pause.map(|pause| {
        let source = TankerFeed::new(link.client.clone(), Arc::clone(&link.fuels));
        FeedSource { source: Arc::new(source), pause }
    });
    let callers = Callers { key: CallbackKey::new(&settings.callback_key), networks: settings.from.clone() };
    Ok(StationAdapter {
        check: Some(Arc::new(TankerCheck { client: link.client.clone(), url: settings.url.clone() })),
        link: Arc::new(link),
        feed,
        callbacks: Some(Box::new(move |receiver, guesses| routes::router(receiver, callers, guesses))),
    })
}

/// Stations that are driven by the tanker contract.
#[derive(Clone, Debug)]
pub struct TankerPush {
    client: TankerClient,
    fuels: Arc<FuelMap>,
    measures_full_tank: bool,
}

impl TankerPush {
    /// Builds the link.
    ///
    /// # Errors
    /// The HTTP client cannot be built.
    pub fn new(settings: &TankerConfig) -> Result<Self, reqwest::Error> {
        Ok(Self {
            client: TankerClient::new(settings)?,
            fuels: Arc::new(settings.fuels.clone()),
            measures_full_tank: settings.full_tank,
        })
    }

    /// Returns the body that is pushed for a release at a station that uses the contract's ids of grades; `None` for
    /// an order without fuel.
    #[must_use]
    pub fn to_push_body(order: &Order, release: &Release) -> Option<serde_json::Value> {
        let grade = order.fuel_line().and_then(Line::fuel)?;
        body(order, release, grade.id(), PushKind::Created)
    }

    async fn push(
        &self,
        order: &Order,
        release: &Release,
        push: PushKind,
        within: Duration,
    ) -> Result<(), StationCallError> {
        let Some(grade) = order.fuel_line().and_then(Line::fuel) else { return Ok(()) };
        let Some(fuel) = self.fuels.to_station(grade) else {
            tracing::error!(
                order.number,
                fuel = grade.id(),
                "no id of a grade for the station server: KOLONKA_TANKER_FUELS"
            );
            return Err(StationCallError::Refused(StationRefusal::Reason(String::new())));
        };
        let Some(body) = body(order, release, fuel, push) else { return Ok(()) };
        let call = TankerCall { method: &Method::POST, path: "order", query: &[], body: Some(&body) };
        let result = self.client.send(call, within).await;
        tracing::info!(order.number, ?push, ok = result.is_ok(), "an order was pushed to the station server");
        result
    }
}

#[async_trait]
impl StationLink for TankerPush {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            drives_pumps: true,
            asks_pumps: true,
            withdraws_at_once: true,
            measures_full_tank: self.measures_full_tank,
        }
    }

    async fn ping(&self, station: &StationId, pump: PumpNumber) -> Result<(), StationCallError> {
        let pump = pump.to_string();
        let query = [("stationId", station.0.as_str()), ("columnId", pump.as_str())];
        let call = TankerCall { method: &Method::GET, path: PING, query: &query, body: None };
        self.client.send(call, self.client.ping_timeout()).await
    }

    async fn release(&self, order: &Order, release: &Release) -> Result<(), StationCallError> {
        self.push(order, release, PushKind::Created, self.client.timeout()).await
    }

    /// 200 means that the release was withdrawn, 400 and 404 that it was not; everything else proves nothing.
    async fn withdraw(&self, order: &Order, release: &Release) -> Result<(), StationCallError> {
        let by_clock = order.cancellation.is_some_and(|cancellation| cancellation.by == Canceller::Clock);
        let push = if by_clock { PushKind::Expired } else { PushKind::UserCanceled };
        self.push(order, release, push, self.client.timeout()).await
    }

    async fn report_end(&self, order: &Order, release: &Release) -> Result<(), StationCallError> {
        let is_dispensed = release
            .end
            .is_some_and(|end| matches!(end.how, ReleaseOutcome::Dispensed | ReleaseOutcome::Closed));
        let push = if is_dispensed { PushKind::Completed } else { PushKind::StationCanceled };
        self.push(order, release, push, self.client.timeout()).await
    }

    /// Announces nothing: the contract knows pumps only; the cashier sees paid goods at the desk and in the back office.
    async fn announce(&self, _: &Order) -> Result<(), StationCallError> {
        Ok(())
    }
}
