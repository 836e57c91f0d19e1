//! Stations: where they are kept, found, and taken from.
//!
//! The database is the truth ([`store`]); customers search a snapshot in memory ([`catalogue`]) that follows it within
//! a second. Files come in by [`import`].

pub mod catalogue;
mod find;
pub mod hours;
pub mod import;
pub mod index;
mod present;
pub mod publish;
pub mod sample;
pub mod search;
mod snapshot;
pub mod store;

#[cfg(test)]
mod tests;
