/**
 * All files at the places of a file remover: on disks and in buckets. HTTP servers list no files.
 *
 * 1. Only regular files are listed, and no link is followed. The quarantine is listed apart.
 * 2. A place that cannot be listed is an error, and never an empty place.
 * 3. A file that no URL names exactly, or a folder of such files, is counted: no removal could name
 *    the file.
 */
import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Refused, Transient } from '../../runtime/ports/errors.ts';
import type { FilePlaces } from './file-activities.ts';
import { fileKey, fileUrlProblem, localNames, schemeOf } from './file-url.ts';
import { localPathOf } from './local-files.ts';
import { systemCode } from './opened-folder.ts';
import { quarantineName } from './opened-quarantine.ts';
import { bucketPlace, listedKeyOf, type S3Objects } from './s3-files.ts';
import { noBuckets, S3Sdk } from './s3-sdk.ts';

export type SurveyedFile = {
  readonly url: string;
  readonly bytes: number;
  /** Milliseconds since the epoch: the last change of the content or of the name. */
  readonly changedAtMs: number;
};

export type FileSurvey = {
  /** By `fileKey` of the URL. */
  readonly files: ReadonlyMap<string, SurveyedFile>;
  /** Paths of the files in the quarantines, by name. */
  readonly held: ReadonlyMap<string, string>;
  /** Files that no URL names exactly. */
  readonly unnamed: number;
};

type Found = { files: Map<string, SurveyedFile>; held: Map<string, string>; unnamed: number };

/** @throws Transient for a place that cannot be listed. */
export async function surveyFiles({ roots, s3 = noBuckets }: FilePlaces): Promise<FileSurvey> {
  const found: Found = { files: new Map(), held: new Map(), unnamed: 0 };
  for (const root of roots) await surveyRoot(root, found);
  const objects = new S3Sdk(s3);
  for (const place of s3.buckets) await surveyBucket(place, objects, found);
  return found;
}

/** Whether a survey of the places lists the file of the URL when the file is there. */
export function isSurveyed(url: string, { roots, s3 = noBuckets }: FilePlaces): boolean {
  try {
    const scheme = schemeOf(url);
    if (scheme === 'file') localPathOf(localNames(url), roots);
    else if (scheme === 's3') listedKeyOf(url, s3.buckets);
    else return false;
    return true;
  } catch (error) {
    if (error instanceof Refused) return false;
    throw error;
  }
}

async function surveyRoot(root: string, found: Found): Promise<void> {
  const entries = await entriesOf(root);
  if (entries === undefined)
    throw new Transient('not-reachable', `the root '${root}' is not there`);
  const names = root.split('/').filter((part) => part !== '');
  const others = entries.filter(({ name }) => name !== quarantineName);
  await surveyFolder(root, names, others, found);
  const held = (await entriesOf(join(root, quarantineName))) ?? [];
  for (const { name } of held) found.held.set(name, join(root, quarantineName, name));
}

async function surveyFolder(
  path: string,
  names: readonly string[],
  entries: readonly Dirent[],
  found: Found,
): Promise<void> {
  for (const entry of entries) {
    const [below, parts] = [join(path, entry.name), [...names, entry.name]];
    // A name that is no UTF-8 is read with this character in place of its bytes.
    if (entry.name.includes('\ufffd')) found.unnamed += 1;
    else if (entry.isFile()) await addFile(below, parts, found);
    else if (entry.isDirectory())
      await surveyFolder(below, parts, (await entriesOf(below)) ?? [], found);
  }
}

async function addFile(path: string, names: readonly string[], found: Found): Promise<void> {
  const stats = await lstat(path).catch(absent);
  if (stats === undefined) return;
  const url = `file:///${names.map(encodeURIComponent).join('/')}`;
  add(found, { url, bytes: stats.size, changedAtMs: Math.max(stats.mtimeMs, stats.ctimeMs) });
}

async function surveyBucket(place: string, objects: S3Objects, found: Found): Promise<void> {
  const { bucket, prefix } = bucketPlace(place);
  let after = '';
  do {
    const page = await objects.list({ bucket, prefix, after }, new AbortController().signal);
    for (const { key, bytes, changedAtMs } of page) {
      const url = `s3://${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
      add(found, { url, bytes, changedAtMs });
    }
    after = page.at(-1)?.key ?? '';
  } while (after !== '');
}

function add(found: Found, file: SurveyedFile): void {
  if (fileUrlProblem(file.url) !== undefined) found.unnamed += 1;
  else found.files.set(fileKey(file.url), file);
}

/** Undefined when the folder is missing, or was replaced by a link. */
async function entriesOf(path: string): Promise<readonly Dirent[] | undefined> {
  const entries = await readdir(path, { withFileTypes: true }).catch(absent);
  return entries?.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function absent(error: unknown): undefined {
  if (['ENOENT', 'ENOTDIR'].includes(systemCode(error))) return undefined;
  throw error;
}
