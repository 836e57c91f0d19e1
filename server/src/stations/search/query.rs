//! The limits of a query.

use domain::{
    geo::Bounds,
    refusal::{FieldProblem, RequestError},
    view::StationQuery,
};

/// Longest text, in characters.
const MAX_QUERY_CHARS: usize = 200;
/// Most values of one filter.
const MAX_FILTER_VALUES: usize = 50;
/// Most stations of a list.
const MAX_LIMIT: u32 = 100;
const MAX_ZOOM: u8 = 22;

/// A query within its limits.
pub(super) struct CheckedQuery<'a> {
    pub(super) request: &'a StationQuery,
    pub(super) text: Option<&'a str>,
    /// Only together with bounds.
    pub(super) zoom: Option<u8>,
    pub(super) limit: usize,
}

impl<'a> CheckedQuery<'a> {
    /// # Errors
    /// [`RequestError::Malformed`] or [`RequestError::Field`] for a query beyond its limits.
    pub(super) fn new(query: &'a StationQuery) -> Result<Self, RequestError> {
        if let Some(bounds) = query.bounds {
            check_bounds(bounds)?;
        }
        if query.near.is_some_and(|near| !near.is_valid()) {
            return Err(malformed("query.near must have lat within −90…90 and lon within −180…180"));
        }
        let zoom = match query.zoom.map(u8::try_from) {
            None => None,
            Some(Ok(zoom)) if zoom <= MAX_ZOOM => Some(zoom),
            Some(_) => return Err(malformed("query.zoom must be within 0…22")),
        };
        let lengths = [query.fuels.len(), query.services.len(), query.brands.len(), query.ids.len()];
        if lengths.iter().any(|len| *len > MAX_FILTER_VALUES) {
            return Err(malformed(
                "query.fuels, query.services, query.brands and query.ids take at most 50 values each",
            ));
        }
        let text = query.text.as_deref().map(str::trim).filter(|text| !text.is_empty());
        if text.is_some_and(|text| text.chars().count() > MAX_QUERY_CHARS) {
            return Err(RequestError::Field { field: "query.text", problem: FieldProblem::TooLong });
        }
        Ok(Self {
            request: query,
            text,
            zoom: query.bounds.and(zoom),
            limit: usize::try_from(query.limit.clamp(1, MAX_LIMIT)).unwrap_or(1),
        })
    }
}

fn check_bounds(bounds: Bounds) -> Result<(), RequestError> {
    if bounds.is_valid() {
        return Ok(());
    }
    Err(malformed(match bounds.south > bounds.north {
        true => "query.bounds are upside down: south must not be above north",
        false => {
            "query.bounds must have south and north within −90…90, west and east within −180…180; \
             west above east means a view across the 180th meridian"
        }
    }))
}

fn malformed(problem: &str) -> RequestError {
    RequestError::Malformed { problem: problem.to_owned() }
}
