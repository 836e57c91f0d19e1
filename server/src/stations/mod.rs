//! Stations: where they are kept, found, and taken from.
//!
//! The database is the truth ([`store`]); customers search a snapshot in memory ([`catalogue`]) that follows it within
//! a second. Files come in by [`import`], what the stations' own server tells by [`feed`].

pub mod catalogue;
mod facts;
pub mod feed;
mod filter;
mod find;
mod grid;
pub mod hours;
pub mod import;
mod index;
mod natural;
mod present;
pub mod publish;
pub mod sample;
mod search;
mod silence;
mod snapshot;
mod spelling;
pub mod store;

#[cfg(test)]
mod tests;
