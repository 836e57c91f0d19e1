//! The network that the simulated station reports: stations, pumps and prices.

use domain::{fuel::FuelId, money::Kopecks};

/// A station of the network.
#[derive(Clone, Debug)]
pub struct NetworkStation {
    pub id: String,
    pub enabled: bool,
    pub name: String,
    pub address: String,
    pub lat: f64,
    pub lon: f64,
    pub pumps: Vec<NetworkPump>,
    /// Price of one unit of each grade on sale.
    pub prices: Vec<(FuelId, Kopecks)>,
}

/// A pump and the grades of its nozzles.
#[derive(Clone, Debug)]
pub struct NetworkPump {
    pub number: u16,
    pub fuels: Vec<FuelId>,
}
