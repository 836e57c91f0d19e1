//! What can be done with an order, a file each.

mod cancel;
mod complete;
mod place;
mod refund;
mod report_payment;
mod station_callback;
mod till_sale;

pub use till_sale::TillSale;
