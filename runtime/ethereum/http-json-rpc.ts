/**
 * A node that is reached by HTTP. An error names the host only, because the path of such a URL is
 * often the key of an account with a provider.
 */

import { isJsonObject } from '../../config/json.ts';
import { Transient } from '../ports/errors.ts';
import type { Json } from '../ports/json.ts';
import { type JsonRpc, JsonRpcError } from '../ports/json-rpc.ts';

const timeoutDefaultMs = 10_000;

export class HttpJsonRpc implements JsonRpc {
  readonly #url: URL;
  readonly #timeoutMs: number;
  #lastId = 0;

  constructor(url: string, timeoutMs = timeoutDefaultMs) {
    this.#url = new URL(url);
    this.#timeoutMs = timeoutMs;
  }

  async request(method: string, params: readonly Json[], signal?: AbortSignal): Promise<Json> {
    this.#lastId += 1;
    const body = JSON.stringify({ jsonrpc: '2.0', id: this.#lastId, method, params });
    return resultOf(await this.#answer(method, body, signal));
  }

  async #answer(method: string, body: string, signal: AbortSignal | undefined): Promise<Json> {
    const timeout = AbortSignal.timeout(this.#timeoutMs);
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        redirect: 'error',
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      });
      const answer = (await response.json()) as Json;
      // Some nodes give their own error the status 4xx; a proxy's error has another form.
      if (response.ok || isJsonObject(answer)) return answer;
      throw new Error(`status ${response.status}`);
    } catch (cause) {
      const why = cause instanceof Error ? cause.name : 'no answer';
      throw new Transient('not-reachable', `${this.#url.host} does not answer ${method}: ${why}`, {
        cause,
      });
    }
  }
}

function resultOf(answer: Json): Json {
  if (isJsonObject(answer)) {
    const { error, result } = answer;
    if (isJsonObject(error))
      throw new JsonRpcError(Number(error['code'] ?? 0), String(error['message']), error['data']);
    if (result !== undefined) return result;
  }
  throw new Transient('not-reachable', 'the answer has neither a result nor an error');
}
