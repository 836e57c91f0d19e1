//! An order of the operator's list: its view, and what only an operator reads of it.

use domain::{
    id::PumpNumber,
    money::Kopecks,
    order::{Discrepancy, HandedItem, Order, RecordedDiscrepancy, Release, ReleaseOutcome, Starter},
    quantity::Centi,
    texts::describe_discrepancy,
    view::OrderView,
};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::{order_views::OrderViews, public_url::PublicUrl, stuck_effect::StuckEffectView};
use crate::orders::{OpenDiscrepancyId, StuckEffect};

/// Orders of a day.
#[derive(Serialize, ToSchema)]
pub struct OrderList {
    pub orders: Vec<ListedOrder>,
    /// There are more of them; search by number.
    pub more: bool,
    /// How many orders need a person, of all days; at the station that is asked for, or at all.
    pub needing_attention: i64,
}

/// One order of a list.
#[derive(Serialize, ToSchema)]
pub struct ListedOrder {
    external_id: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    placed_at: OffsetDateTime,
    precheck_url: String,
    qr_svg_url: String,
    /// Why an operator cancelled it.
    cancel_reason: Option<String>,
    /// The money waits until a manager decides how much fuel has flowed.
    hold: Option<HoldView>,
    /// Until then the goods beside a fuelling that gave nothing may be said to have been handed over.
    #[serde(with = "time::serde::rfc3339::option")]
    goods_until: Option<OffsetDateTime>,
    /// The goods beside the fuel that were handed over, as far as somebody has said so; empty: none.
    handed_over: Option<Vec<HandedLineView>>,
    /// What may still be returned of it.
    #[serde(rename = "refundable_kopecks")]
    refundable: Kopecks,
    /// What is left of each line, in their order: no return has taken it.
    #[serde(rename = "lines_left_kopecks")]
    lines_left: Vec<Kopecks>,
    /// Starts of its pump, oldest first.
    releases: Vec<ReleaseView>,
    /// What does not add up, and is open.
    discrepancies: Vec<OpenDiscrepancyView>,
    /// What has to be done for it at Invoicebox or a station, and was given up.
    given_up: Vec<StuckEffectView>,
    view: OrderView,
}

/// A line of goods of which something was handed over.
#[derive(Serialize, ToSchema)]
#[schema(as = HandedLine)]
pub struct HandedLineView {
    /// Place in `lines`, counted from 1.
    line: usize,
    #[serde(rename = "quantity_centi")]
    quantity: Centi,
}

/// Money that waits for a decision.
#[derive(Serialize, ToSchema)]
#[schema(as = Hold)]
pub struct HoldView {
    #[serde(with = "time::serde::rfc3339")]
    since: OffsetDateTime,
    /// The name of the discrepancy for which it waits.
    cause: &'static str,
    /// The cause in words.
    text: &'static str,
}

/// One release of its pump.
#[derive(Serialize, ToSchema)]
#[schema(as = Release)]
pub struct ReleaseView {
    number: u32,
    pump: PumpNumber,
    /// `driver`, `cashier`, or the `payment` itself.
    by: &'static str,
    #[serde(with = "time::serde::rfc3339")]
    started_at: OffsetDateTime,
    /// Largest reading of the meter under it.
    #[serde(rename = "metered_centi")]
    metered: Option<Centi>,
    /// `open`, `not_sent`, `refused`, `cancelled`, `withdrawn`, `dispensed`, `closed`.
    outcome: &'static str,
}

/// Something that does not add up.
#[derive(Serialize, ToSchema)]
#[schema(as = OpenDiscrepancy)]
pub struct OpenDiscrepancyView {
    /// For `/discrepancies/{id}/settle`.
    #[schema(example = "10451-2")]
    id: String,
    what: &'static str,
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    detail: String,
    /// In words.
    text: &'static str,
}

/// What the tables beside the orders have of those that are listed.
pub struct OrderUpkeep {
    pub discrepancies: Vec<OpenDiscrepancyId>,
    pub given_up: Vec<StuckEffect>,
}

impl OrderUpkeep {
    /// The id of a discrepancy; `None` for one that has ended meanwhile.
    fn id_of(&self, order: &Order, recorded: &RecordedDiscrepancy) -> Option<String> {
        let order = order.id.to_string();
        let row = self.discrepancies.iter().find(|row| {
            row.order_id == order && row.what == recorded.what.name() && row.detail == recorded.detail
        });
        row.map(|row| row.id.clone())
    }

    fn given_up_of(&self, order: &Order) -> impl Iterator<Item = StuckEffectView> {
        let rows = self.given_up.iter().filter(|effect| effect.number == i64::from(order.number));
        rows.cloned().map(StuckEffectView::from)
    }
}

impl ListedOrder {
    #[must_use]
    pub fn of(order: &Order, upkeep: &OrderUpkeep, public_url: &PublicUrl, views: &OrderViews) -> Self {
        let locale = views.locale();
        let words = |what: Discrepancy| describe_discrepancy(what, locale);
        let hold = order.hold.map(|hold| HoldView {
            since: hold.since,
            cause: hold.cause.name(),
            text: words(hold.cause),
        });
        let discrepancies = order.discrepancies.iter().filter_map(|one| {
            let (id, what, detail) = (upkeep.id_of(order, one)?, one.what.name(), one.detail.clone());
            Some(OpenDiscrepancyView { id, what, at: one.at, detail, text: words(one.what) })
        });
        Self {
            external_id: order.external_id().map(str::to_owned),
            placed_at: order.placed_at,
            precheck_url: public_url.precheck(order.id),
            qr_svg_url: public_url.qr_svg(order.id),
            cancel_reason: order.cancel_reason.clone(),
            hold,
            goods_until: order.goods_until,
            handed_over: order.handed_over.as_ref().map(|items| HandedLineView::of(order, items)),
            refundable: if order.status.is_final() { order.refundable() } else { Kopecks::ZERO },
            lines_left: order.lines.iter().map(|line| order.left_of_line(line)).collect(),
            releases: order.releases.iter().map(ReleaseView::of).collect(),
            discrepancies: discrepancies.collect(),
            given_up: upkeep.given_up_of(order).collect(),
            view: views.view(order),
        }
    }
}

impl HandedLineView {
    fn of(order: &Order, items: &[HandedItem]) -> Vec<Self> {
        let place = |item: &HandedItem| order.lines.iter().position(|line| line.sku == item.sku);
        let handed = items.iter().filter(|item| item.quantity > Centi::ZERO);
        handed.filter_map(|item| Some(Self { line: place(item)? + 1, quantity: item.quantity })).collect()
    }
}

impl ReleaseView {
    fn of(release: &Release) -> Self {
        let by = match release.by {
            Starter::Driver => "driver",
            Starter::Cashier => "cashier",
            Starter::Payment => "payment",
        };
        let outcome = match release.end.map(|end| end.how) {
            None => "open",
            Some(ReleaseOutcome::NotSent) => "not_sent",
            Some(ReleaseOutcome::Refused) => "refused",
            Some(ReleaseOutcome::Cancelled) => "cancelled",
            Some(ReleaseOutcome::Withdrawn) => "withdrawn",
            Some(ReleaseOutcome::Dispensed) => "dispensed",
            Some(ReleaseOutcome::Closed) => "closed",
        };
        let Release { number, pump, started_at, metered, .. } = release;
        Self { number: *number, pump: *pump, by, started_at: *started_at, metered: *metered, outcome }
    }
}
