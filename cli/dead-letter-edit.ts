/**
 * The command `dead-letters edit`: makes a corrected copy of a dead letter, to be replayed.
 *
 * - both stay: the copy has its own id and names the old dead letter; the old dead letter stays
 *   until an operator replays or drops it.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { StoredDeadLetter } from '../runtime/ports/dead-letter.ts';
import { errorText, Refused } from '../runtime/ports/errors.ts';
import {
  documentText,
  type EditedMessage,
  editableMessage,
  headersFrom,
  messageFrom,
  parsed,
  textOf,
  withSets,
} from './edited-message.ts';
import { exitCodes } from './exit-codes.ts';
import { print } from './print.ts';
import type { DeadLetterWork } from './running-process.ts';
import type { StorageOptions } from './storage-options.ts';

export interface EditOptions extends StorageOptions {
  readonly body?: string;
  readonly headers?: string;
  readonly set?: readonly string[];
  readonly replay?: boolean;
}

/** Rejects with `Refused` for a dead letter or a change that nobody can make. */
export async function editDeadLetter(
  found: StoredDeadLetter,
  options: EditOptions,
  deadLetters: DeadLetterWork,
  command: Command,
): Promise<void> {
  const { contentType } = found.properties;
  const before = editableMessage(found);
  const after = changed(before, options, contentType, command);
  const isSame = JSON.stringify(after) === JSON.stringify(before);
  if (isSame) return print(`nothing is changed, so ${found.id} stays alone`);
  const edited = await deadLetters.edit(found.id, {
    headers: JSON.parse(JSON.stringify(after.headers)),
    body: Buffer.from(after.text).toString('base64'),
  });
  if (options.replay === true) await deadLetters.replay({ ids: [edited] });
  const next =
    options.replay === true
      ? 'marked: the process that runs the service handles it'
      : `unanimous dead-letters replay ${edited}`;
  print(`${edited} is ${found.id} with the change; ${next}`);
}

function changed(
  before: EditedMessage,
  { body, headers, set = [] }: EditOptions,
  contentType: string | undefined,
  command: Command,
): EditedMessage {
  if (body === undefined && headers === undefined && set.length === 0)
    return messageFrom(inEditor(documentText(before, contentType), command), contentType);
  const given = {
    headers:
      headers === undefined ? before.headers : headersFrom(parsed(fileText(headers), headers)),
    text: body === undefined ? before.text : fileText(body),
  };
  return withSets(given, set, contentType);
}

/** `-` is standard input. */
function fileText(file: string): string {
  return textOf(readFileSync(file === '-' ? 0 : file), file === '-' ? 'standard input' : file);
}

/** The text after the person has left the editor. */
function inEditor(text: string, command: Command): string {
  const editor = process.env['VISUAL'] || process.env['EDITOR'];
  if (editor === undefined || editor === '')
    return command.error(
      'error: give --body, --headers or --set, or name an editor in the environment as EDITOR',
      { exitCode: exitCodes.usage },
    );
  const folder = mkdtempSync(join(tmpdir(), 'unanimous-edit-'));
  const file = join(folder, 'dead-letter.json');
  try {
    writeFileSync(file, text, { mode: 0o600 });
    // By a shell, because EDITOR may hold options.
    const { status, error } = spawnSync(`${editor} "$FILE"`, {
      shell: true,
      stdio: 'inherit',
      env: { ...process.env, FILE: file },
    });
    if (status !== 0)
      throw new Refused(
        'not-permitted',
        `the editor ${editor} ended with ${error === undefined ? status : errorText(error)}, so nothing is changed`,
      );
    return readFileSync(file, 'utf8');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
