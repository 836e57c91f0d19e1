// Every state in which a customer can see an order, as the server's stream sends it to the page.

import type { APIRequestContext, Page } from "@playwright/test";

type OrderView = { status: string; history: { seq: number; at: string; status: string }[] } & Record<string, unknown>;

type State = {
  status: string;
  /** The order has gone through these after its payment. */
  through?: string[];
  more?: Record<string, unknown>;
  message?: [ru: string, en: string];
  /** The line below the title, where it depends on more than the status. */
  text?: [ru: string, en: string];
  title: [ru: string, en: string];
};

const PAID = ["paid"];
const ASKED = ["paid", "authorising"];

/** More than an hour and less than a day ahead. */
const UNTIL = new Date(Date.now() + 5 * 60 * 60 * 1000).toISOString();

/** What the server says to a driver who may start a pump; `more` takes the place of fields of it. */
const waits = (more: Record<string, unknown> = {}) => ({
  start: {
    allowed: true,
    until: UNTIL,
    reason: null,
    tries_left: 5,
    pumps: ["free", "free", "unknown", "out_of_order", "free", "busy"].map((state, index) => ({ number: index + 1, state })),
    ...more,
  },
});
const NO_START = waits({ allowed: false });

const REFUSED: [string, string] = ["АЗС не включила колонку: колонка снята с линии.", "The station did not start the pump: колонка снята с линии."];

export const STATES: Record<string, State> = {
  placing: { status: "placing", title: ["Создаём счёт", "Making the invoice"] },
  paid: { status: "paid", more: waits(), text: ["Вы у колонки 2?", "Are you at pump 2?"], title: ["Оплачено", "Paid"] },
  "paid-without-a-pump": {
    status: "paid",
    more: { ...waits(), pump: null },
    text: ["Выберите колонку, у которой стоите.", "Choose the pump that you are at."],
    title: ["Оплачено", "Paid"],
  },
  "paid-at-a-busy-pump": {
    status: "paid",
    more: { ...waits(), pump: 6 },
    text: [
      "Эта колонка занята. Выберите другую или дождитесь, пока она освободится.",
      "This pump is taken. Choose another one, or wait until it is free.",
    ],
    title: ["Оплачено", "Paid"],
  },
  "start-refused": {
    status: "paid",
    through: ASKED,
    more: waits({ reason: REFUSED[0], tries_left: 3 }),
    message: REFUSED,
    text: ["Осталось попыток: 3.", "Tries left: 3."],
    title: ["Оплачено", "Paid"],
  },
  "not-to-be-started": {
    status: "paid",
    more: NO_START,
    text: ["Колонку сейчас включить нельзя.", "The pump cannot be started now."],
    title: ["Оплата подтверждена", "Payment confirmed"],
  },
  held: {
    status: "paid",
    through: ASKED,
    more: { ...NO_START, stop: true },
    message: [
      "Сколько топлива налито, пока неизвестно: это проверяет АЗС. Деньги никуда не уйдут, пока она не решит.",
      "How much fuel was filled is not known yet: the station is checking. No money moves until it has decided.",
    ],
    title: ["АЗС проверяет заказ", "The station is checking the order"],
  },
  "held-payment": {
    status: "paid",
    more: { ...NO_START, stop: true },
    message: [
      "В Инвойсбоксе по этой оплате другая сумма, поэтому колонку по заказу включить нельзя. Обратитесь к оператору: он вернёт деньги или отпустит топливо сам.",
      "Invoicebox shows another sum for this payment, so no pump can be started for the order. Ask the cashier: they return the money, or give the fuel themselves.",
    ],
    title: ["АЗС проверяет заказ", "The station is checking the order"],
  },
  authorising: { status: "authorising", through: PAID, more: NO_START, text: ["Включаем колонку…", "Releasing the pump…"], title: ["Оплата подтверждена", "Payment confirmed"] },
  ready: { status: "ready", through: ASKED, title: ["Можно заправляться", "You can fuel now"] },
  "released-by-the-cashier": {
    status: "ready",
    through: ASKED,
    more: { by_hand: true },
    text: ["Назовите номер заказа кассиру: он включит колонку.", "Tell the cashier the order number: they will release the pump."],
    title: ["Оплата подтверждена", "Payment confirmed"],
  },
  "being-cancelled": {
    status: "ready",
    through: ASKED,
    more: { stop: true },
    message: ["Отменяем заказ: ждём подтверждения от АЗС. Не начинайте налив.", "Cancelling the order: waiting for the station to confirm. Do not fuel."],
    title: ["Закрываем колонку", "Closing the pump"],
  },
  "being-taken-back": {
    status: "ready",
    through: ASKED,
    more: { stop: true, cancelable: true },
    message: [
      "Полчаса от колонки нет вестей: снимаем её с заказа. Заказ можно будет включить снова, когда АЗС это подтвердит. Не начинайте налив.",
      "No news of the pump for half an hour: taking it back. You can start again once the station confirms it. Do not fuel.",
    ],
    title: ["Закрываем колонку", "Closing the pump"],
  },
  "nozzle-lifted": { status: "fuelling", through: ASKED, more: { dispensed_centi: 0 }, title: ["Идёт налив", "Fuelling"] },
  fuelling: { status: "fuelling", through: ASKED, more: { dispensed_centi: 1250 }, title: ["Идёт налив", "Fuelling"] },
  reversed: {
    status: "fuelling",
    through: ASKED,
    more: { dispensed_centi: 1250, stop: true },
    message: ["Платёж отозван. Остановите налив и подойдите к кассе.", "The payment was reversed. Stop fuelling and go to the till."],
    title: ["Остановите налив", "Stop fuelling"],
  },
  interrupted: {
    status: "fuelling",
    through: ASKED,
    more: { dispensed_centi: 1250, stop: true },
    message: [
      "АЗС прервала налив: нажата кнопка «Стоп». Ждём от неё итог. Если он не придёт, сколько налито, определит сотрудник АЗС. Деньги за неналитое вернутся.",
      "The station interrupted the fuelling: the stop button was pressed. We wait for the final volume. If none comes, the staff of the station say how much it was. The money for the rest comes back.",
    ],
    title: ["Остановите налив", "Stop fuelling"],
  },
  partial: {
    status: "completed",
    through: [...ASKED, "fuelling"],
    more: { dispensed_centi: 3500, final_kopecks: 261_650, refund_kopecks: 30_950 },
    message: ["Налито меньше, чем оплачено. Инвойсбокс вернёт 309,50 ₽ плательщику, обычно в течение двух рабочих дней.", "Less was filled than paid for. Invoicebox returns 309.50 ₽ to the payer, usually within two working days."],
    title: ["Налив завершён", "Fuelling finished"],
  },
  zero: {
    status: "completed",
    through: ASKED,
    more: { dispensed_centi: 0, final_kopecks: 45_000, refund_kopecks: 247_600 },
    message: ["Топливо не налито. Инвойсбокс вернёт 2 476,00 ₽ плательщику, обычно в течение двух рабочих дней.", "No fuel was filled. Invoicebox returns 2,476.00 ₽ to the payer, usually within two working days."],
    title: ["Налив завершён", "Fuelling finished"],
  },
  "not-begun": {
    status: "canceled",
    through: PAID,
    more: { refund_kopecks: 292_600 },
    message: ["Топливо не забрали в отведённое время. Инвойсбокс вернёт 2 926,00 ₽ плательщику, обычно в течение двух рабочих дней.", "The fuel was not taken in time. Invoicebox returns 2,926.00 ₽ to the payer, usually within two working days."],
    title: ["Заказ отменён", "Order cancelled"],
  },
  refused: {
    status: "unavailable",
    through: ASKED,
    more: { refund_kopecks: 292_600 },
    message: ["АЗС не смогла отпустить топливо: колонка занята. Инвойсбокс вернёт 2 926,00 ₽ плательщику.", "The station could not serve you: the pump is taken. Invoicebox returns 2,926.00 ₽ to the payer."],
    title: ["Не получилось заправить", "Could not be served"],
  },
  "paid-too-late": {
    status: "unavailable",
    more: { refund_kopecks: 292_600 },
    message: ["Оплата пришла, когда заказ уже был закрыт.", "The payment came after the order was closed."],
    title: ["Заказ закрыт", "The order is closed"],
  },
  expired: { status: "expired", message: ["Время на оплату вышло. Деньги не списаны.", "The time to pay is over. Nothing was charged."], title: ["Оплата не прошла", "Not paid"] },
  failed: {
    status: "failed",
    message: ["Инвойсбокс не принял заказ. Деньги не списаны.", "Invoicebox did not accept the order. Nothing was charged."],
    title: ["Заказ не оформлен", "Order not placed"],
  },
};

/** Shows this state of an order: the stream sends it, and that nothing comes after it. */
export async function showState(page: Page, request: APIRequestContext, id: string, state: State, locale: "ru" | "en" = "ru"): Promise<void> {
  const view = (await (await request.post("/api/orders/get", { data: { id, locale } })).json()) as OrderView;
  const at = "2026-11-28T12:00:00Z";
  const statuses = [...(state.through ?? []), state.status];
  const history = [...view.history, ...statuses.map((status, index) => ({ seq: view.history.length + index + 1, at, status }))];
  const stop = state.more?.["stop"] === true;
  const cancelable = !stop && ["placing", "paid", "authorising", "ready"].includes(state.status);
  const documents = !stop && state.status === "completed";
  const message = state.message?.[locale === "ru" ? 0 : 1] ?? null;
  const shown = { ...view, cancelable, documents, ...state.more, status: state.status, message, payment_url: null, history };
  const body = `event: status\nid: 90\ndata: ${JSON.stringify(shown)}\n\nevent: end\ndata: {}\n\n`;
  await page.route(`**/api/orders/${id}/events**`, (route) => route.fulfill({ contentType: "text/event-stream", body }));
}
