/** A webhook in the test's own process: keeps the requests, and answers as the test says. */
import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '../../../runtime/ports/json.ts';

export type Heard = {
  readonly key: string;
  readonly isSigned: boolean;
  readonly body: JsonObject & { readonly action: string; readonly ids: readonly string[] };
};

/** `status` alone: an answer without a body. `null`: the connection ends without an answer. */
export type Said = { readonly status?: number; readonly body?: JsonObject | string } | null;

export class WebhookServer {
  readonly heard: Heard[] = [];
  /** The answer to the n-th request of an action, from 1. */
  answer: (action: string, nth: number) => Said | Promise<Said> = () => ({
    body: { allowed: true },
  });
  readonly #secret: string;
  readonly #server: Server;

  constructor(secret: string) {
    this.#secret = secret;
    this.#server = createServer(async (request, response) => {
      const text = await bodyOf(request);
      const body = JSON.parse(text) as Heard['body'];
      this.heard.push({
        key: request.headers['idempotency-key'] as string,
        isSigned: this.#isSigned(request, text),
        body,
      });
      const said = await this.answer(body.action, this.of(body.action).length);
      if (said === null) return void response.destroy();
      response.statusCode = said.status ?? 200;
      response.end(typeof said.body === 'string' ? said.body : JSON.stringify(said.body ?? {}));
    });
  }

  /** The requests of an action. */
  of(action: string): readonly Heard[] {
    return this.heard.filter(({ body }) => body.action === action);
  }

  /** Resolves with the URL. */
  async open(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/consent`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  #isSigned({ headers }: IncomingMessage, body: string): boolean {
    const text = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
    const code = createHmac('sha256', this.#secret).update(text).digest('base64');
    return headers['webhook-signature'] === `v1,${code}`;
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
