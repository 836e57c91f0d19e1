//! Filters, sorting and paging of lists, in the query syntax of PHP servers.
//!
//! `status=created`, `status[]=a&status[]=b`, `status[0]=a`, `amount[_ge]=1000`,
//! `_order[createdAt]=desc`, `_page=2&_pageSize=20`. Of repeated plain keys the last one counts.
//! Keys that the service does not document are ignored; nonsense in known ones is 422.

use std::cmp::Ordering;

use axum::http::StatusCode;
use rust_decimal::Decimal;
use serde_json::Value;
use time::OffsetDateTime;

use super::wire::{self, ApiRefusal};
use crate::form::pairs;

const DEFAULT_PAGE_SIZE: usize = 30;

/// What a server does with queries beyond what its documentation promises.
#[derive(Debug)]
pub struct ListRules<'a> {
    /// Rows on a page, whatever is asked for.
    pub max_page_size: usize,
    /// Documented filters that are ignored.
    pub ignored_filters: &'a [String],
}

/// A parsed query.
#[derive(Debug, Default)]
pub struct ListQuery {
    conditions: Vec<FilterCondition>,
    order: Vec<(FilterField, bool)>,
    /// From 1.
    pub page: usize,
    /// Rows on a page.
    pub page_size: usize,
}

#[derive(Debug)]
struct FilterCondition {
    field: FilterField,
    operator: FilterOperator,
    values: Vec<FilterValue>,
}

/// A property that some list can be filtered and sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilterField {
    Id,
    Status,
    MerchantOrderId,
    MerchantId,
    OrderContainerId,
    /// Of a shipment.
    OrderId,
    /// Of a refund.
    ParentId,
    VatNumber,
    Amount,
    CreatedAt,
    ExpirationDate,
    PaidAt,
}

/// One object of a list.
pub trait ListRow {
    /// Fields of the list; filters by others are ignored.
    const FIELDS: &'static [FilterField];

    /// The value of a field; `None` where the object has none.
    fn value(&self, field: FilterField) -> Option<FilterValue>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FilterOperator {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Start,
}

/// A value that can be compared with another of its kind.
#[derive(Debug, PartialEq, PartialOrd)]
pub enum FilterValue {
    Text(String),
    Number(Decimal),
    Instant(OffsetDateTime),
}

impl FilterValue {
    /// A text.
    pub fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// An instant to the second, as the wire shows it.
    pub fn at(at: OffsetDateTime) -> Option<Self> {
        at.replace_nanosecond(0).ok().map(Self::Instant)
    }
}

impl ListQuery {
    /// Reads a raw query string for a list of `R`.
    ///
    /// # Errors
    /// 422 `wrong_filter_format` for unknown operators, unreadable values, sorting by the colon form
    /// and pages below 1.
    pub fn parse<R: ListRow>(raw: &str, rules: &ListRules<'_>) -> Result<Self, ApiRefusal> {
        let mut query = Self { page: 1, page_size: DEFAULT_PAGE_SIZE, ..Self::default() };
        let is_ignored = |key: &str| {
            let name = key.split_once('[').map_or(key, |(name, _)| name);
            rules.ignored_filters.iter().any(|ignored| ignored == name)
        };
        let (mut plain_page, mut plain_size, mut page, mut size) = (None, None, None, None);
        for (key, value) in pairs(raw) {
            match key.as_str() {
                "page" => plain_page = Some(value),
                "pageSize" => plain_size = Some(value),
                "_page" => page = Some(value),
                "_pageSize" => size = Some(value),
                "_order" => return Err(malformed("_order")),
                key if is_ignored(key) => {}
                _ => query.take(&key, &value, R::FIELDS)?,
            }
        }
        // Documentation writes both spellings; the one with the underscore wins.
        if let Some(text) = page.or(plain_page) {
            query.page = positive(&text, "_page")?;
        }
        if let Some(text) = size.or(plain_size) {
            query.page_size = positive(&text, "_pageSize")?;
        }
        query.page_size = query.page_size.min(rules.max_page_size.max(1));
        Ok(query)
    }

    /// The order number of the filter, if it names exactly one.
    pub fn merchant_order_id(&self) -> Option<&str> {
        self.single_value(FilterField::MerchantOrderId)
    }

    /// Merchants that the filter names.
    pub fn merchant_ids(&self) -> impl Iterator<Item = &str> {
        self.conditions
            .iter()
            .filter(|condition| {
                condition.field == FilterField::MerchantId && condition.operator == FilterOperator::Equal
            })
            .flat_map(|condition| &condition.values)
            .filter_map(text)
    }

    /// Whether an object belongs in the list.
    pub fn matches(&self, row: &impl ListRow) -> bool {
        self.conditions.iter().all(|condition| condition.is_met_by(row))
    }

    /// Filters, sorts and cuts out the page. Returns the page and the number of rows in all.
    pub fn page_of<'a, R: ListRow>(&self, mut rows: Vec<&'a R>) -> (Vec<&'a R>, usize) {
        rows.retain(|row| self.matches(*row));
        self.sort(&mut rows);
        let total = rows.len();
        let skip = (self.page - 1).saturating_mul(self.page_size);
        (rows.into_iter().skip(skip).take(self.page_size).collect(), total)
    }

    // Without keys the order stays.
    fn sort<R: ListRow>(&self, rows: &mut [&R]) {
        rows.sort_by(|left, right| {
            self.order.iter().fold(Ordering::Equal, |sofar, (field, descending)| {
                let next = left.value(*field).partial_cmp(&right.value(*field)).unwrap_or(Ordering::Equal);
                sofar.then(if *descending { next.reverse() } else { next })
            })
        });
    }

    fn take(&mut self, key: &str, value: &str, known: &[FilterField]) -> Result<(), ApiRefusal> {
        let (name, inside) = match key.split_once('[') {
            Some((name, rest)) => (name, Some(rest.strip_suffix(']').ok_or_else(|| malformed(name))?)),
            None => (key, None),
        };
        let field_of = |name: &str| FilterField::from_name(name).filter(|field| known.contains(field));
        if name == "_order" {
            let field = inside.and_then(field_of).ok_or_else(|| malformed("_order"))?;
            let descending = match value.to_ascii_lowercase().as_str() {
                "asc" => false,
                "desc" => true,
                _ => return Err(malformed("_order")),
            };
            self.order.push((field, descending));
            return Ok(());
        }
        let Some(field) = field_of(name) else { return Ok(()) };
        let is_list = inside.is_some_and(|inside| inside.bytes().all(|byte| byte.is_ascii_digit()));
        let operator = match inside {
            None => FilterOperator::Equal,
            Some(_) if is_list => FilterOperator::Equal,
            Some(name_of) => FilterOperator::from_name(name_of).ok_or_else(|| malformed(name))?,
        };
        let value = field.read(value).ok_or_else(|| malformed(name))?;
        let same = self
            .conditions
            .iter_mut()
            .find(|condition| condition.field == field && condition.operator == operator);
        match same {
            Some(condition) if is_list => condition.values.push(value),
            Some(condition) => condition.values = vec![value],
            None => self.conditions.push(FilterCondition { field, operator, values: vec![value] }),
        }
        Ok(())
    }

    fn single_value(&self, field: FilterField) -> Option<&str> {
        let mut exact = self
            .conditions
            .iter()
            .filter(|condition| condition.field == field && condition.operator == FilterOperator::Equal);
        match exact.next()?.values.as_slice() {
            [value] => text(value),
            _ => None,
        }
    }
}

impl FilterCondition {
    fn is_met_by(&self, row: &impl ListRow) -> bool {
        let Some(actual) = row.value(self.field) else { return self.operator == FilterOperator::NotEqual };
        let compare = |wanted: &FilterValue| actual.partial_cmp(wanted);
        match self.operator {
            FilterOperator::Equal => self.values.contains(&actual),
            FilterOperator::NotEqual => !self.values.contains(&actual),
            FilterOperator::Greater => self.values.iter().all(|to| compare(to) == Some(Ordering::Greater)),
            FilterOperator::GreaterOrEqual => {
                self.values.iter().all(|to| compare(to).is_some_and(Ordering::is_ge))
            }
            FilterOperator::Less => self.values.iter().all(|to| compare(to) == Some(Ordering::Less)),
            FilterOperator::LessOrEqual => {
                self.values.iter().all(|to| compare(to).is_some_and(Ordering::is_le))
            }
            FilterOperator::Start => self.values.iter().all(|to| match (&actual, to) {
                (FilterValue::Text(actual), FilterValue::Text(start)) => actual.starts_with(start.as_str()),
                _ => false,
            }),
        }
    }
}

impl FilterField {
    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "id" => Self::Id,
            "status" => Self::Status,
            "merchantOrderId" => Self::MerchantOrderId,
            "merchantId" => Self::MerchantId,
            "orderContainerId" => Self::OrderContainerId,
            "orderId" => Self::OrderId,
            "parentId" => Self::ParentId,
            "vatNumber" => Self::VatNumber,
            "amount" => Self::Amount,
            "createdAt" => Self::CreatedAt,
            "expirationDate" => Self::ExpirationDate,
            "paidAt" => Self::PaidAt,
            _ => return None,
        })
    }

    fn read(self, value: &str) -> Option<FilterValue> {
        match self {
            Self::Id | Self::MerchantId | Self::OrderContainerId | Self::OrderId | Self::ParentId => {
                Some(FilterValue::Text(value.to_ascii_lowercase()))
            }
            Self::Status | Self::MerchantOrderId | Self::VatNumber => {
                Some(FilterValue::Text(value.to_owned()))
            }
            Self::Amount => wire::decimal(&Value::from(value)).map(FilterValue::Number),
            Self::CreatedAt | Self::ExpirationDate | Self::PaidAt => instant(value).map(FilterValue::Instant),
        }
    }
}

impl FilterOperator {
    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "_eq" => Self::Equal,
            "_ne" => Self::NotEqual,
            "_gt" => Self::Greater,
            "_ge" => Self::GreaterOrEqual,
            "_lt" => Self::Less,
            "_le" => Self::LessOrEqual,
            "_start" => Self::Start,
            _ => return None,
        })
    }
}

// Filters are shown without an offset too; such a time is in UTC.
fn instant(text: &str) -> Option<OffsetDateTime> {
    wire::parse_timestamp(text)
        .or_else(|| wire::parse_timestamp(&format!("{text}Z")))
        .or_else(|| wire::parse_timestamp(&format!("{text}T00:00:00Z")))
}

fn positive(text: &str, name: &str) -> Result<usize, ApiRefusal> {
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| malformed(name))
}

fn text(value: &FilterValue) -> Option<&str> {
    match value {
        FilterValue::Text(text) => Some(text),
        _ => None,
    }
}

fn malformed(name: &str) -> ApiRefusal {
    ApiRefusal {
        status: StatusCode::UNPROCESSABLE_ENTITY,
        ..ApiRefusal::field("wrong_filter_format", "Wrong filter format", name)
    }
}
