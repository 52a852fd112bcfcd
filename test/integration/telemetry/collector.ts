/** A collector of spans: takes OTLP/HTTP with JSON bodies, as the exporters of other processes send it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { TreeSpan } from './span-tree.ts';

/** A span, and `service.name` of the process that has sent it. */
export interface CollectedSpan extends TreeSpan {
  readonly process: string;
}

/** Of the OTLP format, the members that a tree needs. */
type Export = {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly {
      readonly spans: readonly {
        readonly traceId: string;
        readonly spanId: string;
        readonly parentSpanId?: string;
        readonly name: string;
        readonly attributes: readonly Attribute[];
      }[];
    }[];
  }[];
};

type Attribute = { readonly key: string; readonly value: { readonly stringValue?: string } };

function attributesOf(list: readonly Attribute[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(list.map(({ key, value }) => [key, value.stringValue]));
}

function spansIn({ resourceSpans }: Export): readonly CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const process = String(attributesOf(resource.attributes)['service.name']);
    return scopeSpans.flatMap(({ spans }) =>
      spans.map(({ traceId, spanId, parentSpanId = '', name, attributes }) => ({
        process,
        name,
        id: spanId,
        parent: parentSpanId,
        trace: traceId,
        attributes: attributesOf(attributes),
      })),
    );
  });
}

export class Collector {
  readonly spans: CollectedSpan[] = [];
  readonly #server = createServer(async (request, response) => {
    const body = await json(request);
    if (request.method === 'POST' && request.url === '/v1/traces')
      this.spans.push(...spansIn(body as Export));
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });

  static async open(): Promise<Collector> {
    const collector = new Collector();
    await new Promise<void>((resolve) => collector.#server.listen(0, '127.0.0.1', resolve));
    return collector;
  }

  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
