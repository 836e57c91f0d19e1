// What every test has: a running program, a page whose console must stay clean, an accessibility check, and
// screenshots of each screen.

import AxeBuilder from "@axe-core/playwright";
import { type Page, type TestInfo, expect, test as base } from "@playwright/test";
import { Server } from "./server.ts";

/** Troubles that a test provokes on purpose; matched against the console's text. */
type Expected = RegExp[];

type Fixtures = {
  /** Push a pattern here before provoking a trouble that the browser reports by itself. */
  expectedTroubles: Expected;
  look: (page: Page, name: string) => Promise<void>;
};

type Workers = {
  /** Tests that name another one do not share their program: what they do to it cannot be mended, as moving its clock. */
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

  expectedTroubles: async ({}, use) => use([]),

  page: async ({ page, server, expectedTroubles }, use, info) => {
    await server.mend();
    const troubles = watch(page);
    await use(page);
    const unexpected = troubles.filter((text) => !expectedTroubles.some((pattern) => pattern.test(text)));
    if (info.status !== info.expectedStatus) {
      await info.attach("server.log", { body: server.log(), contentType: "text/plain" });
    }
    expect(unexpected, "errors in the browser").toEqual([]);
  },

  look: async ({}, use, info) => use((page, name) => look(page, name, info)),
});

export { expect };

function watch(page: Page): string[] {
  const troubles: string[] = [];
  page.on("console", (message) => {
    // Where a file came from says more than «Failed to load resource».
    // The sandbox's own pages have no icon, for which the browser asks by itself.
    if (message.type() === "error" && !message.location().url.endsWith("/favicon.ico")) troubles.push(`${message.text()} ${message.location().url}`);
  });
  page.on("pageerror", (error) => troubles.push(`${error.name}: ${error.message}`));
  return troubles;
}

/** Checks what is on screen for accessibility and for overflow, and keeps a picture of it. */
async function look(page: Page, name: string, info: TestInfo): Promise<void> {
  await arrived(page);
  await page.screenshot({ path: `output/${info.project.name}/${name}.png`, fullPage: true });
  // The checker is a script: where none runs, the same markup is checked by the other projects.
  if (info.project.use.javaScriptEnabled !== false) await expectAccessible(page);
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect.soft(overflow, `${name} must not scroll sideways`).toBeLessThanOrEqual(0);
}

/** What slides or fades in has come to rest; what turns for ever does not count. */
async function arrived(page: Page): Promise<void> {
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
  const told = violations.map(
    ({ id, impact, help, nodes }) => `${impact}: ${id}: ${help}: ${nodes.map((node) => node.html).join(" | ")}`,
  );
  // Soft: the journey goes on, so that one run names all that is wrong.
  expect.soft(told, "accessibility").toEqual([]);
}
