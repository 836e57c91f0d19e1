//! The JSON of Invoicebox: written exactly, read tolerantly.

pub mod answer;
pub mod json;
pub mod order;
pub mod settlement;
pub mod shop;
pub mod value;
