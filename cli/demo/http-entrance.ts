/** Requests of the demo over HTTP, with the answers in the form that messages have. */
import { isJsonObject } from '../../config/json.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';

const methods: Readonly<Record<string, string>> = { create: 'POST', read: 'GET', delete: 'DELETE' };
/** A step of the demo has its own deadline. */
const headers = { 'content-type': 'application/json', prefer: 'wait=60' };

/** `place`: the URL of the routes of a service. A problem becomes the error that a message has. */
export async function answerOverHttp(
  place: string,
  action: string,
  data: Json,
): Promise<JsonObject> {
  const method = methods[action];
  if (method === undefined) throw new Error(`the demo sends no '${action}' over HTTP`);
  const given = isJsonObject(data) ? data : {};
  const response =
    method === 'GET'
      ? await fetch(`${place}?${queryOf(given)}`)
      : await fetch(place, { method, headers, body: JSON.stringify(given) });
  const answer = (await response.json()) as JsonObject;
  if (response.ok) return answer;
  return { error: { ...answer, code: response.status, message: answer['detail'] ?? '' } };
}

/** A list is a repeated key, and any other value that is no text is JSON. */
function queryOf(data: JsonObject): URLSearchParams {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(data))
    for (const each of Array.isArray(value) ? value : [value]) query.append(key, textOf(each));
  return query;
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
