//! Emulator of the Invoicebox API: addresses, envelopes, refusals, limits, notifications.
//!
//! [`dispatch`] handles every request in the same steps, the calls are in [`calls`], what payers do in [`payments`],
//! switches in [`switches`], the control call in [`control`]. A new call gets a variant in [`api_call::ApiCall`], a
//! name in [`api_route::ApiRoute`] and a line in [`dispatch`]. What is stored ([`state`]) knows nothing of the handle
//! ([`emulator`]) that the calls are methods of.
//!
//! # Readings
//!
//! Where the vendor's documentation is silent or disagrees with itself, this is what the emulator does. A switch of
//! [`switches`] gives the other reading where both occur.
//!
//! - **Shipment.** Lines are matched by `sku`, and a line that was not ordered is refused: `validation`, as for more
//!   than is left. The sum is what counts, not the quantity: what is left of a line may be shipped or returned as one
//!   unit with the price of the rest. Tax is then what is left of the line's tax, since no formula gives it.
//! - **Tax of a part.** By formula on its line, and no more than is left of the line's tax: a part that takes all of that
//!   is right whatever the formula says. By `refund_vat` the tax of a last part may also be what the others left
//!   (`available`, the default), or never (`formula`): both take the last kopeck.
//! - **Pages** have at most `max_page_size` rows whatever is asked for, 30 by default, as every list without a size. The
//!   lines of «refund-basket-item» are paged like any list.
//! - **Capture.** A shipment of held money captures its own sum at once and the order is `completed`, notified as a
//!   payment; what is not shipped stays reserved until `final` or the clock releases it. Of a captured reserve only
//!   what was captured can be refunded. When the clock releases an untouched reserve the order is `canceled`, notified.
//! - **`final`** closes an order for further shipments, however it was paid. It returns no money that was taken.
//! - **Guarantee.** Refunded in part it cannot be cancelled as a whole any more; unshipped it can be refunded too, in part
//!   unless the switch `whole_guarantees` says otherwise.
//! - **Refund numbers** are unique among the refunds of a merchant, whatever its switch for orders; an order and a
//!   refund may share one.
//! - **Correction order.** Created as `completed`, `subtype` `correction`, paid out of the draft refund that `parentId`
//!   names, which becomes `created` by it. It is neither payable nor notified. A fee above the refund is `validation`.
//! - **Expiry** is visible in reads and on the page; it is not notified.
//! - **WebSocket.** Used beside notifications by HTTP while it is open, not instead of it. Closing with 1008 means a wrong
//!   token. Answers are logged; only `shipping_unavailable` has an effect, the one that it has by HTTP.
//! - **Filters** on fields that a list does not document are ignored, so `documentNumber` finds no shipment.
//! - **`deleted`** is answered with the order, or with `null` by switch.
//!
//! Deviations from the reading that we were given:
//!
//! - The emulator should listen on the loopback only. The process has one address for the mini-app and the emulators,
//!   and a phone on the developer's desk must reach it, so that an open sandbox is warned of in the log instead. A token
//!   in the form of a live merchant's does stop the start while the emulator is asked.
//! - Our own client has up to four writes under way instead of one, since a write may take half a minute and customers
//!   of other stations must not wait behind it; one order never has two. A third of the window is kept for writes.
//! - Our own client has no circuit that opens for everybody after five failures: a customer's order is always tried.
//!   What is asked in the background slows down by itself, and a 429 or an exhausted window silences all calls.
//! - A body above the limit at our own notification endpoint is `signature_error`, not `out_of_service`: sent again it would
//!   be as long.
//! - The bytes of `X-Signature` name no merchant, so a merchant with a key of its own has a path of its own; all others
//!   share the network's.

mod api_call;
mod api_route;
mod arithmetic;
mod auth;
mod basket;
mod calls;
mod control;
mod customer;
mod dispatch;
mod emulator;
mod faults;
mod filters;
mod latency;
mod ledger;
mod limits;
mod notification;
mod notify;
mod offers;
mod office;
mod order;
mod payment_codes;
mod payments;
mod routes;
mod seed;
mod shops;
mod socket;
mod sockets;
mod state;
mod switches;
#[cfg(test)]
mod tests;
mod validate;
mod wire;

pub use auth::TestToken;
pub use emulator::{InvoiceboxSandbox, InvoiceboxSettings};
pub(crate) use order::{Order, OrderStatus};
pub(crate) use payments::{CUSTOMER_FIELDS, FieldAccess, PaymentMeans, field_access};
pub(crate) use wire::decimal;
