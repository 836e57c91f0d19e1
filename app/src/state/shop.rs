//! A shop of the marketplace that the host has opened: its station comes up by itself.

use domain::view::StationQuery;
use leptos::{prelude::*, task::spawn_local};
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};

use crate::{api::find_stations, host::use_host};

/// The shop whose station has been shown: on the way back the list stays.
#[derive(Clone, Copy, Default)]
pub struct ShopVisit(RwSignal<Option<i64>>);

impl ShopVisit {
    /// Provides the memory of the shop for as long as the page lives.
    pub fn provide() {
        provide_context(Self::default());
    }
}

/// Leads from the list to the station of the shop that the host has opened. Without such a
/// station or an answer the list stays.
pub fn open_shop() {
    let (Some(host), Some(ShopVisit(shown))) = (use_host(), use_context()) else { return };
    let (navigate, place) = (use_navigate(), use_location().pathname);
    Effect::new(move |_| {
        let Some(shop) = host.shop_id().filter(|shop| shown.get_untracked() != Some(*shop)) else { return };
        shown.set(Some(shop));
        let navigate = navigate.clone();
        spawn_local(async move {
            let query = StationQuery { shop_id: Some(shop), limit: 1, ..StationQuery::default() };
            let Ok(found) = find_stations(query).await else { return };
            let still_here = place.try_get_untracked().is_some_and(|place| place == "/");
            if let Some(station) = found.stations.first().filter(|_| still_here) {
                let options = NavigateOptions { replace: true, ..NavigateOptions::default() };
                navigate(&format!("/stations/{}", station.id), options);
            }
        });
    });
}
