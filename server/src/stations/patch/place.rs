//! The place of a station, and its time zone.

use std::sync::LazyLock;

use chrono_tz::Tz;
use domain::geo::Point;
use tzf_rs::EmbeddedFinder;

use super::problem::{PatchError, PatchProblem};

/// A point, and whether latitude and longitude had to change places.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    pub(super) point: Point,
    pub(super) was_swapped: bool,
}

/// Checks a point. Swapped coordinates of a place in Russia are put right.
///
/// # Errors
/// `PlaceNotFilledIn` or `PlaceNotOnGlobe`, with the field `lat` or `lon`, if no station can be there.
pub(super) fn check(point: Point, city: &str) -> Result<Place, PatchError> {
    if point.lat == 0.0 && point.lon == 0.0 {
        return Err(PatchProblem::PlaceNotFilledIn.of("lat"));
    }
    let swapped = Point { lat: point.lon, lon: point.lat };
    if is_probably_swapped(point, swapped, city) {
        return Ok(Place { point: swapped, was_swapped: true });
    }
    if !point.is_valid() {
        let field = if (-90.0..=90.0).contains(&point.lat) { "lon" } else { "lat" };
        return Err(PatchProblem::PlaceNotOnGlobe.of(field));
    }
    Ok(Place { point, was_swapped: false })
}

/// Whether a point is not in Russia as written, but in it the other way round: a Russian network has no stations in
/// Iran. Where both ways are inside the long rectangle, the city that is reported with the point decides, or else a
/// point that is far from every city as written and beside one the other way round.
fn is_probably_swapped(point: Point, swapped: Point, city: &str) -> bool {
    if !swapped.is_valid() || !is_in_russia(swapped) {
        return false;
    }
    if !point.is_valid() || !is_in_russia(point) {
        return true;
    }
    match CITIES.iter().find(|(name, ..)| *name == city) {
        Some((_, lat, lon)) => {
            let city = Point { lat: *lat, lon: *lon };
            city.distance_m(point) > CITY_RADIUS_M && city.distance_m(swapped) < CITY_RADIUS_M
        }
        None => {
            distance_to_nearest_city(point) > MIN_DISTANCE_AS_WRITTEN_M
                && distance_to_nearest_city(swapped) < MAX_DISTANCE_SWAPPED_M
        }
    }
}

/// Whether a point is in the rectangle around Russia, which crosses the 180th meridian.
fn is_in_russia(point: Point) -> bool {
    (41.0..=82.0).contains(&point.lat) && (point.lon >= 19.0 || point.lon <= -168.0)
}

const CITY_RADIUS_M: u32 = 100_000;
const MIN_DISTANCE_AS_WRITTEN_M: u32 = 500_000;
const MAX_DISTANCE_SWAPPED_M: u32 = 200_000;

/// Finds the time zone of a place by the borders of the zones.
pub(super) fn time_zone(point: Point) -> &'static str {
    static ZONES: LazyLock<EmbeddedFinder> = LazyLock::new(EmbeddedFinder::new);
    let zone = ZONES.get_tz_name(point.lon, point.lat);
    if zone.parse::<Tz>().is_ok() { zone } else { DEFAULT_ZONE }
}

/// Zone of places for which the map of zones has none that we know.
const DEFAULT_ZONE: &str = "Europe/Moscow";

/// Metres to the nearest large city.
fn distance_to_nearest_city(point: Point) -> u32 {
    CITIES
        .iter()
        .map(|(_, lat, lon)| point.distance_m(Point { lat: *lat, lon: *lon }))
        .min()
        .unwrap_or(u32::MAX)
}

const CITIES: [(&str, f64, f64); 52] = [
    ("Калининград", 54.71, 20.51),
    ("Москва", 55.75, 37.62),
    ("Санкт-Петербург", 59.94, 30.31),
    ("Псков", 57.82, 28.33),
    ("Смоленск", 54.78, 32.05),
    ("Мурманск", 68.97, 33.07),
    ("Архангельск", 64.54, 40.52),
    ("Сыктывкар", 61.67, 50.84),
    ("Воркута", 67.50, 64.05),
    ("Вологда", 59.22, 39.89),
    ("Иваново", 57.00, 40.97),
    ("Нижний Новгород", 56.33, 44.01),
    ("Казань", 55.79, 49.12),
    ("Набережные Челны", 55.74, 52.40),
    ("Пенза", 53.20, 45.00),
    ("Воронеж", 51.66, 39.20),
    ("Ростов-на-Дону", 47.24, 39.71),
    ("Краснодар", 45.04, 38.98),
    ("Симферополь", 44.95, 34.10),
    ("Махачкала", 42.98, 47.50),
    ("Киров", 58.60, 49.65),
    ("Волгоград", 48.71, 44.51),
    ("Саратов", 51.53, 46.03),
    ("Астрахань", 46.35, 48.03),
    ("Ульяновск", 54.32, 48.40),
    ("Самара", 53.20, 50.15),
    ("Ижевск", 56.85, 53.20),
    ("Пермь", 58.01, 56.25),
    ("Уфа", 54.74, 55.97),
    ("Оренбург", 51.77, 55.10),
    ("Екатеринбург", 56.84, 60.61),
    ("Челябинск", 55.16, 61.40),
    ("Тюмень", 57.15, 65.53),
    ("Сургут", 61.25, 73.40),
    ("Новый Уренгой", 66.08, 76.63),
    ("Омск", 54.99, 73.37),
    ("Новосибирск", 55.03, 82.92),
    ("Томск", 56.48, 84.95),
    ("Барнаул", 53.35, 83.78),
    ("Новокузнецк", 53.76, 87.12),
    ("Красноярск", 56.01, 92.87),
    ("Норильск", 69.35, 88.20),
    ("Иркутск", 52.29, 104.28),
    ("Улан-Удэ", 51.83, 107.61),
    ("Чита", 52.03, 113.50),
    ("Якутск", 62.03, 129.73),
    ("Благовещенск", 50.29, 127.53),
    ("Хабаровск", 48.48, 135.07),
    ("Владивосток", 43.12, 131.89),
    ("Южно-Сахалинск", 46.96, 142.74),
    ("Магадан", 59.57, 150.80),
    ("Петропавловск-Камчатский", 53.02, 158.65),
];

#[cfg(test)]
mod tests {
    use super::{Point, is_probably_swapped, time_zone};

    #[test]
    fn swapped_coordinates_are_noticed_by_the_city_and_right_ones_are_left_alone() {
        for (name, lat, lon) in super::CITIES {
            let (right, swapped) = (Point { lat, lon }, Point { lat: lon, lon: lat });
            assert!(is_probably_swapped(swapped, right, name), "{name} swapped");
            assert!(!is_probably_swapped(right, swapped, name), "{name}");
            assert!(!is_probably_swapped(right, swapped, ""), "{name} without its name");
        }
        let almaty = Point { lat: 43.24, lon: 76.89 };
        assert!(!is_probably_swapped(almaty, Point { lat: almaty.lon, lon: almaty.lat }, "Алматы"));
    }

    #[test]
    fn swapped_coordinates_outside_russia_need_no_city() {
        let moscow = Point { lat: 55.75, lon: 37.62 };
        assert!(is_probably_swapped(Point { lat: 37.62, lon: 55.75 }, moscow, ""));
        let vladivostok = Point { lat: 43.12, lon: 131.89 };
        assert!(is_probably_swapped(Point { lat: 131.89, lon: 43.12 }, vladivostok, ""));
    }

    #[test]
    fn a_zone_is_that_within_whose_borders_the_place_is() {
        for (place, lat, lon, zone) in [
            ("Пулково", 59.80, 30.32, "Europe/Moscow"),
            ("Коркино", 55.20, 61.30, "Asia/Yekaterinburg"),
            ("Тольятти", 53.50, 49.42, "Europe/Samara"),
            ("Бузулук, nearer to Samara than to Orenburg", 52.78, 52.26, "Asia/Yekaterinburg"),
            ("Октябрьский, nearer to Tatarstan's cities than to Ufa", 54.48, 53.47, "Asia/Yekaterinburg"),
            ("Калининград", 54.71, 20.51, "Europe/Kaliningrad"),
            ("Sydney", -33.9, 151.2, "Australia/Sydney"),
        ] {
            assert_eq!(time_zone(Point { lat, lon }), zone, "{place}");
        }
        for (name, lat, lon) in super::CITIES {
            assert!(time_zone(Point { lat, lon }).parse::<chrono_tz::Tz>().is_ok(), "{name}");
        }
    }
}
