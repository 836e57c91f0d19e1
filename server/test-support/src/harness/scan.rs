//! Reads QR codes from pixels, as a phone does.

use std::{io::Cursor, iter};

use rqrr::PreparedImage;

/// Content of one scanned symbol.
#[derive(Debug)]
pub struct Scanned {
    pub text: String,
    /// Version of the symbol, 1 to 40: its size.
    pub version: usize,
    /// Level of correction by the symbol's format bits: 0 is M, 1 L, 2 H, 3 Q.
    pub correction: u16,
}

/// Least side of the picture to which a drawing is rasterised, so that a module has several pixels.
const MIN_SIDE_PX: usize = 240;
/// Dark pixels around a picture.
const MARGIN_PX: usize = 16;
/// Background of a symbol: dark, so that one without its quiet zone cannot be found.
const BACKGROUND_GREY: u8 = 40;

/// Reads the symbol of a PNG picture on a dark background.
pub fn scan_png(bytes: &[u8]) -> Scanned {
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    let (width, line) = (usize::try_from(info.width).unwrap(), info.line_size);
    assert_eq!((info.width, line), (info.height, width), "a square of grey pixels");
    scan(width, |x, y| pixels[y * line + x])
}

/// Reads every symbol of an SVG drawing from its rectangles. A symbol is an `<svg>` with a square `viewBox`, in which
/// a white `<rect>` is followed by a black path.
pub fn scan_svg(drawing: &str) -> Vec<Scanned> {
    drawing
        .split("<svg ")
        .filter(|part| part.contains("<rect ") && part.contains("<path fill=\"#000\""))
        .map(|part| {
            let sides: Vec<usize> = attribute(part, "viewBox").split(' ').map(number).collect();
            assert_eq!((sides[0], sides[1], sides[2]), (0, 0, sides[3]), "a square");
            let side = sides[2];
            let mut units = vec![BACKGROUND_GREY; side * side];
            let ground = between(part, "<rect", "/>");
            assert_eq!(attribute(ground, "fill"), "#fff");
            let ground = ["x", "y", "width", "height"].map(|name| number(attribute(ground, name)));
            let modules = rectangles(between(part, "<path fill=\"#000\" d=\"", "\""));
            for ([left, top, width, height], shade) in
                iter::once((ground, 255)).chain(modules.into_iter().map(|module| (module, 0)))
            {
                for y in top..top + height {
                    units[y * side + left..][..width].fill(shade);
                }
            }
            let scale = MIN_SIDE_PX.div_ceil(side);
            scan(side * scale, |x, y| units[y / scale * side + x / scale])
        })
        .collect()
}

fn scan(side: usize, pixel: impl Fn(usize, usize) -> u8) -> Scanned {
    let whole = side + 2 * MARGIN_PX;
    let inside = MARGIN_PX..MARGIN_PX + side;
    let mut image = PreparedImage::prepare_from_greyscale(whole, whole, |x, y| {
        if inside.contains(&x) && inside.contains(&y) {
            pixel(x - MARGIN_PX, y - MARGIN_PX)
        } else {
            BACKGROUND_GREY
        }
    });
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1, "one symbol is found");
    let (meta, text) = grids[0].decode().expect("a symbol that can be read");
    Scanned { text, version: meta.version.0, correction: meta.ecc_level }
}

/// Left, top, width and height of the rectangles of a path, each drawn as `M1 2h3v4H1V2`.
fn rectangles(path: &str) -> Vec<[usize; 4]> {
    path.split('M')
        .skip(1)
        .map(|part| {
            let numbers: Vec<usize> = part.split([' ', 'h', 'v', 'H', 'V']).map(number).collect();
            let [left, top, width, height, ..] = numbers[..] else { panic!("`{part}` is no rectangle") };
            assert_eq!(part, format!("{left} {top}h{width}v{height}H{left}V{top}"), "a rectangle");
            [left, top, width, height]
        })
        .collect()
}

fn number(text: &str) -> usize {
    text.parse().unwrap_or_else(|_| panic!("`{text}` is a number"))
}

fn attribute<'a>(element: &'a str, name: &str) -> &'a str {
    between(element, &format!(" {name}=\""), "\"")
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let rest = text.split_once(from).unwrap_or_else(|| panic!("no {from}")).1;
    rest.split_once(to).unwrap_or_else(|| panic!("no {to}")).0
}
