/** JSON Schema checks at the edge: one compiled validator a schema, one clear issue for what does not fit. */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { TSchema } from 'typebox';
import { Refused } from '../ports/errors.ts';
import type { Json } from '../ports/json.ts';

const ajv = new Ajv({ allErrors: false, strict: false });
const compiled = new WeakMap<TSchema, ValidateFunction>();

function validatorOf(schema: TSchema): ValidateFunction {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  const validator = ajv.compile(schema);
  compiled.set(schema, validator);
  return validator;
}

function describe(error: ErrorObject): string {
  const params: Record<string, unknown> = error.params;
  if (error.keyword === 'additionalProperties')
    return `has an unknown key '${String(params['additionalProperty'])}'`;
  if (error.keyword === 'required') return `lacks the key '${String(params['missingProperty'])}'`;
  if (error.keyword === 'enum') return `must be one of ${JSON.stringify(params['allowedValues'])}`;
  return error.message ?? error.keyword;
}

/** Throws `Refused('bad-message')` that says where under `root` (a JSON pointer) and why. */
export function checkSchema(schema: TSchema, data: Json, root: string): void {
  const validate = validatorOf(schema);
  if (validate(data)) return;
  const [first] = validate.errors ?? [];
  const at = `${root}${first?.instancePath ?? ''}`;
  throw new Refused(
    'bad-message',
    `${at || '/'} ${first === undefined ? 'does not fit' : describe(first)}`,
    { at },
  );
}
