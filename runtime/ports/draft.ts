/**
 * An object while it is being made, key by key.
 *
 * What a message or a turn makes is made this way: a literal with a second spread, or one behind a condition, leaves V8 with a hash table
 * in place of a shape, which everybody who reads the object afterwards pays for.
 */
export type Draft<T> = { -readonly [Key in keyof T]: T[Key] };
