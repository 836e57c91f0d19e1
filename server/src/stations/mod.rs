//! Stations: stored, searched, and updated from files, the back office and the stations' automation.
//!
//! The database is the truth ([`store`]); customers search a snapshot in memory ([`catalogue`]) that follows it within
//! two seconds. Files come in by [`import`], reports of the stations' own server by [`feed`].

pub mod catalogue;
pub mod feed;
pub mod hours;
pub mod import;
pub mod patch;
mod present;
pub mod publish;
#[cfg(feature = "sandbox")]
pub mod sample;
mod search;
mod served;
mod silence;
mod snapshot;
pub mod store;
pub mod upkeep;

#[cfg(test)]
mod tests;
