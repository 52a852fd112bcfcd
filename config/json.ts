/** A value of a JSON file. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** An object of a JSON file. A key with the value `undefined` counts as absent. */
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
