//! Reads QR codes from pixels, as a phone does.

use std::io::Cursor;

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

/// Pixels of a module when a drawing is rasterised.
const PIXELS_PER_MODULE: usize = 4;
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

/// Reads every symbol of an SVG drawing from its rectangles. A symbol is a white path followed by a black one, in a
/// square `viewBox` of modules.
pub fn scan_svg(drawing: &str) -> Vec<Scanned> {
    drawing
        .split("viewBox=\"")
        .filter(|part| part.contains("<path fill=\"#fff\"") && part.contains("<path fill=\"#000\""))
        .map(|part| {
            let sides: Vec<usize> =
                between(part, "", "\"").split(' ').map(|number| number.parse().unwrap()).collect();
            assert_eq!((sides[0], sides[1], sides[2]), (0, 0, sides[3]), "a square");
            let side = sides[2];
            let mut modules = vec![BACKGROUND_GREY; side * side];
            for (fill, shade) in [("#fff", 255), ("#000", 0)] {
                let path = between(part, &format!("<path fill=\"{fill}\" d=\""), "\"");
                for [left, top, right, bottom] in rectangles(path) {
                    for y in top..bottom {
                        modules[y * side + left..y * side + right].fill(shade);
                    }
                }
            }
            scan(side * PIXELS_PER_MODULE, |x, y| {
                modules[y / PIXELS_PER_MODULE * side + x / PIXELS_PER_MODULE]
            })
        })
        .collect()
}

fn scan(side: usize, pixel: impl Fn(usize, usize) -> u8) -> Scanned {
    let margin = 4 * PIXELS_PER_MODULE;
    let whole = side + 2 * margin;
    let inside = margin..margin + side;
    let mut image = PreparedImage::prepare_from_greyscale(whole, whole, |x, y| {
        if inside.contains(&x) && inside.contains(&y) {
            pixel(x - margin, y - margin)
        } else {
            BACKGROUND_GREY
        }
    });
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1, "one symbol is found");
    let (meta, text) = grids[0].decode().expect("a symbol that can be read");
    Scanned { text, version: meta.version.0, correction: meta.ecc_level }
}

/// Corners of the closed rectangles of a path that knows `M`, `h`, `v`, `H` and `z`.
fn rectangles(path: &str) -> Vec<[usize; 4]> {
    path.split('z')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let part = part.strip_prefix('M').expect("a rectangle begins with M");
            let spaced: String = part
                .chars()
                .flat_map(|c| if c.is_ascii_alphabetic() { vec![' ', c] } else { vec![c] })
                .collect();
            let (mut xs, mut ys) = (Vec::new(), Vec::new());
            for (index, word) in spaced.split(' ').enumerate() {
                match (index, word.split_at(word.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(0))) {
                    (0, _) => xs.push(number(word)),
                    (1, _) => ys.push(number(word)),
                    (_, ("h", by)) => xs.push(xs.last().unwrap() + number(by)),
                    (_, ("v", by)) => ys.push(ys.last().unwrap() + number(by)),
                    (_, ("H", to)) => xs.push(number(to)),
                    other => panic!("a path of rectangles has no {other:?}"),
                }
            }
            let side = |numbers: &[i64], most: bool| {
                let edge = if most { numbers.iter().max() } else { numbers.iter().min() };
                usize::try_from(*edge.unwrap()).unwrap()
            };
            [side(&xs, false), side(&ys, false), side(&xs, true), side(&ys, true)]
        })
        .collect()
}

fn number(text: &str) -> i64 {
    text.parse().unwrap_or_else(|_| panic!("`{text}` is a number"))
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let rest = text.split_once(from).unwrap_or_else(|| panic!("no {from}")).1;
    rest.split_once(to).unwrap_or_else(|| panic!("no {to}")).0
}
