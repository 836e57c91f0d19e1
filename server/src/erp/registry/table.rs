//! The registry as a table for a spreadsheet: UTF-8 with a byte order mark, `;` between cells, decimal commas, CRLF.

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use domain::{locale::Locale, money::Kopecks, order::Status, quantity::Centi};

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Registry, RegistryLine, UnreadableLine};
use crate::{
    api_error::ErrorResponse,
    erp::day::{CalendarDay, to_local},
    internal_error::internal_error,
};

const CSV_COLUMNS: [&str; 17] = [
    "Заказ",
    "Номер кассовой системы",
    "Номер в Инвойсбоксе",
    "АЗС",
    "Название АЗС",
    "Статус",
    "Оплачен",
    "Топливо",
    "Заказано",
    "Отпущено",
    "Единица",
    "Оплачено, ₽",
    "Возвращено, ₽",
    "К перечислению, ₽",
    "Ждёт возврата, ₽",
    "Расхождение",
    "Изменено",
];

impl Registry {
    /// Renders the registry as a file to download.
    ///
    /// # Errors
    /// `Internal` if the table cannot be written.
    pub fn csv(&self, day: CalendarDay) -> Result<Response, ErrorResponse> {
        let table = self.table(day).map_err(internal_error("the registry cannot be written as a table"))?;
        let station = self.station_id.as_ref().map(|id| format!("-{id}")).unwrap_or_default();
        let name = format!("attachment; filename=\"registry-{}{station}.csv\"", self.date);
        let kind = HeaderValue::from_static("text/csv; charset=utf-8");
        let mut response = ([(header::CONTENT_TYPE, kind)], table).into_response();
        if let Ok(name) = HeaderValue::from_str(&name) {
            response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
        }
        Ok(response)
    }

    fn table(&self, day: CalendarDay) -> Result<Vec<u8>, csv::Error> {
        let mut table = csv::WriterBuilder::new()
            .delimiter(b';')
            .terminator(csv::Terminator::CRLF)
            // Lines of sums are as wide as the others, the last line is not.
            .flexible(true)
            .from_writer("\u{feff}".as_bytes().to_vec());
        table.write_record(CSV_COLUMNS)?;
        for line in &self.orders {
            table.write_record(line.cells(day))?;
        }
        for line in &self.unreadable {
            table.write_record(line.cells())?;
        }
        for station in &self.stations {
            let label = format!("Итого {}", station.station_id);
            table.write_record(sums(&label, &station.station, station.total.columns()))?;
        }
        table.write_record(sums("Итого", "", self.total.columns()))?;
        table.write_record(["Перечисление", &russian_date(&self.transfer_date)])?;
        // For `changed_since` of the next download.
        table.write_record(["Составлено", &self.as_of.format(&Rfc3339).unwrap_or_default()])?;
        table.into_inner().map_err(|error| csv::Error::from(error.into_error()))
    }
}

impl RegistryLine {
    fn cells(&self, day: CalendarDay) -> [String; 17] {
        let centi = |quantity: Option<Centi>| quantity.map(|it| decimal(it.get())).unwrap_or_default();
        [
            self.number.clone(),
            text(self.external_id.as_deref().unwrap_or_default()),
            self.merchant_order_id.clone(),
            text(&self.station_id.0),
            text(&self.station),
            status(self.status).to_owned(),
            self.paid_at.map(|at| local_time(at, day)).unwrap_or_default(),
            text(self.fuel.as_deref().unwrap_or_default()),
            centi(self.ordered),
            centi(self.dispensed),
            self.unit.map(|unit| unit.sign(Locale::Ru).to_owned()).unwrap_or_default(),
            decimal(self.paid.get()),
            decimal(self.refunded.get()),
            decimal(self.net.get()),
            decimal(self.owed.get()),
            if self.discrepancy { "да" } else { "" }.to_owned(),
            local_time(self.changed_at, day),
        ]
    }
}

impl UnreadableLine {
    fn cells(&self) -> [String; 17] {
        let columns = [self.paid, self.refunded, self.net, self.owed];
        let mut cells = sums(&self.number, "не читается", columns);
        if let Some(discrepancy) = cells.get_mut(15) {
            "да".clone_into(discrepancy);
        }
        cells
    }
}

fn sums(label: &str, station: &str, [paid, refunded, net, owed]: [Kopecks; 4]) -> [String; 17] {
    let mut cells: [String; 17] = Default::default();
    let filled = [
        (0, text(label)),
        (4, text(station)),
        (11, decimal(paid.get())),
        (12, decimal(refunded.get())),
        (13, decimal(net.get())),
        (14, decimal(owed.get())),
    ];
    for (place, value) in filled {
        if let Some(cell) = cells.get_mut(place) {
            *cell = value;
        }
    }
    cells
}

/// A moment on the clock of the day's zone.
fn local_time(at: OffsetDateTime, day: CalendarDay) -> String {
    to_local(at, day.zone).format("%d.%m.%Y %H:%M:%S").to_string()
}

/// Hundredths with a decimal comma and nothing between the thousands, which spreadsheets would take for text.
fn decimal(hundredths: i64) -> String {
    let sign = if hundredths < 0 { "-" } else { "" };
    format!("{sign}{},{:02}", hundredths.unsigned_abs() / 100, hundredths.unsigned_abs() % 100)
}

/// A text that no spreadsheet takes for a formula.
fn text(text: &str) -> String {
    match text.trim_start().chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r') => format!("'{text}"),
        _ => text.to_owned(),
    }
}

fn russian_date(date: &str) -> String {
    date.split('-').rev().collect::<Vec<_>>().join(".")
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Placing => "оформляется",
        Status::AwaitingPayment => "ждёт оплаты",
        Status::Paid => "оплачен",
        Status::Authorising => "ждёт АЗС",
        Status::Ready => "готов к выдаче",
        Status::Fuelling => "идёт налив",
        Status::Completed => "выполнен",
        Status::Canceled => "отменён",
        Status::Expired => "просрочен",
        Status::Unavailable => "не выполнен",
        Status::Failed => "не оформлен",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for (text_, cell) in
            [("=1+1", "'=1+1"), (" @x", "' @x"), ("-2", "'-2"), ("АЗС № 1", "АЗС № 1"), ("", "")]
        {
            assert_eq!(text(text_), cell);
        }
        assert_eq!((decimal(-5), decimal(278_143)), ("-0,05".to_owned(), "2781,43".to_owned()));
    }
}
