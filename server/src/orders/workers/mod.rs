//! Workers of orders. Each holds what it needs and runs until the shutdown.

mod ask_pumps;
mod deliver;
mod expire;
mod fill_station_ids;
mod instances;
mod owed;
mod reconcile;
mod reversals;
mod websocket_listener;

pub(super) use ask_pumps::AskPumps;
pub(super) use deliver::{EffectHandler, EffectParts};
pub(super) use expire::Expire;
pub(super) use fill_station_ids::{FillEffectStations, FillStationIds};
pub(super) use instances::{InstanceListener, InstanceNotifier};
pub(super) use owed::WatchOwedMoney;
pub(super) use reconcile::Reconcile;
pub(super) use reversals::FindReversals;
pub use websocket_listener::WebsocketListener;
