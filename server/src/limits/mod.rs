//! Limits of callers without a key or a person, so that no stranger uses up what paying customers need.
//!
//! They count by the client's address, of which proxies tell: [`address`].

pub mod address;
pub mod bodies;
mod guesses;
pub mod layer;
mod peers;
mod rates;
pub mod settings;
mod streams;
mod tally;

use std::sync::Arc;

use crate::clock::Clock;

pub use address::{ClientAddress, TrustedProxies};
pub use guesses::Guesses;
pub use layer::CustomerLimits;
pub use peers::{PeerSlot, Peers};
pub use rates::Rates;
pub use settings::{Limits, Rate};
pub use streams::{StreamSlot, Streams};

/// The limits of an installation, which all its routers share.
#[derive(Clone)]
pub struct ClientLimits {
    pub customers: Arc<CustomerLimits>,
    pub guesses: Arc<Guesses>,
    pub streams: Arc<Streams>,
    /// They say whose request it is.
    pub proxies: Arc<TrustedProxies>,
}

impl ClientLimits {
    /// `max_files` is how many files this process may open.
    #[must_use]
    pub fn new(limits: &Limits, proxies: TrustedProxies, max_files: usize, clock: Clock) -> Self {
        Self {
            customers: Arc::new(CustomerLimits::new(limits)),
            guesses: Arc::new(Guesses::new(limits.codes, clock)),
            streams: Streams::new(limits, max_files),
            proxies: Arc::new(proxies),
        }
    }
}
