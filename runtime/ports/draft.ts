/**
 * An object while it is being made, key by key.
 *
 * Objects that every message or turn makes are made this way. A literal with a second spread, or
 * with a conditional spread, leaves V8 a hash table in place of a shape, and every later reader of
 * the object pays for that.
 */
export type Draft<T> = { -readonly [Key in keyof T]: T[Key] };
