//! Stickers for pumps: a QR code that opens the mini-app on that station and pump. Drawn for paper, in
//! millimetres; black on white and one yellow band, so that a plain printer will do.

use domain::{
    id::{PumpNumber, StationId},
    station::Station,
};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::qr::{QrPicture, QrTextTooLong};

/// Instruction to the driver.
pub const STICKER_SENTENCE: &str = "Наведите камеру, чтобы заправиться по счёту";

/// Sides of A6.
const WIDTH_MM: f32 = 105.0;
const HEIGHT_MM: f32 = 148.0;
const MARGIN_MM: f32 = 7.0;
/// Side of the code with its quiet zone: a module is over a millimetre wide, to be read from two metres.
const CODE_SIDE_MM: f32 = 62.0;
/// Width of a letter in parts of its height, on average and generously.
const LETTER_WIDTH_RATIO: f32 = 0.56;
const STICKERS_PER_SHEET: usize = 4;
/// Style of a sheet of A4.
const SHEET_STYLE: &str = "
@page { size: A4 portrait; margin: 0 }
body { margin: 0; print-color-adjust: exact; -webkit-print-color-adjust: exact }
section { display: grid; grid-template: 148mm 148mm / 105mm 105mm; width: 210mm; height: 296mm; break-after: page }
section:last-child { break-after: auto }
section > svg { outline: 0.1mm dashed #999 }
";

/// The page that a sticker opens.
#[must_use]
pub fn link(public_url: &str, station: &StationId, pump: Option<PumpNumber>) -> String {
    let base = public_url.trim_end_matches('/');
    let pump = pump.map(|pump| format!("?pump={pump}")).unwrap_or_default();
    format!("{base}/stations/{station}{pump}")
}

/// One sticker of A6 as an SVG document; without a pump it opens the station.
///
/// # Errors
/// The address is too long for a QR code.
pub fn sticker(
    public_url: &str,
    station: &Station,
    pump: Option<PumpNumber>,
) -> Result<String, QrTextTooLong> {
    draw_sticker(public_url, station, pump).map(PreEscaped::into_string)
}

/// The stickers of every pump as HTML for A4, four on a sheet, to be cut along the lines.
///
/// # Errors
/// The address is too long for a QR code.
pub fn sheet(public_url: &str, station: &Station) -> Result<String, QrTextTooLong> {
    let mut pumps: Vec<PumpNumber> = station.trade.pumps.iter().map(|pump| pump.number).collect();
    pumps.sort_unstable();
    let stickers = pumps
        .into_iter()
        .map(|pump| draw_sticker(public_url, station, Some(pump)))
        .collect::<Result<Vec<_>, _>>()?;
    let page = html! {
        (DOCTYPE)
        html lang="ru" {
            head {
                meta charset="utf-8";
                title { "Наклейки: " (station.name) }
                style { (PreEscaped(SHEET_STYLE)) }
            }
            body {
                @for four in stickers.chunks(STICKERS_PER_SHEET) {
                    section { @for sticker in four { (sticker) } }
                }
            }
        }
    };
    Ok(page.into_string())
}

fn draw_sticker(
    public_url: &str,
    station: &Station,
    pump: Option<PumpNumber>,
) -> Result<Markup, QrTextTooLong> {
    let link = link(public_url, &station.id, pump);
    let code = QrPicture::encode(&link)?;
    let side = code.side();
    Ok(html! {
        svg xmlns="http://www.w3.org/2000/svg" width={ (WIDTH_MM) "mm" } height={ (HEIGHT_MM) "mm" }
            viewBox={ "0 0 " (WIDTH_MM) " " (HEIGHT_MM) } role="img" aria-label=(label(station, pump))
            font-family="Roboto, Arial, 'Liberation Sans', sans-serif" fill="#000" {
            rect width=(WIDTH_MM) height=(HEIGHT_MM) fill="#fff" {}
            rect width=(WIDTH_MM) height="40" fill="#fad247" {}
            (heading(station, pump))
            svg x=((WIDTH_MM - CODE_SIDE_MM) / 2.0) y="64" width=(CODE_SIDE_MM) height=(CODE_SIDE_MM)
                viewBox={ "0 0 " (side) " " (side) } { (code.to_part()) }
            (centred_lines(&wrap_lines(STICKER_SENTENCE, 6.4, 2), 51.0, 6.4, 700))
            (centred_lines(&wrap_lines(&station.name, 4.6, 2), 132.5, 4.6, 500))
            (centred_lines(std::slice::from_ref(&link), 144.0, 2.6, 400))
        }
    })
}

/// The pump's number, or the brand of a station's own sticker.
fn heading(station: &Station, pump: Option<PumpNumber>) -> Markup {
    let Some(pump) = pump else {
        let brand = station.brand.trim();
        let brand = if brand.is_empty() { "АЗС" } else { brand };
        return text_line(
            brand,
            TextLine { x: WIDTH_MM / 2.0, y: 26.0, size: 13.0, weight: 700, anchor: "middle" },
        );
    };
    let number = pump.to_string();
    html! {
        (text_line("Колонка", TextLine { x: MARGIN_MM, y: 25.0, size: 9.0, weight: 500, anchor: "start" }))
        (text_line(&number, TextLine { x: WIDTH_MM - MARGIN_MM, y: 34.0, size: 36.0, weight: 700, anchor: "end" }))
    }
}

fn label(station: &Station, pump: Option<PumpNumber>) -> String {
    let pump = pump.map(|pump| format!(", колонка {pump}")).unwrap_or_default();
    format!("{}{pump}. {STICKER_SENTENCE}", station.name)
}

/// Place and look of a line of text; millimetres.
#[derive(Clone, Copy)]
struct TextLine {
    x: f32,
    /// The foot of the letters.
    y: f32,
    size: f32,
    weight: u16,
    anchor: &'static str,
}

/// A line of text, made smaller where it would not fit between the edges.
fn text_line(text: &str, line: TextLine) -> Markup {
    let TextLine { x, y, size, weight, anchor } = line;
    let size = size.min(max_font_size(text));
    html! {
        text x=(x) y=(y) font-size=(format!("{size:.2}")) font-weight=(weight) text-anchor=(anchor) { (text) }
    }
}

fn centred_lines(lines: &[String], first: f32, size: f32, weight: u16) -> Markup {
    let feet = (0_u8..).map(|index| first + f32::from(index) * size * 1.3);
    html! {
        @for (text, y) in lines.iter().zip(feet) {
            (text_line(text, TextLine { x: WIDTH_MM / 2.0, y, size, weight, anchor: "middle" }))
        }
    }
}

/// Largest font size at which a text fits on one line.
fn max_font_size(text: &str) -> f32 {
    let letters = u16::try_from(text.chars().count().max(1)).map_or(f32::from(u16::MAX), f32::from);
    (WIDTH_MM - 2.0 * MARGIN_MM) / (letters * LETTER_WIDTH_RATIO)
}

/// Breaks a text between words so that no line is too long for this size; the rest stays on the last line, smaller.
fn wrap_lines(text: &str, size: f32, max_lines: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let full = lines.len() >= max_lines;
        match lines.last_mut() {
            Some(line) if full || max_font_size(&format!("{line} {word}")) >= size => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
