// Whether anything on a screen has moved since it was first drawn, by the measure of Web Vitals.

import type { Page } from "@playwright/test";
import { expect } from "./fixtures.ts";

/**
 * The least sum of layout shift scores that counts as movement. A score is the share of the screen that a shift touches times the
 * share of the screen by which it moves, so a line of text across a phone that moves by its own height scores 0.003. The metric is
 * reported with three decimals; a sum that rounds to 0.000 is the snapping of glyphs to pixels, which nobody sees.
 */
const MIN_MOVEMENT_SCORE = 0.0005;

type LayoutShift = PerformanceEntry & { value: number; hadRecentInput: boolean; sources: { node: Node | null }[] };

/** A shift that no input has caused: its score, and the elements that moved. */
type Shift = { score: number; moved: string };

function layoutShifts(page: Page): Promise<Shift[]> {
  return page.evaluate(
    () =>
      new Promise<Shift[]>((resolve) => {
        const shifts: Shift[] = [];
        const name = (node: Node | null) => (node instanceof Element ? node : node?.parentElement)?.outerHTML.slice(0, 120) ?? "gone";
        const add = (entries: PerformanceEntryList) => {
          for (const entry of entries as LayoutShift[]) {
            if (entry.hadRecentInput) continue;
            shifts.push({ score: entry.value, moved: entry.sources.map(({ node }) => name(node)).join(" | ") });
          }
        };
        const observer = new PerformanceObserver((list) => add(list.getEntries()));
        observer.observe({ type: "layout-shift", buffered: true });
        // Buffered entries are delivered before the second frame.
        requestAnimationFrame(() =>
          requestAnimationFrame(() => {
            add(observer.takeRecords());
            resolve(shifts);
          }),
        );
      }),
  );
}

/** The screen is complete: nothing has moved since it was first drawn. */
export async function expectStill(page: Page): Promise<void> {
  await page.evaluate(() => document.fonts.ready);
  const shifts = await layoutShifts(page);
  const sum = shifts.reduce((total, { score }) => total + score, 0);
  expect(sum, `moved on ${page.url()}: ${JSON.stringify(shifts)}`).toBeLessThan(MIN_MOVEMENT_SCORE);
}
