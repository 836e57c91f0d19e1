// What every test has: a running program, a page whose console must stay clean, an accessibility check, and
// screenshots of each screen.

import AxeBuilder from "@axe-core/playwright";
import { type Page, type TestInfo, expect, test as base } from "@playwright/test";
import { Server } from "./server.ts";

/** Errors that a test provokes on purpose; matched against the text in the console. */
type ExpectedErrors = RegExp[];

type Fixtures = {
  /** Push a pattern here before provoking an error that the browser reports by itself. */
  expectedErrors: ExpectedErrors;
  checkScreen: (page: Page, name: string) => Promise<void>;
};

type Workers = {
  /** Tests that name another one do not share their program: what they do to it cannot be undone, as moving its clock. */
  program: string;
  /** Environment variables of that program. */
  variables: Record<string, string>;
  server: Server;
};

export const test = base.extend<Fixtures, Workers>({
  program: ["shared", { scope: "worker", option: true }],

  variables: [{}, { scope: "worker", option: true }],

  server: [
    async ({ program: _, variables }, use) => {
      const server = await Server.start(variables);
      await use(server);
      await server.stop();
    },
    { scope: "worker" },
  ],

  baseURL: async ({ server }, use) => use(server.url),

  expectedErrors: async ({}, use) => use([]),

  page: async ({ page, server, expectedErrors }, use, info) => {
    await server.mend();
    const errors = collectErrors(page);
    await use(page);
    const unexpected = errors.filter((text) => !expectedErrors.some((pattern) => pattern.test(text)));
    if (info.status !== info.expectedStatus) {
      await info.attach("server.log", { body: server.log(), contentType: "text/plain" });
    }
    expect(unexpected, "errors in the browser").toEqual([]);
  },

  checkScreen: async ({}, use, info) => use((page, name) => checkScreen(page, name, info)),
});

export { expect };

function collectErrors(page: Page): string[] {
  const errors: string[] = [];
  page.on("console", (message) => {
    // Where a file came from says more than «Failed to load resource».
    // The sandbox's own pages have no icon, for which the browser asks by itself.
    if (message.type() === "error" && !message.location().url.endsWith("/favicon.ico")) errors.push(`${message.text()} ${message.location().url}`);
  });
  page.on("pageerror", (error) => errors.push(`${error.name}: ${error.message}`));
  return errors;
}

/** Checks what is on screen for accessibility and for overflow, and keeps a picture of it. */
async function checkScreen(page: Page, name: string, info: TestInfo): Promise<void> {
  await waitForAnimations(page);
  await page.screenshot({ path: `output/${info.project.name}/${name}.png`, fullPage: true });
  // The checker is a script: where none runs, the same markup is checked by the other projects.
  if (info.project.use.javaScriptEnabled !== false) await expectAccessible(page);
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect.soft(overflow, `${name} must not scroll sideways`).toBeLessThanOrEqual(0);
}

/** Waits until all animations have ended; endless ones do not count. */
async function waitForAnimations(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const ends = (one: Animation) => one.playState === "running" && one.effect?.getComputedTiming().endTime !== Infinity;
    const ending = document.getAnimations().filter(ends);
    await Promise.allSettled(ending.map((one) => one.finished));
  });
}

/** No violations of WCAG 2.2 A and AA, and of axe's best practices. */
export async function expectAccessible(page: Page, within?: string): Promise<void> {
  const builder = new AxeBuilder({ page });
  if (within !== undefined) builder.include(within);
  const { violations } = await builder.analyze();
  const descriptions = violations.map(
    ({ id, impact, help, nodes }) => `${impact}: ${id}: ${help}: ${nodes.map((node) => node.html).join(" | ")}`,
  );
  // Soft: the journey goes on, so that one run names all that is wrong.
  expect.soft(descriptions, "accessibility").toEqual([]);
}
