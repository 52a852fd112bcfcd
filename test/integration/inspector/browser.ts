/**
 * Debian's Chromium for the tests of pages: one browser a test file, a profile of its own for each visit.
 *
 * - watched: a visit keeps the errors of the console, and the requests to other hosts.
 */
import { type Browser as Chromium, chromium, type Page } from 'playwright-core';
import { systemBrowser } from '../../support/programs.ts';

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const desktop = { width: 1280, height: 900 };
export const phone = { width: 390, height: 844 };

export type Look = {
  readonly viewport?: typeof desktop;
  readonly colorScheme?: 'light' | 'dark';
};

/** A page in a profile of its own. */
export class Visit {
  readonly page: Page;
  /** What the console of the page has said as an error. */
  readonly errors: string[] = [];
  /** Requests to another host than that of the first address. */
  readonly foreign: string[] = [];

  constructor(page: Page, host: string) {
    this.page = page;
    page.on('console', (line) => void (line.type() === 'error' && this.errors.push(line.text())));
    page.on('pageerror', (error) => void this.errors.push(String(error)));
    page.on('request', (request) => {
      const url = new URL(request.url());
      if (url.host !== host && url.protocol !== 'data:') this.foreign.push(url.href);
    });
  }

  /** Opens a screen by its address. */
  async go(screen: string): Promise<void> {
    await this.run(`location.hash = ${JSON.stringify(`#/${screen}`)}`);
  }

  /** The value of an expression in the page. */
  run<Value>(expression: string): Promise<Value> {
    return this.page.evaluate<Value>(expression);
  }

  /** Waits until the page shows the text. */
  async reads(text: string): Promise<void> {
    await this.page.getByText(text).first().waitFor();
  }

  /** How much wider the content is than the window, pixels. */
  overflow(): Promise<number> {
    const root = 'document.documentElement';
    return this.run(`${root}.scrollWidth - ${root}.clientWidth`);
  }

  close(): Promise<void> {
    return this.page.context().close();
  }
}

export class Browser {
  readonly #chromium: Chromium;

  private constructor(opened: Chromium) {
    this.#chromium = opened;
  }

  /** Starts the browser with an empty folder for its data. */
  static async open(): Promise<Browser> {
    const opened = await chromium.launch({ executablePath: systemBrowser, args: flags });
    return new Browser(opened);
  }

  async visit(
    url: string,
    { viewport = desktop, colorScheme = 'light' }: Look = {},
  ): Promise<Visit> {
    const context = await this.#chromium.newContext({
      viewport,
      colorScheme,
      reducedMotion: 'reduce',
      locale: 'en-GB',
      timezoneId: 'UTC',
    });
    context.setDefaultTimeout(30_000);
    const visit = new Visit(await context.newPage(), new URL(url).host);
    await visit.page.goto(url);
    return visit;
  }

  close(): Promise<void> {
    return this.#chromium.close();
  }
}
