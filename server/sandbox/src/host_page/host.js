// The host's side of the messages with the mini-app (docs/host-messages.md). Every setting is a query parameter, so a
// test is one address.

const RESULTS_BY_STATUS = {
  paid: 'completed', authorising: 'completed', ready: 'completed', fuelling: 'completed',
  completed: 'completed', unavailable: 'completed', canceled: 'canceled', expired: 'expired', failed: 'canceled',
};

const params = new URLSearchParams(location.search);
const parameter = (name, otherwise) => params.get(name) || otherwise;
const $ = (id) => document.getElementById(id);

// A nested copy of this page is a foreign window: it posts a message to the mini-app and is not its host.
if (params.has('foreign')) {
  window.parent.frames['mini-app'].postMessage(JSON.parse(params.get('foreign')), '*');
} else {
  open();
}

function open() {
  const settings = read();
  const root = document.documentElement;
  root.dataset.type = settings.type;
  root.dataset.height = settings.fullHeight ? 'full' : 'content';
  root.lang = 'ru';
  fillForm();

  const frame = mount($('place'), 'mini-app', 'Мини-приложение');
  const host = { ...settings, frame, payFrame: null, reportedResult: null, closed: false };
  if (host.transport === 'webview') emulateWebView(host);
  window.addEventListener('message', (event) => receiveFromWindow(host, event));
  bindButtons(host);

  const address = new URL(host.path, location.origin);
  if (address.origin !== location.origin) {
    note(`Чужой адрес не открывается: ${host.path}`);
    return;
  }
  address.searchParams.set('id', host.id);
  if (!host.fullHeight) frame.scrolling = 'no';
  frame.src = address.href;
}

function read() {
  const type = parameter('type', 'order') === 'suborder' ? 'suborder' : 'order';
  const full = parameter('fullHeight', String(type === 'order'));
  let metaData = [];
  try {
    metaData = JSON.parse(parameter('metaData', '[]'));
  } catch {
    note('metaData – не JSON, передаётся пустой список');
  }
  return {
    id: Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join(''),
    type,
    locale: parameter('locale', 'ru'),
    transport: parameter('transport', 'iframe') === 'webview' ? 'webview' : 'iframe',
    via: parameter('via', 'window-object'),
    path: parameter('path', '/'),
    shopId: parameter('shopId', null),
    fullHeight: full === 'true',
    container: parameter('container', '0199f0a1-5c3e-7a00-b111-000000000001'),
    // An empty value is deliberate: the host then sends no such detail.
    userName: params.get('userName') ?? 'Пётр Орлов',
    userEmail: params.get('userEmail') ?? 'p.orlov@firma.example',
    userPhone: params.get('userPhone') ?? '+79990001122',
    metaData,
    initDelay: Number(parameter('initDelay', '0')) || 0,
    noInit: params.has('noInit') && params.get('noInit') !== '0',
    noCheckout: params.has('noCheckout') && params.get('noCheckout') !== '0',
  };
}

function fillForm() {
  for (const field of document.querySelectorAll('form [name]')) {
    if (field.type === 'checkbox') field.checked = params.has(field.name);
    else if (params.has(field.name)) field.value = params.get(field.name);
  }
}

function mount(place, name, title) {
  const frame = document.createElement('iframe');
  frame.name = name;
  frame.title = title;
  frame.allow = 'geolocation; clipboard-write';
  place.replaceChildren(frame);
  return frame;
}

// --- Transports ------------------------------------------------------------------------------------------

// The native object must be in the frame's window before the mini-app connects, and browsers carry nothing
// over from a blank frame. So it is given to each new window within a few milliseconds of its appearing; the
// mini-app looks for it only after its WebAssembly has arrived and started, many ticks later.
function emulateWebView(host) {
  const native = {
    postMessage(...args) {
      if (args.length !== 1 || typeof args[0] !== 'string') {
        note(`ReactNativeWebView.postMessage: нужен один аргумент-строка, пришло ${args.length}`);
        return;
      }
      let message;
      try {
        message = JSON.parse(args[0]);
      } catch {
        note(`ReactNativeWebView.postMessage: не JSON: ${args[0]}`);
        return;
      }
      receive(host, message);
    },
  };
  const inject = () => {
    try {
      const inside = host.frame.contentWindow;
      if (inside && !inside.ReactNativeWebView) inside.ReactNativeWebView = native;
    } catch {
      // A page of another origin is in the frame: no mini-app, so nothing to inject.
    }
  };
  setInterval(inject, 4);
}

function receiveFromWindow(host, event) {
  if (host.payFrame && event.source === host.payFrame.contentWindow) {
    // The sandbox's payment page may report its result: {sandboxPayment: "completed"}.
    const result = event.data?.sandboxPayment;
    if (typeof result === 'string') host.reportedResult = result;
  } else if (host.transport === 'iframe' && event.source === host.frame.contentWindow) {
    receive(host, event.data);
  }
}

function send(host, message) {
  log('out', message);
  const inside = host.frame.contentWindow;
  if (host.closed || !inside) {
    note('Мини-приложение закрыто, сообщение некому получить');
  } else if (host.transport === 'iframe') {
    inside.postMessage(message, location.origin);
  } else {
    const text = typeof message === 'string' ? message : JSON.stringify(message);
    const fire = (target, data) => target.dispatchEvent(new inside.MessageEvent('message', { data }));
    const object = () => (typeof message === 'string' ? message : inside.JSON.parse(text));
    if (host.via === 'window-object') fire(inside, object());
    if (host.via === 'window-text' || host.via === 'both') fire(inside, text);
    if (host.via === 'document-text' || host.via === 'both') fire(inside.document, text);
  }
}

// --- Messages of the mini-app ------------------------------------------------------------------------------

function receive(host, message) {
  if (typeof message !== 'object' || message === null || message.id !== host.id) {
    note(`Не наше сообщение: ${JSON.stringify(message)}`);
    return;
  }
  log('in', message);
  const { action, data } = message;
  if (action === 'init') {
    if (!host.noInit) setTimeout(() => send(host, init(host)), host.initDelay);
  } else if (action === 'height') {
    if (Number.isInteger(data) && data >= 0 && !host.fullHeight) host.frame.style.blockSize = `${data}px`;
    else note(`height не применён: ${data}`);
  } else if (action === 'done') {
    finish(host, data);
  } else if (action === 'checkout' && !host.noCheckout) {
    checkout(host, data);
  } else if (action === 'error') {
    show(data ?? 'Что-то пошло не так');
  } else if (action === 'link') {
    openLink(data);
  } else if (action === 'unavailable') {
    close(host);
    show('Услуга недоступна для этого заказа');
  } else {
    note(`Незнакомое действие: ${action}`);
  }
}

function init(host) {
  const fields = {
    minappType: host.type,
    userName: host.userName,
    userEmail: host.userEmail,
    userPhone: host.userPhone,
    locale: host.locale,
    fullHeight: host.fullHeight,
  };
  if (host.type === 'suborder') fields.orderContainerId = host.container;
  if (host.shopId !== null) fields.shopId = Number(host.shopId);
  return { id: host.id, action: 'init', data: { public: fields, private: { metaData: host.metaData } } };
}

function close(host) {
  host.closed = true;
  host.frame.remove();
}

function finish(host, url) {
  if (url === null) {
    close(host);
    show('Заказ оформлен, оплата вне Инвойсбокс');
    return;
  }
  if (!webAddress(url)) return;
  close(host);
  closeOverlay(host);
  show(host.type === 'suborder' ? 'Заказ добавлен в счёт' : '');
  $('window').dataset.paying = '';
  host.payFrame = mount($('place'), 'payment', 'Платёжная страница');
  host.payFrame.addEventListener('load', () => {
    const order = returnedTo(host.payFrame);
    if (order) note(`Возврат на страницу заказа ${order}`);
  });
  host.payFrame.src = url;
}

function checkout(host, url) {
  if (!webAddress(url)) return;
  host.reportedResult = null;
  host.payFrame = mount($('payment'), 'payment', 'Платёжная страница');
  $('overlay').hidden = false;
  const payFrame = host.payFrame;
  payFrame.addEventListener('load', async () => {
    const order = returnedTo(payFrame);
    if (!order) return;
    const result = await outcome(host, payFrame, order);
    if (host.payFrame === payFrame) endCheckout(host, result);
  });
  payFrame.src = url;
}

// The payer has come back from the payment page to one of our own order pages.
function returnedTo(frame) {
  try {
    return frame.contentWindow.location.pathname.match(/^\/orders\/([^/]+)/)?.[1] ?? null;
  } catch {
    return null;
  }
}

// The result that a real host would know: that of the payment page, else that of the order, else what the return
// address suggests, else unknown.
async function outcome(host, payFrame, order) {
  if (host.reportedResult) return host.reportedResult;
  const hint = payFrame.contentWindow.location.search;
  try {
    const answer = await fetch('/api/orders/get', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id: decodeURIComponent(order) }),
    });
    const result = RESULTS_BY_STATUS[(await answer.json()).status];
    if (result) return result;
  } catch {
    note('Статус заказа не получен');
  }
  if (/fail|cancel|declin/i.test(hint)) return 'canceled';
  return /success/i.test(hint) ? 'pending' : 'unknown';
}

function endCheckout(host, result) {
  closeOverlay(host);
  send(host, { id: host.id, action: 'paymentResult', data: result });
}

function closeOverlay(host) {
  $('overlay').hidden = true;
  $('payment').replaceChildren();
  host.payFrame = null;
}

// --- The tester's buttons -----------------------------------------------------------------------------------

function bindButtons(host) {
  $('give-up').addEventListener('click', () => endCheckout(host, 'canceled'));
  for (const button of document.querySelectorAll('[data-result]')) {
    button.addEventListener('click', () => {
      const over = !['pending', 'unknown'].includes(button.dataset.result);
      if (over && !host.closed) closeOverlay(host);
      send(host, { id: host.id, action: 'paymentResult', data: button.dataset.result });
    });
  }
  for (const button of document.querySelectorAll('[data-trick]')) {
    button.addEventListener('click', () => sendHostileMessage(host, button.dataset.trick));
  }
}

function sendHostileMessage(host, name) {
  const good = init(host);
  const result = { id: host.id, action: 'paymentResult', data: 'completed' };
  if (name === 'foreign') {
    const foreignFrame = document.createElement('iframe');
    foreignFrame.hidden = true;
    foreignFrame.src = `/sandbox/host?foreign=${encodeURIComponent(JSON.stringify(result))}`;
    foreignFrame.addEventListener('load', () => setTimeout(() => foreignFrame.remove(), 1000));
    document.body.append(foreignFrame);
    note(`Из чужого окна: ${JSON.stringify(result)}`);
    return;
  }
  const messages = {
    init: () => good,
    'foreign-id': () => ({ ...result, id: `${host.id}-other` }),
    'number-id': () => ({ ...result, id: 7 }),
    'no-data': () => ({ id: host.id, action: 'init' }),
    'bad-type': () => ({ ...good, data: { ...good.data, public: { ...good.data.public, minappType: 'widget' } } }),
    'unknown-action': () => ({ id: host.id, action: 'resize', data: 1 }),
    null: () => null,
    'broken-text': () => `{"id":"${host.id}","action":"init",`,
    deep: () => ({ ...result, extra: JSON.parse('['.repeat(100) + ']'.repeat(100)) }),
    huge: () => ({ ...result, extra: 'x'.repeat(300 * 1024) }),
    prototype: () => JSON.parse(`{"id":"${host.id}","action":"resize","__proto__":{"polluted":true}}`),
  };
  send(host, messages[name]());
}

// --- What people see ----------------------------------------------------------------------------------------

function show(text) {
  $('notice').textContent = text;
  $('notice').hidden = text === '';
}

function openLink(url) {
  if (!webAddress(url)) return;
  const link = document.createElement('a');
  link.href = url;
  link.target = '_blank';
  link.rel = 'noopener';
  link.textContent = url;
  $('notice').replaceChildren('Ссылка: ', link);
  $('notice').hidden = false;
  link.click();
}

function webAddress(url) {
  const good = typeof url === 'string' && /^https?:\/\//i.test(url) && URL.canParse(url);
  if (!good) note(`Не адрес: ${JSON.stringify(url)}`);
  return good;
}

function note(text) {
  write('note', text);
}

function log(direction, message) {
  const item = write(direction, `${direction === 'in' ? '←' : '→'} ${shorten(JSON.stringify(message))}`);
  if (message?.action) item.dataset.action = message.action;
}

function write(direction, text) {
  const item = document.createElement('li');
  item.dataset.direction = direction;
  item.textContent = text;
  $('log').append(item);
  return item;
}

function shorten(text) {
  return text.length > 2000 ? `${text.slice(0, 2000)}… (${text.length})` : text;
}
