//! What releases the pumps: nobody, the station side of a network, or a station that is played here.

use std::sync::Arc;

use domain::order::Status;
use secrecy::ExposeSecret;
use tokio_util::sync::CancellationToken;

use super::StartError;
use crate::{
    clock::Clock,
    config::{Config, ForecourtKind, TankerConfig},
    forecourt::{
        Events, Forecourt, NoForecourt, Tanker,
        tanker::{self, FuelMap},
    },
    orders::Orders,
    sandbox::{
        StationSandbox, WithCashier,
        forecourt::{Partner, StationSettings},
    },
    stations::sample,
};

/// The chosen automation, and what of it is played in the sandbox.
pub(super) struct Pumps {
    pub forecourt: Arc<dyn Forecourt>,
    pub station: Option<StationSandbox>,
    /// How the station side is reached; `None` where there is none.
    pub side: Option<TankerConfig>,
    cashier: Option<WithCashier>,
}

impl Pumps {
    /// Opens the simulated station where it is asked for: it is met over HTTP, like a real one.
    pub async fn open(
        config: &Config,
        clock: &Clock,
        events: Events,
        shutdown: &CancellationToken,
    ) -> Result<Self, StartError> {
        let station = match config.forecourt {
            ForecourtKind::Simulator => Some(open_station(config, clock, shutdown).await?),
            ForecourtKind::None | ForecourtKind::Tanker => None,
        };
        let side = match (config.forecourt, &station) {
            (ForecourtKind::None, _) => None,
            (_, None) => Some(config.tanker.clone()),
            // It calls grades as the contract does.
            (_, Some(station)) => Some(TankerConfig {
                url: station.url().to_owned(),
                fuels: FuelMap::default(),
                ..config.tanker.clone()
            }),
        };
        let pumps: Arc<dyn Forecourt> = match &side {
            None => Arc::new(NoForecourt::new(events.clone())),
            Some(side) => Arc::new(Tanker::new(tanker::Client::new(side)?, Arc::new(side.fuels.clone()))),
        };
        let plays_cashier = config.is_sandbox() && config.forecourt != ForecourtKind::None;
        let cashier = plays_cashier.then(|| WithCashier {
            station: Arc::clone(&pumps),
            events,
            clock: clock.clone(),
            speed: config.simulator_speed,
        });
        let forecourt = match &cashier {
            Some(cashier) => Arc::new(cashier.clone()),
            None => pumps,
        };
        Ok(Self { forecourt, station, side, cashier })
    }

    /// What is played in this process ended with the one before: it goes on with the orders that were running.
    pub async fn resume(&self, config: &Config, orders: &Orders) -> Result<(), StartError> {
        for order in orders.at_the_station().await? {
            match (order.is_automated(), &self.station, &self.cashier) {
                (true, Some(station), _) => {
                    if let Some(pushed) = Tanker::pushed(&order) {
                        let flowing = order.status == Status::Fuelling;
                        station.resume(config.tanker.api_key.expose_secret(), &pushed, flowing);
                    }
                }
                (false, _, Some(cashier)) if order.fuel_line().is_none() => cashier.hand_over(order.id),
                _ => {}
            }
        }
        Ok(())
    }
}

async fn open_station(
    config: &Config,
    clock: &Clock,
    shutdown: &CancellationToken,
) -> Result<StationSandbox, StartError> {
    let us = Partner {
        api_key: config.tanker.api_key.expose_secret().to_owned(),
        callback_url: config.public_url.clone(),
        callback_key: config.tanker.callback_key.expose_secret().to_owned(),
    };
    let settings = StationSettings {
        addr: config.simulator_addr,
        clock: clock.clone(),
        speed: config.simulator_speed,
        partners: vec![us],
        network: sample::stations()?,
        shutdown: shutdown.clone(),
    };
    StationSandbox::open(settings).await.map_err(StartError::Simulator)
}
