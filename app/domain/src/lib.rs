//! Rules of Kolonka: money, fuel, stations, baskets, orders. Pure: no I/O, no clock, no framework.
//!
//! How to add a rule: find the noun it belongs to, write it as a function of values, and prove it in `tests/`.

pub mod draft;
pub mod fuel;
pub mod geo;
pub mod id;
pub mod locale;
pub mod money;
pub mod order;
pub mod quantity;
pub mod quote;
pub mod refusal;
pub mod requisites;
pub mod sentence;
pub mod station;
pub mod till;
pub mod unit;
pub mod vat;
pub mod view;
