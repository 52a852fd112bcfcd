/**
 * The command `files reconcile`.
 *
 * - read-only: without `--apply` nothing is changed.
 * - by the remover: a repair is a request to the running file remover, so it leaves a receipt, and a
 *   quarantine keeps the file.
 */
import {
  type FileFindings,
  type FindingTimes,
  fileFindings,
  type OpenReceipt,
  type UnlistedFile,
} from '../composition/file-findings.ts';
import { redactText } from '../config/redact.ts';
import { systemClock } from '../runtime/ports/clock.ts';
import { errorText, Refused } from '../runtime/ports/errors.ts';
import { systemIds } from '../runtime/ports/ids.ts';
import type { JsonObject } from '../runtime/ports/json.ts';
import { exitCodes } from './exit-codes.ts';
import { findingLines, type Repair, repairLine } from './file-text.ts';
import { print } from './print.ts';
import { RunningProcess } from './running-process.ts';
import { requestService } from './service-requests.ts';
import type { StorageOptions } from './storage-options.ts';
import { withStoredRows } from './stored-services.ts';

export type ReconcileOptions = {
  readonly agedMs: number;
  readonly apply: boolean;
  readonly json: boolean;
};

export async function reconcileFiles(
  { agedMs, apply, json }: ReconcileOptions,
  options: StorageOptions,
): Promise<void> {
  const found = await findings({ nowMs: systemClock.now(), agedMs }, options);
  if (apply) requireRows(found);
  const repairs = apply ? await repaired(found, options) : [];
  if (json) print(redactText(JSON.stringify(apply ? { ...found, repairs } : found)));
  else
    for (const line of [...findingLines(found), ...repairs.map(repairLine)])
      print(redactText(line));
  if (isLeft(found, apply, repairs)) process.exitCode = exitCodes.failed;
}

/** Those of a running `up` with the data folder, else of the databases. */
async function findings(times: FindingTimes, options: StorageOptions): Promise<FileFindings> {
  const running = await RunningProcess.find(options.data);
  return (
    running?.fileFindings(times) ??
    withStoredRows(options, (sources) => fileFindings(sources, times))
  );
}

/** Without any row the command reads the wrong database more likely than the right one. */
function requireRows({ unlisted, compared }: FileFindings): void {
  if (compared.rows > 0 || unlisted.length === 0) return;
  throw new Refused(
    'refused',
    `the databases have no card and no node with files, so all ${compared.files} files would be removed; ` +
      'allowed: a database with rows, or files that you remove yourself',
  );
}

/** A row without its file and a file in quarantine without a receipt are not repaired. */
function isLeft(
  { lost, unlisted, open, strays }: FileFindings,
  apply: boolean,
  repairs: readonly Repair[],
): boolean {
  if (lost.length + strays.length > 0) return true;
  return apply
    ? repairs.some(({ failure }) => failure !== null)
    : unlisted.length + open.length > 0;
}

/** One after another, so that a remover with many waiting files is not asked for more. */
async function repaired(
  { unlisted, open }: FileFindings,
  options: StorageOptions,
): Promise<readonly Repair[]> {
  const repairs: Repair[] = [];
  for (const file of unlisted) repairs.push(await repairedFile(file, options));
  for (const receipt of open) repairs.push(await repairedReceipt(receipt, options));
  return repairs;
}

function repairedFile(
  { service, url, receipt }: UnlistedFile,
  options: StorageOptions,
): Promise<Repair> {
  return removal(service, { id: receipt ?? systemIds(systemClock).next(), url }, options);
}

function repairedReceipt(
  { service, id, url, card }: OpenReceipt,
  options: StorageOptions,
): Promise<Repair> {
  return removal(service, { id, url, card }, options);
}

async function removal(
  service: string,
  file: { readonly id: string; readonly url: string; readonly card?: string | null },
  options: StorageOptions,
): Promise<Repair> {
  const { id, url } = file;
  try {
    const answer = await requestService(service, options, 'remove', file);
    return { id, url, failure: keptText(answer), untilMs: untilOf(answer) };
  } catch (error) {
    return { id, url, failure: errorText(error), untilMs: null };
  }
}

/** A row that was added since the comparison lists the file. */
function keptText({ kept }: JsonObject): string | null {
  const { by } = (kept ?? {}) as { readonly by?: string };
  return by === undefined ? null : `${by} lists the file`;
}

function untilOf({ quarantined }: JsonObject): number | null {
  const { untilMs } = (quarantined ?? {}) as { readonly untilMs?: number };
  return untilMs ?? null;
}
