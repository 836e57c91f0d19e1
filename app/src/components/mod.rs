//! Widgets of the design system: one a file, with its style in `style/components/` under the same name.
//!
//! A widget is dumb: it takes values or signals plus callbacks, fetches nothing and has no texts of its own
//! (every text is a prop). States are native attributes (`aria-busy`, `disabled`, `checked`), which
//! the style sheet reads. The policy of the site forbids inline styles, so no widget writes a `style=`.
//! To add one: a file here, a file there, a line in both lists.

mod banner;
mod bar;
mod button;
mod cell;
mod chip;
mod field;
mod icon;
mod nav_bar;
mod notice;
mod order_list;
mod pump_picker;
mod result;
mod search_field;
mod segmented;
mod sheet;
mod skeleton;
mod spinner;
mod station_row;
mod stepper;
mod steps;
mod tag;
#[cfg(all(test, feature = "ssr"))]
mod tests;

pub use banner::Banner;
pub use bar::AmountBar;
pub use button::{Button, ButtonKind, ButtonLink, ButtonSize, IconButton};
pub use cell::{CellGroup, CellLink, Item, RadioCell};
pub use chip::{Chip, ChipCheckbox, ChipLink, ChipRadio, ChipStrip};
pub use field::{Field, SelectField, SelectOption};
pub use icon::Icon;
pub use nav_bar::NavBar;
pub use notice::{Notice, NoticeKind};
pub use order_list::{Facts, OrderList, OrderRow, Totals};
pub use pump_picker::{PumpOption, PumpPicker};
pub use result::{ResultHead, ResultKind};
pub use search_field::SearchField;
pub use segmented::{Segment, SegmentedLinks, SegmentedRadios};
pub use sheet::Sheet;
pub use skeleton::{ConfirmSkeleton, RowsSkeleton, StationSkeleton, StationsSkeleton};
pub use spinner::Spinner;
pub use station_row::{StationRow, name_with_number};
pub use stepper::{Stepper, StepperTexts};
pub use steps::Steps;
pub use tag::{Tag, TagKind};
