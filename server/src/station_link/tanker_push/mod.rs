//! The station side of a network by the tanker contract: calls out. Its calls in are read by [`callback`] and taken at
//! `/api/order/…`.
//!
//! The contract leaves open what a network has to confirm before it goes live: `docs/station-link.md` lists it. We read
//! it so: an order pushed again under its id is known there and releases nothing twice; a ping says no while a pump is
//! reserved; `UserCanceled` and `Expire` are answered with 200 only when the release was taken back.

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
    order::{Order, Reason, Status, machine::Canceller},
    quote::Line,
};
use reqwest::Method;

pub use client::TankerClient;
pub use feed::TankerFeed;
pub use fuels::FuelMap;
pub use reference::Reference;
pub use routes::router as callback_router;
pub use settings::TankerConfig;

use super::{
    Capabilities, FeedSource, ReleaseAnswer, StationAdapter, StationCallError, StationLink, StationRefusal,
};
use check::TankerCheck;
use client::Call;
use order::{Push, body};

/// The adapter of a network whose station side speaks the tanker contract.
///
/// # Errors
/// The HTTP client cannot be built.
pub(super) fn adapter(settings: &TankerConfig) -> Result<StationAdapter, reqwest::Error> {
    let link = TankerPush::new(settings)?;
    let feed = settings.feed_pause.map(|pause| {
        let source = TankerFeed::new(link.client.clone(), Arc::clone(&link.fuels));
        FeedSource { source: Arc::new(source), pause }
    });
    let callback_key = settings.callback_key.clone();
    Ok(StationAdapter {
        check: Some(Arc::new(TankerCheck { client: link.client.clone(), url: settings.url.clone() })),
        link: Arc::new(link),
        feed,
        callbacks: Some(Box::new(move |receiver| callback_router(receiver, &callback_key))),
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
    /// # Errors
    /// The HTTP client cannot be built.
    pub fn new(settings: &TankerConfig) -> Result<Self, reqwest::Error> {
        Ok(Self {
            client: TankerClient::new(settings)?,
            fuels: Arc::new(settings.fuels.clone()),
            measures_full_tank: settings.full_tank,
        })
    }

    /// An order in the form in which it is pushed to release a pump of a station that calls grades as the contract does;
    /// `None` for one that names no pump.
    #[must_use]
    pub fn pushed(order: &Order) -> Option<serde_json::Value> {
        let grade = order.fuel_line().and_then(Line::fuel)?;
        body(order, grade.id(), Push::Created)
    }

    async fn push(&self, order: &Order, push: Push, within: Duration) -> Result<(), StationCallError> {
        let Some(grade) = order.fuel_line().and_then(Line::fuel) else { return Ok(()) };
        let Some(fuel) = self.fuels.to_station(grade) else {
            tracing::error!(
                order.number,
                fuel = grade.id(),
                "the station side has no name for a grade: KOLONKA_TANKER_FUELS"
            );
            return Err(StationCallError::Refused(StationRefusal::Reason(String::new())));
        };
        let Some(body) = body(order, fuel, push) else { return Ok(()) };
        let call = Call { method: &Method::POST, path: "order", query: &[], body: Some(&body) };
        let result = self.client.tell(call, within).await;
        tracing::info!(order.number, ?push, ok = result.is_ok(), "an order was pushed to the station side");
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
        let call = Call { method: &Method::GET, path: "ping", query: &query, body: None };
        self.client.tell(call, self.client.ping_timeout()).await
    }

    async fn release(&self, order: &Order) -> Result<ReleaseAnswer, StationCallError> {
        self.push(order, Push::Created, self.client.timeout()).await?;
        Ok(ReleaseAnswer::Requested)
    }

    /// 200 is taken as taken back, 400 and 404 as not; everything else proves nothing.
    async fn withdraw(&self, order: &Order) -> Result<(), StationCallError> {
        let by_clock = order.cancellation.is_some_and(|cancellation| cancellation.by == Canceller::Clock);
        let lapsed = by_clock || order.reason == Some(Reason::StationSilent);
        let push = if lapsed { Push::Expired } else { Push::UserCanceled };
        self.push(order, push, self.client.timeout()).await
    }

    async fn report_end(&self, order: &Order) -> Result<(), StationCallError> {
        let push = if order.status == Status::Completed { Push::Completed } else { Push::StationCanceled };
        self.push(order, push, self.client.timeout()).await
    }

    /// The contract knows pumps only: the cashier sees paid goods at the desk and in the back office.
    async fn announce(&self, _: &Order) -> Result<(), StationCallError> {
        Ok(())
    }
}
