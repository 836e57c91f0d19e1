//! State that outlives a page: the draft, the language, the stream of an order, the customer's place.

mod browser;
mod clock;
mod device;
mod draft;
mod form;
mod language;
mod order_stream;
mod position;
mod shop;
mod title;

pub use browser::{Shared, focus_first_error, focus_soon, mark_hydrated, new_key, share_address, show_soon};
pub use clock::{ClockTime, clock_time, repeat_every, start_deadline, time_now};
pub use device::{Device, LastOrder, has_memory, remember_station};
pub use draft::DraftStore;
pub use form::{FormDraft, PayerForm};
pub use language::Language;
pub use order_stream::{StreamState, follow_order, show_newer};
pub use position::{CustomerPlace, Position, PositionStore};
pub use shop::{ShopVisit, open_shop};
pub use title::set_title;
