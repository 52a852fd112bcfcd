/** What a JSON file can hold. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** An object of JSON; a key that is undefined is not there. */
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
