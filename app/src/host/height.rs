//! Measures the content for a host that sizes its frame by it.

use std::{cell::Cell, rc::Rc};

use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, ResizeObserver};

/// Watches one element; stops when dropped.
pub(super) struct HeightWatch {
    observer: ResizeObserver,
    _on_resize: Closure<dyn FnMut()>,
    _on_frame: Rc<Closure<dyn FnMut()>>,
}

impl HeightWatch {
    /// Calls `on_height` with the element's height in whole CSS pixels, rounded up, after each change of size but
    /// at most once per animation frame.
    pub(super) fn start(element: Element, on_height: impl Fn(u32) + 'static) -> Option<Self> {
        let is_requested = Rc::new(Cell::new(false));
        let on_frame = Rc::new(Closure::<dyn FnMut()>::new({
            let (is_requested, element) = (Rc::clone(&is_requested), element.clone());
            move || {
                is_requested.set(false);
                if let Some(pixels) = whole_pixels(element.get_bounding_client_rect().height()) {
                    on_height(pixels);
                }
            }
        }));
        let on_resize = Closure::<dyn FnMut()>::new({
            let on_frame = Rc::clone(&on_frame);
            move || {
                if !is_requested.replace(true)
                    && let Some(window) = web_sys::window()
                {
                    let callback = (*on_frame).as_ref().unchecked_ref();
                    window.request_animation_frame(callback).ok();
                }
            }
        });
        let observer = ResizeObserver::new(on_resize.as_ref().unchecked_ref()).ok()?;
        observer.observe(&element);
        Some(Self { observer, _on_resize: on_resize, _on_frame: on_frame })
    }
}

impl Drop for HeightWatch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

fn whole_pixels(height: f64) -> Option<u32> {
    let whole = height.ceil();
    (whole >= 0.0 && whole <= f64::from(u32::MAX)).then_some(whole as u32)
}

#[cfg(test)]
mod tests {
    use super::whole_pixels;

    #[test]
    fn heights_are_rounded_up_and_nonsense_is_dropped() {
        assert_eq!(whole_pixels(611.2), Some(612));
        assert_eq!(whole_pixels(612.0), Some(612));
        assert_eq!(whole_pixels(0.0), Some(0));
        for nonsense in [f64::NAN, -1.5, f64::INFINITY] {
            assert_eq!(whole_pixels(nonsense), None);
        }
    }
}
