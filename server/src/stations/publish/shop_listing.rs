//! The description of a station and of a brand for the marketplace.

use std::{collections::BTreeMap, fmt};

use domain::{geo::Point, id::StationId, locale::Locale, station::Station};

use crate::invoicebox::marketplace::{MAX_SHOP_URL_CHARS, MAX_TITLE_CHARS, ShopDescription, ShopKind};

/// Smallest brand that has a shop of its own, in stations.
const MIN_BRAND_STATIONS: usize = 2;
/// Placeholder for a shop's number that is not known yet, when lengths are counted.
const PLACEHOLDER_SHOP_ID: i64 = 9_999_999_999;

/// Name of a shop: a brand or a station. Written `sever-12` and `brand:Север`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ShopName {
    Brand(String),
    Station(StationId),
}

impl ShopName {
    /// Reads what [`fmt::Display`] writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix("brand:") {
            Some(brand) => Some(Self::Brand(brand.to_owned())).filter(|_| !brand.is_empty()),
            None => StationId::parse(text).map(Self::Station),
        }
    }

    /// The two columns of its record.
    pub(super) fn columns(&self) -> (&'static str, &str) {
        match self {
            Self::Brand(name) => ("brand", name),
            Self::Station(id) => ("station", &id.0),
        }
    }
}

impl fmt::Display for ShopName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Brand(name) => write!(f, "brand:{name}"),
            Self::Station(id) => id.fmt(f),
        }
    }
}

/// Values that all stations share.
#[derive(Clone, Debug)]
pub struct PublishedNetwork {
    /// Address under which customers open stations.
    pub public_url: String,
    /// The seller of stations that name none of their own.
    pub merchant_id: String,
}

/// The intended state of one shop.
#[derive(Clone, Debug)]
pub struct ShopListing {
    pub name: ShopName,
    pub title: String,
    pub merchant_id: String,
    /// The brand it belongs to, where that has a shop.
    pub brand: Option<String>,
    /// The shop's number in the catalogue.
    pub known_id: Option<i64>,
    /// Whether there is an address short enough to open it.
    pub address: Result<(), String>,
    description: String,
    place: Option<(String, Point)>,
}

impl ShopListing {
    fn brand(name: &str, network: &PublishedNetwork) -> Self {
        Self {
            name: ShopName::Brand(name.to_owned()),
            title: truncate_with_ellipsis(name, MAX_TITLE_CHARS),
            merchant_id: network.merchant_id.clone(),
            brand: None,
            known_id: None,
            address: check_url_length(&network.public_url),
            description: format!("Сеть АЗС «{name}»: топливо по счёту для организаций и ИП."),
            place: None,
        }
    }

    fn station(station: &Station, brand: Option<&str>, network: &PublishedNetwork) -> Self {
        let longest = shop_url(&network.public_url, &station.id, PLACEHOLDER_SHOP_ID);
        Self {
            name: ShopName::Station(station.id.clone()),
            title: title(station),
            merchant_id: station.merchant_id.clone().unwrap_or_else(|| network.merchant_id.clone()),
            brand: brand.map(str::to_owned),
            known_id: station.shop_id,
            address: check_url_length(&longest),
            description: description(station),
            place: Some((address(station), station.point)),
        }
    }

    /// The description of the shop under this number.
    pub(super) fn describe_shop(&self, id: i64, brand_id: Option<i64>, public_url: &str) -> ShopDescription {
        let (kind, url) = match &self.name {
            ShopName::Brand(_) => (ShopKind::Brand, public_url.trim_end_matches('/').to_owned()),
            ShopName::Station(station) => (ShopKind::Offline, shop_url(public_url, station, id)),
        };
        ShopDescription {
            kind,
            description: self.description.clone(),
            url,
            merchant_id: self.merchant_id.clone(),
            address: self.place.as_ref().map(|(address, _)| address.clone()),
            point: self.place.as_ref().map(|(_, point)| *point),
            brand_id,
        }
    }
}

/// Lists the shops of a catalogue: brands first, since stations name them, then enabled stations by id.
#[must_use]
pub fn list_shops(stations: &[Station], network: &PublishedNetwork) -> Vec<ShopListing> {
    let enabled: Vec<&Station> = stations.iter().filter(|station| station.enabled).collect();
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    for station in enabled.iter().filter(|station| !station.brand.trim().is_empty()) {
        *sizes.entry(station.brand.trim()).or_default() += 1;
    }
    sizes.retain(|_, size| *size >= MIN_BRAND_STATIONS);
    let brands = sizes.keys().map(|name| ShopListing::brand(name, network));
    let stations = enabled.iter().map(|station| {
        let brand = sizes.get_key_value(station.brand.trim()).map(|(name, _)| *name);
        ShopListing::station(station, brand, network)
    });
    brands.chain(stations).collect()
}

/// The address by which a shop opens its station: the page itself where it fits into [`MAX_SHOP_URL_CHARS`], else the
/// short address by the station's id, else the one by the shop's number.
#[must_use]
pub fn shop_url(public_url: &str, station: &StationId, shop: i64) -> String {
    let base = public_url.trim_end_matches('/');
    let short = format!("{base}/shop/{shop}");
    [format!("{base}/stations/{station}"), format!("{base}/s/{station}")]
        .into_iter()
        .find(|url| url.chars().count() <= MAX_SHOP_URL_CHARS)
        .unwrap_or(short)
}

fn check_url_length(url: &str) -> Result<(), String> {
    if url.chars().count() <= MAX_SHOP_URL_CHARS {
        return Ok(());
    }
    Err(format!(
        "its address {url} has more than {MAX_SHOP_URL_CHARS} characters: KOLONKA_PUBLIC_URL must be shorter"
    ))
}

/// «АЗС «Север» № 12, Рязань»; without the city where that is named already or does not fit.
fn title(station: &Station) -> String {
    let name = if station.name.trim().is_empty() { "АЗС" } else { station.name.trim() };
    let with_city = format!("{name}, {}", station.city.trim());
    let has_city = station.city.trim().is_empty() || name.contains(station.city.trim());
    if has_city || with_city.chars().count() > MAX_TITLE_CHARS {
        truncate_with_ellipsis(name, MAX_TITLE_CHARS)
    } else {
        with_city
    }
}

fn address(station: &Station) -> String {
    let (city, street) = (station.city.trim(), station.address.trim());
    if city.is_empty() || street.contains(city) { street.to_owned() } else { format!("{city}, {street}") }
}

fn description(station: &Station) -> String {
    let mut text = "Топливо и услуги по счёту для организаций и ИП.".to_owned();
    let fuels: Vec<&str> = station.trade.fuels.iter().map(|fuel| fuel.id.name(Locale::Ru)).collect();
    if !fuels.is_empty() {
        text += &format!(" Топливо: {}.", fuels.join(", "));
    }
    text
}

/// Shortens a text with an ellipsis.
fn truncate_with_ellipsis(text: &str, characters: usize) -> String {
    if text.chars().count() <= characters {
        return text.to_owned();
    }
    let cut: String = text.chars().take(characters - 1).collect();
    format!("{}…", cut.trim_end())
}
