//! QR codes of links: byte mode, error correction M (about 15 % of the symbol may be unreadable), quiet zone of
//! four modules, black on white whatever the theme around it.
//!
//! One module for every picture that a phone has to read: pre-checks, pump stickers, the cashier's screen.

use std::fmt::Write;

use maud::{Markup, html};
use qrcode::{Color, EcLevel, QrCode, Version, bits::Bits};

/// White modules on each side, without which scanners do not find the symbol.
pub const QUIET_ZONE: usize = 4;
/// Pixels of a module in a picture by default: a link of a hundred bytes becomes a square of about 400 pixels.
pub const DEFAULT_SCALE_PX: u32 = 8;
/// Largest scale of a picture: SVG has every size.
const MAX_SCALE_PX: u32 = 32;

/// A text that no symbol can hold: 2331 bytes are the most at this level of correction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} bytes are more than a QR code can hold")]
pub struct QrTextTooLong(pub usize);

/// A symbol, with its quiet zone, ready to be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QrPicture {
    /// Row by row, without the quiet zone; `true` is black.
    modules: Vec<bool>,
    /// Modules in a row, without the quiet zone.
    width: usize,
}

impl QrPicture {
    /// Encodes the bytes of a text exactly as they are, in the smallest symbol that takes them.
    ///
    /// # Errors
    /// The text is too long for any symbol.
    pub fn encode(text: &str) -> Result<Self, QrTextTooLong> {
        let code = (1..=40)
            .find_map(|version| encode_bytes(text.as_bytes(), Version::Normal(version)))
            .ok_or(QrTextTooLong(text.len()))?;
        let modules = code.to_colors().into_iter().map(|color| color == Color::Dark).collect();
        Ok(Self { modules, width: code.width() })
    }

    /// Modules in a row with the quiet zone on both sides.
    #[must_use]
    pub fn side(&self) -> usize {
        self.width + 2 * QUIET_ZONE
    }

    /// Whether a module is black. Modules are counted from the corner of the quiet zone; outside is white.
    #[must_use]
    pub fn is_dark(&self, column: usize, row: usize) -> bool {
        let (Some(x), Some(y)) = (column.checked_sub(QUIET_ZONE), row.checked_sub(QUIET_ZONE)) else {
            return false;
        };
        x < self.width && self.modules.get(y * self.width + x).copied().unwrap_or(false)
    }

    /// The black modules as data of one SVG path, in units of modules from the corner of the quiet zone.
    #[must_use]
    pub fn to_path_data(&self) -> String {
        let mut path = String::new();
        for row in 0..self.side() {
            let mut column = 0;
            while column < self.side() {
                let run = (column..self.side()).take_while(|at| self.is_dark(*at, row)).count();
                if run > 0 {
                    // Writing into a String cannot fail.
                    let _ = write!(path, "M{column} {row}h{run}v1h-{run}z");
                }
                column += run.max(1);
            }
        }
        path
    }

    /// Draws a whole SVG document that scales without blur. `label` is its text alternative.
    #[must_use]
    pub fn to_svg(&self, label: &str) -> String {
        self.to_markup(label).into_string()
    }

    /// The SVG document as an element of a page.
    #[must_use]
    pub fn to_markup(&self, label: &str) -> Markup {
        let side = self.side();
        let scaled = side * usize::try_from(DEFAULT_SCALE_PX).unwrap_or(1);
        html! {
            svg xmlns="http://www.w3.org/2000/svg" viewBox={ "0 0 " (side) " " (side) } width=(scaled) height=(scaled)
                shape-rendering="crispEdges" role="img" aria-label=(label) { (self.to_paths()) }
        }
    }

    /// The symbol as two SVG paths, white ground and black modules, in units of modules.
    #[must_use]
    pub fn to_paths(&self) -> Markup {
        let side = self.side();
        html! {
            path fill="#fff" d={ "M0 0h" (side) "v" (side) "H0z" } {}
            path fill="#000" d=(self.to_path_data()) {}
        }
    }

    /// A PNG picture in black and white; `scale` is pixels of a module, 1 to 32.
    ///
    /// # Errors
    /// [`png::EncodingError`] of the encoder, which writes to memory only.
    pub fn to_png(&self, scale: u32) -> Result<Vec<u8>, png::EncodingError> {
        let scale = scale.clamp(1, MAX_SCALE_PX);
        let side = u32::try_from(self.side()).unwrap_or(u32::MAX).saturating_mul(scale);
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, side, side);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        encoder.write_header()?.write_image_data(&self.to_pixel_rows(scale))?;
        Ok(bytes)
    }

    /// Rows of pixels, one bit each, white set, padded to whole bytes.
    fn to_pixel_rows(&self, scale: u32) -> Vec<u8> {
        let scale = usize::try_from(scale).unwrap_or(1);
        let pixels = self.side() * scale;
        let mut rows = Vec::with_capacity(pixels * pixels.div_ceil(8));
        for row in 0..self.side() {
            let mut line = vec![0_u8; pixels.div_ceil(8)];
            for pixel in (0..pixels).filter(|pixel| !self.is_dark(pixel / scale, row)) {
                if let Some(byte) = line.get_mut(pixel / 8) {
                    *byte |= 0x80 >> (pixel % 8);
                }
            }
            for _ in 0..scale {
                rows.extend_from_slice(&line);
            }
        }
        rows
    }
}

/// The whole text as one segment of bytes: scanners then read what was written, letter case included.
fn encode_bytes(text: &[u8], version: Version) -> Option<QrCode> {
    let mut bits = Bits::new(version);
    bits.push_byte_data(text).ok()?;
    bits.push_terminator(EcLevel::M).ok()?;
    QrCode::with_bits(bits, EcLevel::M).ok()
}
