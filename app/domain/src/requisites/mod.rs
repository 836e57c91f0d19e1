//! What identifies a payer and a vehicle, and telephones. Each reads text once and keeps what it proved.

mod inn;
mod kpp;
mod mail;
mod phone;
mod plate;

pub use inn::Inn;
pub use kpp::Kpp;
pub use mail::Email;
pub use phone::Phone;
pub use plate::Plate;
