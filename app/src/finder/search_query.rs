//! The search query, as it is in the address: a link, reload and back keep it.

use domain::{
    fuel::FuelId,
    id::StationId,
    view::{StationOrder, StationQuery},
};
use leptos_router::{location::Url, params::ParamsMap};

/// The search and its view.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SearchQuery {
    /// Without place and limit, which are not in the address.
    pub query: StationQuery,
    pub is_map: bool,
}

impl SearchQuery {
    /// Reads an address. What it does not know it leaves out; values that are out of range are refused by the server.
    pub fn read(params: &ParamsMap) -> Self {
        let text = |key| params.get(key).unwrap_or_default();
        let list = |key| -> Vec<String> {
            text(key).split(',').filter(|one| !one.is_empty()).map(str::to_owned).collect()
        };
        let is_on = |key, value| params.get_str(key) == Some(value);
        Self {
            query: StationQuery {
                text: Some(text("q")).filter(|text| !text.is_empty()),
                fuels: list("fuel").iter().filter_map(|id| FuelId::parse(id)).collect(),
                services: list("service"),
                // A brand may have a comma in its name.
                brands: params.get_all("brand").unwrap_or_default(),
                open_now: is_on("open", "1"),
                pay_in_app: is_on("pay", "1"),
                order: if is_on("sort", "price") { StationOrder::Price } else { StationOrder::Distance },
                ids: list("only").into_iter().map(StationId).collect(),
                ..StationQuery::default()
            },
            is_map: is_on("view", "map"),
        }
    }

    /// The address of this query.
    pub fn to_address(&self) -> String {
        let query = &self.query;
        let mut address = String::from("/");
        let mut add = |key: &str, value: &str| {
            if !value.is_empty() {
                address.push(if address.len() == 1 { '?' } else { '&' });
                address.push_str(key);
                address.push_str(value);
            }
        };
        add("view=", if self.is_map { "map" } else { "" });
        add("q=", &Url::escape(query.text.as_deref().unwrap_or_default()));
        add("fuel=", &query.fuels.iter().map(|fuel| fuel.id()).collect::<Vec<_>>().join(","));
        for brand in &query.brands {
            add("brand=", &Url::escape(brand));
        }
        add("service=", &Url::escape(&query.services.join(",")));
        add("open=", if query.open_now { "1" } else { "" });
        add("pay=", if query.pay_in_app { "1" } else { "" });
        add("sort=", if query.order == StationOrder::Price { "price" } else { "" });
        add("only=", &Url::escape(&query.ids.iter().map(|id| id.0.as_str()).collect::<Vec<_>>().join(",")));
        address
    }

    /// Number of filter values that are set, for the button of the filters.
    pub fn active_filter_count(&self) -> usize {
        let StationQuery { fuels, brands, services, open_now, pay_in_app, .. } = &self.query;
        fuels.len() + brands.len() + services.len() + usize::from(*open_now) + usize::from(*pay_in_app)
    }

    /// This query with a grade added or removed.
    pub fn with_fuel_toggled(mut self, fuel: FuelId) -> Self {
        let fuels = &mut self.query.fuels;
        match fuels.iter().position(|one| *one == fuel) {
            Some(at) => drop(fuels.remove(at)),
            None => fuels.push(fuel),
        }
        self
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    fn read(address: &str) -> SearchQuery {
        let pairs = address.split_once('?').map(|(_, query)| query).unwrap_or_default();
        let mut params = ParamsMap::new();
        for (key, value) in pairs.split('&').filter_map(|pair| pair.split_once('=')) {
            params.insert(key.to_owned(), value.to_owned());
        }
        SearchQuery::read(&params)
    }

    #[test]
    fn an_address_is_read_as_it_was_written() {
        let address = "/?view=map&q=%D0%BD%D0%B5%D0%B2%D0%B0&fuel=a95,diesel&brand=%D0%9B%D1%83%D0%BA%D0%BE%D0%B9%D0%BB\
                       &brand=A%2C%20B%20%26%20C&service=cafe%2Cshop&open=1&pay=1&sort=price&only=sever%2D12";
        let search = read(address);
        assert_eq!(search.query.text.as_deref(), Some("нева"));
        assert_eq!(search.query.fuels, [FuelId::A95, FuelId::Diesel]);
        assert_eq!(search.query.brands, ["Лукойл", "A, B & C"]);
        assert_eq!(search.query.services, ["cafe", "shop"]);
        assert!(search.query.open_now && search.query.pay_in_app && search.is_map);
        assert_eq!(search.query.order, StationOrder::Price);
        assert_eq!(search.query.ids, [StationId("sever-12".to_owned())]);
        assert_eq!(search.active_filter_count(), 8);
        assert_eq!(search.to_address(), address);
    }

    #[test]
    fn what_cannot_be_read_is_left_out() {
        assert_eq!(read("/?fuel=rocket,,a95&open=yes&view=list&sort=name&brand=").query.fuels, [FuelId::A95]);
        assert_eq!(read("/?fuel=rocket&open=yes&view=list&sort=name&q=").to_address(), "/");
    }

    #[test]
    fn a_grade_is_added_and_removed() {
        let search = read("/?fuel=a95").with_fuel_toggled(FuelId::A92);
        assert_eq!(search.to_address(), "/?fuel=a95,a92");
        assert_eq!(search.with_fuel_toggled(FuelId::A95).to_address(), "/?fuel=a92");
    }
}
