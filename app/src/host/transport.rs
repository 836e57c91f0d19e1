//! Messages to and from the host by the browser's means; the only file that posts a message.
//!
//! Frame: structured objects to the parent. App: JSON text to the native side, which answers with an object
//! or with text, on `window` or on `document`, depending on platform and version; all four are read.

use std::cell::OnceCell;

use js_sys::{Array, Function, JSON, JsString, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{EventTarget, MessageEvent, Window};

use super::{
    delivery::{Delivery, Sender, Target},
    launch::{Channel, Launch},
    value::{ForeignValue, MAX_PAYLOAD_BYTES, PayloadBudget, UnreadableValue, Value, ValueLevel, read},
};

/// Name of the native side's object in the window.
const NATIVE_BRIDGE_NAME: &str = "ReactNativeWebView";

/// Key of the frame's id in the tab's storage: after a reload the address may not have it any more.
const FRAME_ID_STORAGE_KEY: &str = "kolonka.frame";

thread_local! {
    /// `?id=` as the page was opened: client-side navigation rewrites the address.
    static FRAME_ID: OnceCell<Option<String>> = const { OnceCell::new() };
}

/// Reads and keeps the frame's id; the first call counts, so make it before any navigation. Browser only.
pub(super) fn frame_id() -> Option<String> {
    FRAME_ID.with(|kept| kept.get_or_init(read_frame_id).clone())
}

fn read_frame_id() -> Option<String> {
    let window = web_sys::window()?;
    let query = window.location().search().ok()?;
    let given = web_sys::UrlSearchParams::new_with_str(&query).ok()?.get("id");
    // A foreign frame may have no storage: then after a reload the id is unknown, and the page is standalone.
    let Some(storage) = window.session_storage().ok().flatten() else { return given };
    match given {
        Some(id) => {
            storage.set_item(FRAME_ID_STORAGE_KEY, &id).ok();
            Some(id)
        }
        None => storage.get_item(FRAME_ID_STORAGE_KEY).ok().flatten(),
    }
}

/// Reads from the window how we were opened. Browser only; `None` outside a window.
pub(super) fn launch() -> Option<(Window, Launch)> {
    let window = web_sys::window()?;
    let launch = Launch {
        channel: channel(&window),
        id: frame_id(),
        own_origin: window.location().origin().ok()?,
        parent_origin: parent_origin(&window),
    };
    Some((window, launch))
}

/// Leaves for this address.
pub(super) fn navigate(url: &str) {
    if let Some(window) = web_sys::window() {
        window.location().assign(url).ok();
    }
}

/// Opens this address beside us.
pub(super) fn open_tab(url: &str) {
    if let Some(window) = web_sys::window() {
        window.open_with_url_and_target(url, "_blank").ok();
    }
}

fn channel(window: &Window) -> Channel {
    if native_bridge(window).is_some() {
        Channel::WebView
    } else if parent_window(window).is_some() {
        Channel::Iframe
    } else {
        Channel::Nobody
    }
}

fn native_bridge(window: &Window) -> Option<JsValue> {
    Reflect::get(window, &NATIVE_BRIDGE_NAME.into()).ok().filter(JsValue::is_object)
}

fn parent_window(window: &Window) -> Option<Window> {
    window.parent().ok().flatten().filter(|parent| !Object::is(parent, window))
}

/// `location.ancestorOrigins[0]`, which not every browser has. The referrer is no substitute: after a
/// navigation inside the frame it names the page before us, not the window around us.
fn parent_origin(window: &Window) -> Option<String> {
    let list = Reflect::get(&window.location(), &"ancestorOrigins".into()).ok().filter(JsValue::is_object)?;
    Reflect::get_u32(&list, 0).ok()?.as_string()
}

/// Listeners for messages; dropping it removes them.
pub(super) struct Transport {
    window: Window,
    channel: Channel,
    _listeners: Vec<Listener>,
}

impl Transport {
    /// Listens on `window` and on `document`; unreadable messages are not passed on.
    pub(super) fn open(
        window: Window,
        channel: Channel,
        on_delivery: impl Fn(Delivery) + Clone + 'static,
    ) -> Self {
        let document = window.document().map(EventTarget::from);
        let targets =
            [(Some(EventTarget::from(window.clone())), Target::Window), (document, Target::Document)];
        let listeners = targets
            .into_iter()
            .filter_map(|(on, target)| Listener::add(on?, target, window.clone(), on_delivery.clone()))
            .collect();
        Self { window, channel, _listeners: listeners }
    }

    /// Sends to the host, readable by `target` only. What cannot be sent is lost: no message is acknowledged.
    pub(super) fn post(&self, message: &Value, target: Option<&str>) {
        let message = to_js(message);
        match self.channel {
            Channel::Iframe => {
                if let Some(parent) = parent_window(&self.window) {
                    parent.post_message(&message, target.unwrap_or("*")).ok();
                }
            }
            Channel::WebView => {
                post_native(&self.window, &message);
            }
            Channel::Nobody => {}
        }
    }
}

fn post_native(window: &Window, message: &JsValue) -> Option<()> {
    let native = native_bridge(window)?;
    let post: Function = Reflect::get(&native, &"postMessage".into()).ok()?.dyn_into().ok()?;
    let text = JSON::stringify(message).ok()?;
    post.call1(&native, &text).ok().map(drop)
}

struct Listener {
    on: EventTarget,
    callback: Closure<dyn FnMut(MessageEvent)>,
}

impl Listener {
    fn add(
        on: EventTarget,
        target: Target,
        window: Window,
        on_delivery: impl Fn(Delivery) + 'static,
    ) -> Option<Self> {
        let callback = Closure::<dyn FnMut(_)>::new(move |event: MessageEvent| {
            if let Ok(data) = read_payload(&event.data()) {
                on_delivery(Delivery {
                    data,
                    origin: event.origin(),
                    sender: sender(&window, &event),
                    target,
                    at_ms: event.time_stamp() as u64,
                });
            }
        });
        on.add_event_listener_with_callback("message", callback.as_ref().unchecked_ref()).ok()?;
        Some(Self { on, callback })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let callback = self.callback.as_ref().unchecked_ref();
        self.on.remove_event_listener_with_callback("message", callback).ok();
    }
}

fn sender(window: &Window, event: &MessageEvent) -> Sender {
    match event.source() {
        None => Sender::Nobody,
        Some(source) if Object::is(&source, window) => Sender::Own,
        Some(source) if parent_window(window).is_some_and(|parent| Object::is(&source, &parent)) => {
            Sender::Parent
        }
        Some(_) => Sender::Other,
    }
}

fn read_payload(data: &JsValue) -> Result<Value, UnreadableValue> {
    let Some(text) = data.dyn_ref::<JsString>() else { return read(&MessageValue(data.clone())) };
    if text.length() as usize > MAX_PAYLOAD_BYTES {
        return Err(UnreadableValue::TooLarge);
    }
    let parsed = JSON::parse(&String::from(text)).map_err(|_| UnreadableValue::NotData)?;
    read(&MessageValue(parsed))
}

/// A value of the page's scripts. Getters may throw, so everything is read by `Reflect`.
struct MessageValue(JsValue);

impl ForeignValue for MessageValue {
    fn read_level(&self, budget: &mut PayloadBudget) -> Result<ValueLevel<Self>, UnreadableValue> {
        let value = &self.0;
        budget.spend(1)?;
        if value.is_null() || value.is_undefined() {
            return Ok(ValueLevel::Leaf(Value::Null));
        }
        if let Some(flag) = value.as_bool() {
            return Ok(ValueLevel::Leaf(Value::Bool(flag)));
        }
        if let Some(number) = value.as_f64() {
            return Ok(ValueLevel::Leaf(Value::Number(number)));
        }
        if let Some(text) = value.dyn_ref::<JsString>() {
            budget.spend(text.length() as usize)?;
            return Ok(ValueLevel::Leaf(Value::Text(text.into())));
        }
        if Array::is_array(value) {
            let items: &Array = value.unchecked_ref();
            budget.spend(items.length() as usize)?;
            return Ok(ValueLevel::List(items.iter().map(Self).collect()));
        }
        if value.is_object() && !value.is_function() {
            properties(value, budget)
        } else {
            Err(UnreadableValue::NotData)
        }
    }
}

/// The own properties of an object; one that is `undefined` counts as missing, as it would in JSON.
fn properties(
    object: &JsValue,
    budget: &mut PayloadBudget,
) -> Result<ValueLevel<MessageValue>, UnreadableValue> {
    let keys = Reflect::own_keys(object).map_err(|_| UnreadableValue::NotData)?;
    budget.spend(keys.length() as usize)?;
    let mut entries = Vec::new();
    for key in keys.iter().filter(JsValue::is_string) {
        let value = Reflect::get(object, &key).map_err(|_| UnreadableValue::NotData)?;
        let name: &JsString = key.unchecked_ref();
        budget.spend(name.length() as usize)?;
        if !value.is_undefined() {
            entries.push((String::from(name), MessageValue(value)));
        }
    }
    Ok(ValueLevel::Object(entries))
}

fn to_js(value: &Value) -> JsValue {
    match value {
        Value::Null => JsValue::NULL,
        Value::Bool(flag) => (*flag).into(),
        Value::Number(number) => (*number).into(),
        Value::Text(text) => text.into(),
        Value::List(items) => items.iter().map(to_js).collect::<Array>().into(),
        Value::Object(entries) => {
            let object = Object::new();
            for (key, value) in entries {
                // Setting a property of a fresh plain object cannot fail.
                Reflect::set(&object, &key.into(), &to_js(value)).ok();
            }
            object.into()
        }
    }
}
