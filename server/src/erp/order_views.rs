//! Views of orders in the language of a request.

use std::convert::Infallible;

use axum::{
    Json,
    extract::{FromRef, FromRequestParts},
    http::request::Parts,
};
use domain::{locale::Locale, order::Order, view::OrderView};

use crate::{orders::PumpBoard, request_locale::RequestLocale};

/// Makes the views of orders in an answer.
pub(super) struct OrderViews {
    pumps: PumpBoard,
    locale: Locale,
}

impl<S: Send + Sync> FromRequestParts<S> for OrderViews
where
    PumpBoard: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let RequestLocale(locale) = RequestLocale::from_request_parts(parts, state).await?;
        Ok(Self { pumps: PumpBoard::from_ref(state), locale })
    }
}

impl OrderViews {
    pub fn locale(&self) -> Locale {
        self.locale
    }

    pub fn view(&self, order: &Order) -> OrderView {
        self.pumps.view(order, self.locale)
    }

    pub fn json(&self, order: &Order) -> Json<OrderView> {
        Json(self.view(order))
    }
}
