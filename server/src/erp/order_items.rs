//! Lines of an order that a request names: what is returned of them, and what was handed over.

use domain::{
    id::Sku,
    money::Kopecks,
    order::{
        HandedItem, Order,
        settlement::{RefundItem, RefundPart},
    },
    quantity::Centi,
    quote::Line,
    refusal::{FieldProblem, PaymentRefusal, Refusal, RequestError},
};
use serde::Deserialize;
use utoipa::ToSchema;

/// A line of the order: its place in `lines`, counted from 1, or its sku.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum LineRef {
    Place(u32),
    Sku(Sku),
}

/// What is returned of a line: a quantity at its price, or a sum.
#[derive(Deserialize, ToSchema)]
#[schema(as = RefundItem)]
pub struct RefundItemRequest {
    line: Option<LineRef>,
    #[serde(default, rename = "quantity_centi")]
    quantity: Option<Centi>,
    #[serde(default, rename = "amount_kopecks")]
    amount: Option<Kopecks>,
}

/// What was handed over of a line.
#[derive(Deserialize, ToSchema)]
#[schema(as = HandedItem)]
pub struct HandedItemRequest {
    line: Option<LineRef>,
    /// Hundredths of the line's unit, 0 for nothing.
    #[serde(default, rename = "quantity_centi")]
    quantity: Option<Centi>,
}

/// Lines that the items before have named.
struct NamedLines<'a> {
    order: &'a Order,
    skus: Vec<&'a Sku>,
}

impl<'a> NamedLines<'a> {
    fn find(&mut self, index: usize, line: Option<LineRef>) -> Result<&'a Line, RequestError> {
        let wrong = |problem| RequestError::Line { index, field: "line", problem };
        let found = match line.ok_or(wrong(FieldProblem::Missing))? {
            LineRef::Place(place) => self.order.line_at(place),
            LineRef::Sku(sku) => self.order.line_of(&sku),
        };
        let line = found.ok_or(wrong(FieldProblem::UnknownLine))?;
        if self.skus.contains(&&line.sku) {
            return Err(wrong(FieldProblem::RepeatedLine));
        }
        self.skus.push(&line.sku);
        Ok(line)
    }
}

/// Reads the parts of an order to return.
///
/// # Errors
/// `Field` for no items; `Line` for a line that is unknown or named twice, and for a quantity or sum that is missing, doubled
/// or not positive.
pub fn read_refund_items(
    order: &Order,
    items: Vec<RefundItemRequest>,
) -> Result<Vec<RefundItem>, RequestError> {
    if items.is_empty() {
        return Err(RequestError::Field { field: "items", problem: FieldProblem::Missing });
    }
    let mut named = NamedLines { order, skus: Vec::new() };
    let read = |(index, item): (usize, RefundItemRequest)| {
        let line = named.find(index, item.line)?;
        let wrong = |field, problem| RequestError::Line { index, field, problem };
        let part = match (item.quantity, item.amount) {
            (Some(quantity), None) if quantity > Centi::ZERO => RefundPart::Quantity(quantity),
            (Some(_), None) => return Err(wrong("quantity_centi", FieldProblem::NotPositive)),
            (None, Some(amount)) if amount > Kopecks::ZERO => RefundPart::Amount(amount),
            (None, Some(_)) => return Err(wrong("amount_kopecks", FieldProblem::NotPositive)),
            _ => return Err(wrong("quantity_centi", FieldProblem::QuantityOrAmount)),
        };
        Ok(RefundItem { sku: line.sku.clone(), part })
    };
    items.into_iter().enumerate().map(read).collect()
}

/// Reads what was handed over of the goods and services of an order.
///
/// # Errors
/// `Line` for a line that is unknown, named twice or fuel, and for a quantity that is missing or negative; `HandedTooMuch` for
/// more than was ordered.
pub fn read_handed_items(order: &Order, items: Vec<HandedItemRequest>) -> Result<Vec<HandedItem>, Refusal> {
    let mut named = NamedLines { order, skus: Vec::new() };
    let read = |(index, item): (usize, HandedItemRequest)| {
        let line = named.find(index, item.line)?;
        let wrong = |field, problem| RequestError::Line { index, field, problem };
        if line.fuel().is_some() {
            return Err(wrong("line", FieldProblem::FuelLine).into());
        }
        let quantity = item.quantity.ok_or(wrong("quantity_centi", FieldProblem::Missing))?;
        if quantity < Centi::ZERO {
            return Err(wrong("quantity_centi", FieldProblem::NotPositive).into());
        }
        if quantity > line.quantity {
            let (ordered, unit) = (line.quantity, line.unit);
            return Err(PaymentRefusal::HandedTooMuch { index, ordered, unit }.into());
        }
        Ok(HandedItem { sku: line.sku.clone(), quantity })
    };
    items.into_iter().enumerate().map(read).collect()
}
