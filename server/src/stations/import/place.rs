//! Where a row says that its station is, and which clock hangs there.

use domain::geo::Point;

use super::{Finding, row::Row};

/// A point that was read, and whether latitude and longitude had to change places.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    pub(super) point: Point,
    pub(super) was_swapped: bool,
}

/// Reads `lat` and `lon`. Swapped coordinates of a place in Russia are put right; everything else that cannot be a
/// station is a finding.
pub(super) fn read(row: &Row) -> Result<Place, Finding> {
    let point = Point { lat: degrees(row, "lat")?, lon: degrees(row, "lon")? };
    if point.lat == 0.0 && point.lon == 0.0 {
        return Err(row.finding("lat", "0, 0 is in the Atlantic: the coordinates are missing"));
    }
    let swapped = Point { lat: point.lon, lon: point.lat };
    if looks_swapped(point, swapped, &row.text("city").unwrap_or_default()) {
        return Ok(Place { point: swapped, was_swapped: true });
    }
    if !point.is_valid() {
        let column = if (-90.0..=90.0).contains(&point.lat) { "lon" } else { "lat" };
        return Err(row.finding(column, "not on the globe: −90…90 and −180…180 degrees are"));
    }
    Ok(Place { point, was_swapped: false })
}

/// Degrees with a decimal point or comma.
fn degrees(row: &Row, column: &str) -> Result<f64, Finding> {
    let text = row.text(column).ok_or_else(|| row.finding(column, "missing"))?;
    match text.replace(',', ".").parse::<f64>() {
        Ok(degrees) if degrees.is_finite() => Ok(degrees),
        _ => Err(row.finding(column, format!("«{text}» is not a number of degrees"))),
    }
}

/// Not in Russia as written, but in it the other way round: a Russian network has no stations in Iran. Where both
/// ways are inside the long rectangle, the city that the row names tells, or else a point that is far from every
/// city as written and beside one the other way round.
fn looks_swapped(point: Point, swapped: Point, city: &str) -> bool {
    if !swapped.is_valid() || !in_russia(swapped) {
        return false;
    }
    if !point.is_valid() || !in_russia(point) {
        return true;
    }
    match CITIES.iter().find(|(name, ..)| *name == city) {
        Some((_, lat, lon, _)) => {
            let city = Point { lat: *lat, lon: *lon };
            city.distance_m(point) > CITY_REACH_M && city.distance_m(swapped) < CITY_REACH_M
        }
        None => nearest(point).1 > FAR_M && nearest(swapped).1 < NEAR_M,
    }
}

/// The rectangle around Russia, which crosses the 180th meridian.
fn in_russia(point: Point) -> bool {
    (41.0..=82.0).contains(&point.lat) && (point.lon >= 19.0 || point.lon <= -168.0)
}

const CITY_REACH_M: u32 = 100_000;
const FAR_M: u32 = 500_000;
const NEAR_M: u32 = 200_000;

/// The time zone of a station that names none: that of the nearest of these cities, within 1,000 km; else Moscow's.
/// The borders of Russia's zones keep well away from its large cities, so this errs in thinly settled land only; a
/// column `time_zone` settles it.
pub(super) fn time_zone(point: Point) -> &'static str {
    match nearest(point) {
        (zone, distance_m) if distance_m <= 1_000_000 => zone,
        _ => DEFAULT_ZONE,
    }
}

const DEFAULT_ZONE: &str = "Europe/Moscow";

fn nearest(point: Point) -> (&'static str, u32) {
    CITIES
        .iter()
        .map(|(_, lat, lon, zone)| (*zone, point.distance_m(Point { lat: *lat, lon: *lon })))
        .min_by_key(|(_, distance_m)| *distance_m)
        .unwrap_or((DEFAULT_ZONE, u32::MAX))
}

const CITIES: [(&str, f64, f64, &str); 52] = [
    ("Калининград", 54.71, 20.51, "Europe/Kaliningrad"),
    ("Москва", 55.75, 37.62, "Europe/Moscow"),
    ("Санкт-Петербург", 59.94, 30.31, "Europe/Moscow"),
    ("Псков", 57.82, 28.33, "Europe/Moscow"),
    ("Смоленск", 54.78, 32.05, "Europe/Moscow"),
    ("Мурманск", 68.97, 33.07, "Europe/Moscow"),
    ("Архангельск", 64.54, 40.52, "Europe/Moscow"),
    ("Сыктывкар", 61.67, 50.84, "Europe/Moscow"),
    ("Воркута", 67.50, 64.05, "Europe/Moscow"),
    ("Вологда", 59.22, 39.89, "Europe/Moscow"),
    ("Иваново", 57.00, 40.97, "Europe/Moscow"),
    ("Нижний Новгород", 56.33, 44.01, "Europe/Moscow"),
    ("Казань", 55.79, 49.12, "Europe/Moscow"),
    ("Набережные Челны", 55.74, 52.40, "Europe/Moscow"),
    ("Пенза", 53.20, 45.00, "Europe/Moscow"),
    ("Воронеж", 51.66, 39.20, "Europe/Moscow"),
    ("Ростов-на-Дону", 47.24, 39.71, "Europe/Moscow"),
    ("Краснодар", 45.04, 38.98, "Europe/Moscow"),
    ("Симферополь", 44.95, 34.10, "Europe/Simferopol"),
    ("Махачкала", 42.98, 47.50, "Europe/Moscow"),
    ("Киров", 58.60, 49.65, "Europe/Kirov"),
    ("Волгоград", 48.71, 44.51, "Europe/Volgograd"),
    ("Саратов", 51.53, 46.03, "Europe/Saratov"),
    ("Астрахань", 46.35, 48.03, "Europe/Astrakhan"),
    ("Ульяновск", 54.32, 48.40, "Europe/Ulyanovsk"),
    ("Самара", 53.20, 50.15, "Europe/Samara"),
    ("Ижевск", 56.85, 53.20, "Europe/Samara"),
    ("Пермь", 58.01, 56.25, "Asia/Yekaterinburg"),
    ("Уфа", 54.74, 55.97, "Asia/Yekaterinburg"),
    ("Оренбург", 51.77, 55.10, "Asia/Yekaterinburg"),
    ("Екатеринбург", 56.84, 60.61, "Asia/Yekaterinburg"),
    ("Челябинск", 55.16, 61.40, "Asia/Yekaterinburg"),
    ("Тюмень", 57.15, 65.53, "Asia/Yekaterinburg"),
    ("Сургут", 61.25, 73.40, "Asia/Yekaterinburg"),
    ("Новый Уренгой", 66.08, 76.63, "Asia/Yekaterinburg"),
    ("Омск", 54.99, 73.37, "Asia/Omsk"),
    ("Новосибирск", 55.03, 82.92, "Asia/Novosibirsk"),
    ("Томск", 56.48, 84.95, "Asia/Tomsk"),
    ("Барнаул", 53.35, 83.78, "Asia/Barnaul"),
    ("Новокузнецк", 53.76, 87.12, "Asia/Novokuznetsk"),
    ("Красноярск", 56.01, 92.87, "Asia/Krasnoyarsk"),
    ("Норильск", 69.35, 88.20, "Asia/Krasnoyarsk"),
    ("Иркутск", 52.29, 104.28, "Asia/Irkutsk"),
    ("Улан-Удэ", 51.83, 107.61, "Asia/Irkutsk"),
    ("Чита", 52.03, 113.50, "Asia/Chita"),
    ("Якутск", 62.03, 129.73, "Asia/Yakutsk"),
    ("Благовещенск", 50.29, 127.53, "Asia/Yakutsk"),
    ("Хабаровск", 48.48, 135.07, "Asia/Vladivostok"),
    ("Владивосток", 43.12, 131.89, "Asia/Vladivostok"),
    ("Южно-Сахалинск", 46.96, 142.74, "Asia/Sakhalin"),
    ("Магадан", 59.57, 150.80, "Asia/Magadan"),
    ("Петропавловск-Камчатский", 53.02, 158.65, "Asia/Kamchatka"),
];

#[cfg(test)]
mod tests {
    use super::{Point, looks_swapped, time_zone};

    #[test]
    fn swapped_coordinates_are_noticed_by_the_city_and_right_ones_are_left_alone() {
        for (name, lat, lon, _) in super::CITIES {
            let (right, swapped) = (Point { lat, lon }, Point { lat: lon, lon: lat });
            assert!(looks_swapped(swapped, right, name), "{name} swapped");
            assert!(!looks_swapped(right, swapped, name), "{name}");
            assert!(!looks_swapped(right, swapped, ""), "{name} without its name");
        }
        let almaty = Point { lat: 43.24, lon: 76.89 };
        assert!(!looks_swapped(almaty, Point { lat: almaty.lon, lon: almaty.lat }, "Алматы"));
    }

    #[test]
    fn swapped_coordinates_outside_russia_need_no_city() {
        let moscow = Point { lat: 55.75, lon: 37.62 };
        assert!(looks_swapped(Point { lat: 37.62, lon: 55.75 }, moscow, ""));
        let vladivostok = Point { lat: 43.12, lon: 131.89 };
        assert!(looks_swapped(Point { lat: 131.89, lon: 43.12 }, vladivostok, ""));
    }

    #[test]
    fn a_zone_is_that_of_the_nearest_city() {
        assert_eq!(time_zone(Point { lat: 59.80, lon: 30.32 }), "Europe/Moscow");
        assert_eq!(time_zone(Point { lat: 55.20, lon: 61.30 }), "Asia/Yekaterinburg");
        assert_eq!(time_zone(Point { lat: 53.50, lon: 49.42 }), "Europe/Samara");
        assert_eq!(time_zone(Point { lat: -33.9, lon: 151.2 }), "Europe/Moscow");
    }
}
