/** Requests to the API of the inspector, with the token of the tab. */
import type { JsonObject } from '../contract.ts';
import { tokenOfTab } from './token.ts';

/** The error for a refused request, with its status and the detail of the problem. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }
}

export function apiUrl(path: string): string {
  return new URL(`api/${path}`, location.origin + location.pathname).href;
}

export function authorization(): Readonly<Record<string, string>> {
  const token = tokenOfTab();
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

/** Rejects with `ApiError`, or with `TypeError` if the process is not reached. */
export async function read<Answer>(path: string, signal?: AbortSignal): Promise<Answer> {
  const limit = signal === undefined ? {} : { signal };
  return answerOf(await fetch(apiUrl(path), { headers: authorization(), ...limit }));
}

export async function act<Answer>(path: string, body: JsonObject = {}): Promise<Answer> {
  const headers = { ...authorization(), 'content-type': 'application/json' };
  return answerOf(
    await fetch(apiUrl(path), { method: 'POST', headers, body: JSON.stringify(body) }),
  );
}

async function answerOf<Answer>(response: Response): Promise<Answer> {
  if (response.ok) return response.json();
  const problem = (await response.json().catch(() => ({}))) as { readonly detail?: string };
  throw new ApiError(response.status, problem.detail ?? response.statusText);
}
