/**
 * Debian's Chromium for the tests of pages: one browser a test file, and a profile for each look.
 *
 * - watched: a visit keeps the errors of the console, and the requests to other hosts.
 * - fresh: a visit loads the page anew, in a tab without a session. The visits of one look follow
 *   one another in one tab, because a new profile starts a process and compiles all scripts again.
 */
import {
  type Browser as Chromium,
  type ConsoleMessage,
  chromium,
  type Page,
  type Request,
} from 'playwright-core';
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

  readonly #host: string;
  readonly #leave: (page: Page) => void;

  /** `leave` takes the empty tab after the visit. */
  constructor(page: Page, host: string, leave: (page: Page) => void) {
    this.page = page;
    this.#leave = leave;
    page.on('console', this.#onConsole);
    page.on('pageerror', this.#onError);
    page.on('request', this.#onRequest);
    this.#host = host;
  }

  readonly #onConsole = (line: ConsoleMessage): void => {
    if (line.type() === 'error') this.errors.push(line.text());
  };

  readonly #onError = (error: Error): void => {
    this.errors.push(String(error));
  };

  readonly #onRequest = (request: Request): void => {
    const url = new URL(request.url());
    if (url.host !== this.#host && url.protocol !== 'data:') this.foreign.push(url.href);
  };

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

  /** Ends the session of the visitor, and leaves an empty tab. */
  async close(): Promise<void> {
    await this.run('sessionStorage.clear()');
    await this.page.goto('about:blank');
    this.page.off('console', this.#onConsole);
    this.page.off('pageerror', this.#onError);
    this.page.off('request', this.#onRequest);
    this.#leave(this.page);
  }
}

export class Browser {
  readonly #chromium: Chromium;
  /** Tabs without a visit, by their look. */
  readonly #empty = new Map<string, Page>();

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
    const look = JSON.stringify([viewport, colorScheme]);
    const page = this.#empty.get(look) ?? (await this.#tab({ viewport, colorScheme }));
    this.#empty.delete(look);
    // A visit may have changed the size of its window.
    await page.setViewportSize(viewport);
    const visit = new Visit(page, new URL(url).host, (left) => this.#empty.set(look, left));
    await page.goto(url);
    return visit;
  }

  async #tab(look: Required<Look>): Promise<Page> {
    const context = await this.#chromium.newContext({
      viewport: look.viewport,
      colorScheme: look.colorScheme,
      reducedMotion: 'reduce',
      locale: 'en-GB',
      timezoneId: 'UTC',
    });
    context.setDefaultTimeout(30_000);
    return context.newPage();
  }

  close(): Promise<void> {
    return this.#chromium.close();
  }
}
