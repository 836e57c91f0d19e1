//! Rules of Kolonka: money, fuel, stations, drafts, orders. Pure: no I/O, no clock, no framework.
//!
//! How to add a rule: find the noun it belongs to, write it as a function of values, and prove it in `tests/`.

pub mod checks;
pub mod draft;
pub mod fuel;
pub mod geo;
pub mod hidden;
pub mod id;
pub mod locale;
pub mod money;
pub mod numbers;
pub mod order;
pub mod pricing;
pub mod quantity;
pub mod quote;
pub mod refusal;
pub mod requisites;
pub mod sale;
pub mod station;
pub mod texts;

pub mod unit;
pub mod vat;
pub mod view;
