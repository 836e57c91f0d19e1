//! QR codes of links: byte mode, error correction M (about 15 % of the symbol may be unreadable), quiet zone of
//! four modules, black on white whatever the theme around it.
//!
//! One module for every picture that a phone has to read: pre-checks, pump stickers, the cashier's screen.

use maud::{Markup, PreEscaped, html};
use qrcode::{
    Color, EcLevel, QrCode, Version,
    bits::Bits,
    render::{Renderer, svg},
};

/// White modules on each side, without which scanners do not find the symbol.
pub const QUIET_ZONE: u8 = 4;
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
    /// Row by row, without the quiet zone.
    modules: Vec<Color>,
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
        Ok(Self { width: code.width(), modules: code.into_colors() })
    }

    /// Modules in a row with the quiet zone on both sides.
    #[must_use]
    pub fn side(&self) -> usize {
        self.width + 2 * usize::from(QUIET_ZONE)
    }

    /// Whether a module is black. Modules are counted from the corner of the quiet zone; outside is white.
    #[must_use]
    pub fn is_dark(&self, column: usize, row: usize) -> bool {
        let quiet_zone = usize::from(QUIET_ZONE);
        let (Some(x), Some(y)) = (column.checked_sub(quiet_zone), row.checked_sub(quiet_zone)) else {
            return false;
        };
        x < self.width && self.modules.get(y * self.width + x) == Some(&Color::Dark)
    }

    /// Draws a whole SVG document that scales without blur. `label` is its text alternative.
    #[must_use]
    pub fn to_svg(&self, label: &str) -> String {
        self.to_markup(label).into_string()
    }

    /// The SVG document as an element of a page.
    #[must_use]
    pub fn to_markup(&self, label: &str) -> Markup {
        let attributes = html! { (PreEscaped(r#" role="img" aria-label=""#)) (label) (PreEscaped(r#"""#)) };
        self.draw(DEFAULT_SCALE_PX, &attributes.into_string())
    }

    /// The `<svg>` element without a text alternative, to be placed in another drawing: [`side`](Self::side) units wide.
    #[must_use]
    pub fn to_part(&self) -> Markup {
        self.draw(1, "")
    }

    /// The drawing of the library without its XML declaration, which a page must not have, and with more attributes.
    fn draw(&self, scale: u32, attributes: &str) -> Markup {
        let document = Renderer::<svg::Color<'_>>::new(&self.modules, self.width, QUIET_ZONE.into())
            .module_dimensions(scale, scale)
            .build();
        let (_, element) = document.split_once("<svg").unwrap_or_default();
        PreEscaped(format!("<svg{attributes}{element}"))
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
