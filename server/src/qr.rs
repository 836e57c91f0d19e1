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
pub const USUAL_SCALE: u32 = 8;
/// Larger pictures are asked for as SVG.
const LARGEST_SCALE: u32 = 32;

/// A text that no symbol can hold: 2331 bytes are the most at this level of correction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} bytes are more than a QR code can hold")]
pub struct TooLong(pub usize);

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
    pub fn of(text: &str) -> Result<Self, TooLong> {
        let code = (1..=40)
            .find_map(|version| encode(text.as_bytes(), Version::Normal(version)))
            .ok_or(TooLong(text.len()))?;
        let modules = code.to_colors().into_iter().map(|color| color == Color::Dark).collect();
        Ok(Self { modules, width: code.width() })
    }

    /// Modules in a row with the quiet zone on both sides.
    #[must_use]
    pub fn side(&self) -> usize {
        self.width + 2 * QUIET_ZONE
    }

    /// Is the module black? Counted from the corner of the quiet zone; outside is white.
    #[must_use]
    pub fn is_dark(&self, column: usize, row: usize) -> bool {
        let (Some(x), Some(y)) = (column.checked_sub(QUIET_ZONE), row.checked_sub(QUIET_ZONE)) else {
            return false;
        };
        x < self.width && self.modules.get(y * self.width + x).copied().unwrap_or(false)
    }

    /// The black modules as data of one SVG path, in units of modules from the corner of the quiet zone.
    #[must_use]
    pub fn path(&self) -> String {
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

    /// A whole SVG document that scales without blur. `label` is read out in its place.
    #[must_use]
    pub fn svg(&self, label: &str) -> String {
        self.drawing(label).into_string()
    }

    /// The same as an element of a page.
    #[must_use]
    pub fn drawing(&self, label: &str) -> Markup {
        let side = self.side();
        let scaled = side * usize::try_from(USUAL_SCALE).unwrap_or(1);
        html! {
            svg xmlns="http://www.w3.org/2000/svg" viewBox={ "0 0 " (side) " " (side) } width=(scaled) height=(scaled)
                shape-rendering="crispEdges" role="img" aria-label=(label) { (self.paths()) }
        }
    }

    /// The symbol as two SVG paths, white ground and black modules, in units of modules.
    #[must_use]
    pub fn paths(&self) -> Markup {
        let side = self.side();
        html! {
            path fill="#fff" d={ "M0 0h" (side) "v" (side) "H0z" } {}
            path fill="#000" d=(self.path()) {}
        }
    }

    /// A PNG picture in black and white; `scale` is pixels of a module, 1 to 32.
    ///
    /// # Errors
    /// The encoder's, which writes to memory and has no reason to fail.
    pub fn png(&self, scale: u32) -> Result<Vec<u8>, png::EncodingError> {
        let scale = scale.clamp(1, LARGEST_SCALE);
        let side = u32::try_from(self.side()).unwrap_or(u32::MAX).saturating_mul(scale);
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, side, side);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        encoder.write_header()?.write_image_data(&self.rows(scale))?;
        Ok(bytes)
    }

    /// Rows of pixels, one bit each, white set, padded to whole bytes.
    fn rows(&self, scale: u32) -> Vec<u8> {
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
fn encode(text: &[u8], version: Version) -> Option<QrCode> {
    let mut bits = Bits::new(version);
    bits.push_byte_data(text).ok()?;
    bits.push_terminator(EcLevel::M).ok()?;
    QrCode::with_bits(bits, EcLevel::M).ok()
}
