// The host around the mini-app, as the sandbox plays it.

import type { Frame, FrameLocator, Locator, Page } from "@playwright/test";
import { hydrated } from "./journey.ts";

/** Finds the mini-app's frame. */
export const FRAME = 'iframe[name="mini-app"]';

/** Opens the host with these settings and waits until the mini-app answers to touch. */
export async function openHost(page: Page, settings: Record<string, string>): Promise<FrameLocator> {
  await page.goto(`/sandbox/host?${new URLSearchParams(settings)}`);
  const app = miniApp(page);
  await hydrated(app);
  return app;
}

export function miniApp(page: Page): FrameLocator {
  return page.frameLocator(FRAME);
}

/** The mini-app's frame as an object that can evaluate scripts. */
export function miniAppFrame(page: Page): Frame {
  const frame = page.frame("mini-app");
  if (frame === null) throw new Error("no mini-app");
  return frame;
}

export function payment(page: Page): FrameLocator {
  return page.frameLocator('iframe[name="payment"]');
}

/** Messages of one kind: `in` is from the mini-app to the host. */
export function messages(page: Page, direction: "in" | "out", action: string): Locator {
  return page.locator(`#log li[data-direction="${direction}"][data-action="${action}"]`);
}

/** The host sends its `init` once more, with these facts in place of those of its settings. */
export async function sendInit(page: Page, changed: Record<string, unknown>): Promise<void> {
  await page.locator(FRAME).evaluate((frame: HTMLIFrameElement, changed) => {
    const id = new URL(frame.src).searchParams.get("id");
    const facts = { minappType: "order", locale: "ru", fullHeight: true, ...changed };
    frame.contentWindow?.postMessage({ id, action: "init", data: { public: facts, private: { metaData: [] } } }, location.origin);
  }, changed);
}
