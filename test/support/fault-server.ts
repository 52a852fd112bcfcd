/** An HTTP server whose answers a test decides: by request, in order, also broken ones. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Fault =
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** No answer at all; the head of an answer and half of its body; a closed connection. */
  | 'silence'
  | 'half'
  | 'reset';

export type Request = {
  /** `DELETE /a.txt`. */
  readonly line: string;
  readonly headers: IncomingMessage['headers'];
};

export class FaultServer {
  readonly requests: Request[] = [];
  readonly #server: Server;
  readonly #host: string;
  readonly #answers = new Map<string, Fault[]>();

  private constructor(host: string) {
    this.#host = host;
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  /** On a free port of an address of this machine. */
  static async start(host = '127.0.0.1', port = 0): Promise<FaultServer> {
    const server = new FaultServer(host);
    await new Promise<void>((done, fail) => {
      server.#server.once('error', fail).listen(port, host, done);
    });
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get origin(): string {
    return `http://${this.#host}:${this.port}`;
  }

  get lines(): readonly string[] {
    return this.requests.map(({ line }) => line);
  }

  /** `line`: as in `Request`. The last answer is repeated; a line without answers is answered 404. */
  on(line: string, ...answers: readonly Fault[]): void {
    this.#answers.set(line, [...answers]);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  #answer({ method, url, headers }: IncomingMessage, response: ServerResponse): void {
    const line = `${method} ${url}`;
    this.requests.push({ line, headers });
    const answers = this.#answers.get(line) ?? [];
    const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? { status: 404 };
    if (answer === 'silence') return;
    if (answer === 'reset') return void response.destroy();
    if (answer === 'half') {
      response.writeHead(200, { 'content-length': '100' }).write('half');
      return void setImmediate(() => response.destroy());
    }
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }
}
