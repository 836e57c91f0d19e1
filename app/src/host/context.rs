//! What pages know of the host and may ask of it.

use std::{
    cell::RefCell,
    rc::{Rc, Weak},
    sync::Arc,
};

use gloo_timers::callback::Timeout;
use leptos::{
    html::ElementType,
    prelude::{
        Effect, Get, NodeRef, RwSignal, Set, StoredValue, UpdateValue, With, WithValue, on_cleanup,
        provide_context, use_context, window_event_listener,
    },
};
use send_wrapper::SendWrapper;
use wasm_bindgen::JsCast;

use super::{
    height::HeightWatch,
    message::{Init, InitKind, PaymentResult},
    session::{HostRefusal, HostSession, Input, Output},
    settings::HostSettings,
    transport::{self, Transport},
};

/// Kind of the opening, as pages see it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Not known yet; also what the server renders.
    #[default]
    Connecting,
    /// In the marketplace or the app: our own order.
    Order,
    /// On the payment page of another order: we add a service to it.
    Suborder,
    /// Without a host, in a browser of its own.
    Standalone,
}

/// The bridge as pages see it. Copy it freely; reading is reactive, and every request to the host is safe on
/// the server, where it does nothing.
#[derive(Clone, Copy)]
pub struct HostContext {
    state: HostState,
    driver: StoredValue<Option<SendWrapper<Rc<HostDriver>>>>,
}

/// State of the session, as signals.
#[derive(Clone, Copy)]
struct HostState {
    mode: RwSignal<Mode>,
    init: RwSignal<Option<Arc<Init>>>,
    payment: RwSignal<Option<PaymentResult>>,
    offer: RwSignal<bool>,
}

/// Opens the bridge for this page and everything below it; call once, in the root component. Reads `?id=`
/// at once, before the router can rewrite the address; connects when the page answers to touch.
///
/// `settings` come from the server and must be the same for both renders, for instance by a `SharedValue`.
pub fn provide_host(settings: HostSettings) -> HostContext {
    if cfg!(target_arch = "wasm32") {
        transport::frame_id();
    }
    let state = HostState {
        mode: RwSignal::new(Mode::Connecting),
        init: RwSignal::new(None),
        payment: RwSignal::new(None),
        offer: RwSignal::new(false),
    };
    // Filled in the browser only: a browser's value that is made on the server is dropped on another thread.
    let host = HostContext { state, driver: StoredValue::new(None) };
    Effect::new(move |_| host.open(settings.clone()));
    on_cleanup(move || host.close());
    provide_context(host);
    host
}

/// The bridge of this page; `None` where no root component has opened one.
#[must_use]
pub fn use_host() -> Option<HostContext> {
    use_context()
}

/// Reports the height of `root` to the host while it sizes its frame by our content.
pub fn report_height<E>(root: NodeRef<E>)
where
    E: ElementType,
    E::Output: JsCast + Clone + Into<web_sys::Element> + 'static,
{
    let Some(host) = use_host() else { return };
    Effect::new(move |_| {
        let sized_by_us = host.is_framed() && !host.is_full_height();
        host.watch_height(root.get().filter(|_| sized_by_us).map(Into::into));
    });
    on_cleanup(move || host.watch_height(None));
}

/// Reports `unavailable` on the payment page of an invoice that fuel cannot be added to.
pub fn leave_unfit_invoice() {
    let Some(host) = use_host() else { return };
    let unfit =
        |init: Arc<Init>| matches!(init.kind, InitKind::Suborder { .. }) && !init.metadata.takes_fuel();
    Effect::new(move |_| {
        if host.details().is_some_and(unfit) {
            _ = host.report_unavailable();
        }
    });
}

/// Asks a host that was silent once more whenever the page is looked at again, as after a sleep of the phone.
pub fn reconnect_when_seen() {
    let Some(host) = use_host().filter(|_| cfg!(target_arch = "wasm32")) else { return };
    let seen = window_event_listener(leptos::ev::visibilitychange, move |_| host.reconnect());
    on_cleanup(move || seen.remove());
}

/// Asks the host to show a failure that leaves our page empty, as soon as there is a host.
pub fn report_error_to_host(failure: String) {
    let Some(host) = use_host() else { return };
    Effect::new(move |is_reported: Option<bool>| {
        is_reported == Some(true) || (host.is_framed() && host.report_error(Some(&failure)).is_ok())
    });
}

impl HostContext {
    /// Kind of the opening.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.state.mode.get()
    }

    /// Whether a host has answered.
    #[must_use]
    pub fn is_framed(&self) -> bool {
        matches!(self.mode(), Mode::Order | Mode::Suborder)
    }

    /// Language tag that the host asks for.
    #[must_use]
    pub fn locale(&self) -> Option<String> {
        self.init(|init| init.locale.clone())
    }

    /// The point of sale that was opened.
    #[must_use]
    pub fn shop_id(&self) -> Option<i64> {
        self.init(|init| init.shop_id)
    }

    /// The invoice that our order joins, in a suborder.
    #[must_use]
    pub fn order_container_id(&self) -> Option<String> {
        self.init(|init| match &init.kind {
            InitKind::Suborder { order_container_id } => Some(order_container_id.clone()),
            InitKind::Order => None,
        })
    }

    /// Whether the host gives us a container of fixed height.
    #[must_use]
    pub fn is_full_height(&self) -> bool {
        self.init(|init| Some(init.full_height)).unwrap_or_default()
    }

    /// Whether our frame is as tall as what is in it, so that nothing can float above the page. Reactive.
    #[must_use]
    pub fn sizes_by_content(&self) -> bool {
        self.mode() == Mode::Suborder || (self.is_framed() && !self.is_full_height())
    }

    /// All data of the host, with hints for the form and the metadata of the invoice that we would join.
    #[must_use]
    pub fn details(&self) -> Option<Arc<Init>> {
        self.state.init.get()
    }

    /// State of the payment that [`Self::pay`] began, as the host sees it. A hint: poll the backend.
    #[must_use]
    pub fn payment_result(&self) -> Option<PaymentResult> {
        self.state.payment.get()
    }

    /// Whether to show the button «Перейти к оплате», which calls [`Self::accept_offer`].
    #[must_use]
    pub fn offers_payment_page(&self) -> bool {
        self.state.offer.get()
    }

    /// Sends the payer to pay: `checkout` or `done` by mode and setting, plain navigation without a host.
    /// While the mode is unknown the request waits, ten seconds at most.
    ///
    /// # Errors
    /// [`HostRefusal::ForbiddenPaymentAddress`] for an address that is not on an allowed payment host;
    /// [`HostRefusal::NotConnected`] before the page is interactive.
    pub fn pay(&self, url: &str) -> Result<(), HostRefusal> {
        self.state.payment.set(None);
        self.ask(Input::Pay(url.to_owned()))
    }

    /// Takes the offered way to the payment page; only on the driver's press.
    ///
    /// # Errors
    /// [`HostRefusal::NotConnected`] while no host has opened the session.
    pub fn accept_offer(&self) -> Result<(), HostRefusal> {
        self.ask(Input::AcceptOffer)
    }

    /// Asks the host to show this failure, or its default text.
    ///
    /// # Errors
    /// [`HostRefusal::NotConnected`] while no host has opened the session; show it on our own screen then.
    pub fn report_error(&self, text: Option<&str>) -> Result<(), HostRefusal> {
        self.ask(Input::Error(text.map(str::to_owned)))
    }

    /// Opens one of our own absolute addresses, or a document of the network, beside us.
    ///
    /// # Errors
    /// [`HostRefusal::ForbiddenLink`] for any other address; [`HostRefusal::NotConnected`] before the page is
    /// interactive or while the host is asked.
    pub fn open_link(&self, url: &str) -> Result<(), HostRefusal> {
        self.ask(Input::Link(url.to_owned()))
    }

    /// Reports that the service does not fit this payer or invoice; the host closes us.
    ///
    /// # Errors
    /// [`HostRefusal::NotConnected`] while no host has opened the session.
    pub fn report_unavailable(&self) -> Result<(), HostRefusal> {
        self.ask(Input::Unavailable)
    }

    /// Tries again while the page is standalone.
    pub fn reconnect(&self) {
        self.ask(Input::Connect).ok();
    }

    fn init<T>(&self, read: impl FnOnce(&Init) -> Option<T>) -> Option<T> {
        self.state.init.with(|init| init.as_deref().and_then(read))
    }

    fn ask(&self, input: Input) -> Result<(), HostRefusal> {
        self.driver().map_or(Err(HostRefusal::NotConnected), |driver| driver.step(input))
    }

    fn driver(&self) -> Option<Rc<HostDriver>> {
        self.driver.try_with_value(|driver| driver.as_deref().cloned()).flatten()
    }

    fn open(&self, settings: HostSettings) {
        let Some(driver) = HostDriver::open(settings, self.state) else { return };
        self.driver.update_value(|kept| *kept = Some(SendWrapper::new(Rc::clone(&driver))));
        driver.step(Input::Connect).ok();
    }

    fn close(&self) {
        if let Some(Some(driver)) = self.driver.try_update_value(Option::take) {
            driver.step(Input::Disconnect).ok();
        }
    }

    fn watch_height(&self, element: Option<web_sys::Element>) {
        if let Some(driver) = self.driver() {
            driver.watch_height(element);
        }
    }
}

/// Carries out the outputs of the session. Dropping it ends listeners, timers and the watch of the height.
struct HostDriver {
    session: RefCell<HostSession>,
    transport: Transport,
    timer: RefCell<Option<Timeout>>,
    height: RefCell<Option<HeightWatch>>,
    id: Option<String>,
    state: HostState,
    self_ref: Weak<Self>,
}

impl HostDriver {
    fn open(settings: HostSettings, state: HostState) -> Option<Rc<Self>> {
        let (window, launch) = transport::launch()?;
        let (channel, id) = (launch.channel, launch.id.clone());
        let driver = Rc::new_cyclic(|self_ref: &Weak<Self>| {
            let listener = self_ref.clone();
            let on_delivery = move |delivery| {
                if let Some(driver) = listener.upgrade() {
                    driver.step(Input::Delivered(delivery)).ok();
                }
            };
            Self {
                session: RefCell::new(HostSession::new(settings, launch)),
                transport: Transport::open(window, channel, on_delivery),
                timer: RefCell::new(None),
                height: RefCell::new(None),
                id,
                state,
                self_ref: self_ref.clone(),
            }
        });
        Some(driver)
    }

    /// Applies one input and carries out its outputs; returns the first refusal.
    fn step(&self, input: Input) -> Result<(), HostRefusal> {
        let outputs = self.session.borrow_mut().step(input);
        outputs.into_iter().map(|output| self.perform(output)).fold(Ok(()), Result::and)
    }

    fn perform(&self, output: Output) -> Result<(), HostRefusal> {
        match output {
            Output::Post { message, target } => {
                self.transport.post(&message.to_value(self.id.as_deref()), target.as_deref());
            }
            Output::StartTimer(timer, milliseconds) => {
                let driver = self.self_ref.clone();
                let timeout = Timeout::new(milliseconds, move || {
                    if let Some(driver) = driver.upgrade() {
                        driver.step(Input::Elapsed(timer)).ok();
                    }
                });
                // A new timer makes the one before stale, so one place is enough.
                self.timer.replace(Some(timeout));
            }
            Output::Opened(init) => {
                let mode = match init.kind {
                    InitKind::Order => Mode::Order,
                    InitKind::Suborder { .. } => Mode::Suborder,
                };
                self.state.init.set(Some(Arc::from(init)));
                self.state.mode.set(mode);
            }
            Output::Standalone => self.state.mode.set(Mode::Standalone),
            Output::PaymentReported(result) => self.state.payment.set(Some(result)),
            Output::Offer(shown) => self.state.offer.set(shown),
            Output::Navigate(url) => transport::navigate(&url),
            Output::OpenTab(url) => transport::open_tab(&url),
            Output::Refused(refusal) => return Err(refusal),
        }
        Ok(())
    }

    fn watch_height(&self, element: Option<web_sys::Element>) {
        let driver = self.self_ref.clone();
        let watch = element.and_then(|element| {
            HeightWatch::start(element, move |pixels| {
                if let Some(driver) = driver.upgrade() {
                    driver.step(Input::Height(pixels)).ok();
                }
            })
        });
        self.height.replace(watch);
    }
}
