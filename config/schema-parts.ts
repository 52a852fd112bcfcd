/** Parts that several schemas of the config format share. */
import { type TSchema, Type } from 'typebox';

/** For an object that refuses every key that its schema does not name. */
export const closed = { additionalProperties: false } as const;
const keyName = Type.String({ pattern: '^\\S+$' });

/**
 * A map with free keys. Unlike a bare `Type.Record`, keys that do not match the pattern are
 * refused.
 */
export function mapOf<Value extends TSchema>(value: Value, description: string) {
  return Type.Record(keyName, value, { ...closed, description });
}

/** A name that a broker takes. */
export function brokerName(description: string) {
  return Type.String({ minLength: 1, maxLength: 255, description });
}

/** A word before the actions of messages. */
export const actionPrefix = (description: string) =>
  Type.Optional(Type.String({ pattern: '^[^.\\s]+$', maxLength: 100, description }));
