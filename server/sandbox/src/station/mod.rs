//! A simulated station: releases pumps, dispenses, reports, and fails on request.
//!
//! It has a listener of its own and knows nothing of the server: orders come to it over HTTP, and reports about its pumps go
//! over HTTP to the partner whose key the order came with. So several processes may share one, also processes that are
//! killed and started again. It serves every station and pump that it is asked for, and reports the sample network.

mod api;
mod callback;
mod emulator;
mod fault;
mod fulfilment;
mod hold;
mod litres;
mod network;
mod orders;
mod page;
mod partner;
mod partner_client;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use emulator::StationControl;
pub use emulator::{StationSandbox, StationSettings};
pub use fault::StationFault;
pub use hold::HoldPoint;
pub use network::{NetworkPump, NetworkStation};
pub use orders::{CallDirection, OrderPhase, RecordedCall, StationOrder};
pub(crate) use page::router as page_router;
pub use partner::Partner;
