/**
 * The values that may cross a boundary: message bodies, contexts, effects and stored records are
 * JSON and nothing else, because a Date, Map or Set does not survive being stored.
 */
export type { Json, JsonObject } from '../../config/json.ts';
