/**
 * The file behind a URL, and the permission to remove the file. Changes nothing.
 *
 * 1. Only `file:` URLs are allowed, and only below one of the roots after every link of the path is
 *    resolved.
 * 2. The file is a regular file and never a link: the hashed file is the removed file.
 * 3. A path that does not exist is judged by its longest existing part.
 */
import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ErrorCode, errorText, Refused } from '../../runtime/ports/errors.ts';

/** A path from a configured root: an absolute path or a file URL. */
export function rootPath(root: string): string {
  return root.startsWith('file:') ? fileURLToPath(root) : root;
}

/**
 * The path behind the URL, with all links resolved. @throws Refused for a file that may not be
 * removed, `ENOENT` or `ENOTDIR` for an absent file.
 */
export async function removableFile(url: string, roots: readonly string[]): Promise<string> {
  try {
    return await regularFile(await allowedPath(pathOf(url), roots));
  } catch (error) {
    throw hopeless(error) ?? error;
  }
}

/** The file is absent, or a part of its path is a file in place of a folder. */
export function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(systemCode(error));
}

function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

async function regularFile(path: string): Promise<string> {
  if ((await lstat(path)).isFile()) return path;
  throw new Refused('not-permitted', 'it is not a regular file');
}

async function allowedPath(path: string, roots: readonly string[]): Promise<string> {
  const real = await located(path);
  const realRoots = await Promise.all(roots.map(realDirectory));
  if (realRoots.some((root) => contains(root, real))) return real;
  throw new Refused(
    'not-permitted',
    'the file is outside the folders in which files may be removed',
  );
}

function pathOf(url: string): string {
  const { protocol } = parsed(url);
  if (protocol !== 'file:')
    throw new Refused(
      'not-supported',
      `files with the scheme '${protocol}' cannot be removed here, only 'file:'`,
    );
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw new Refused('not-supported', `the URL names no local file: ${errorText(cause)}`, {
      cause,
    });
  }
}

function parsed(url: string): URL {
  if (URL.canParse(url)) return new URL(url);
  throw new Refused('bad-message', 'it is not a URL');
}

async function located(path: string): Promise<string> {
  return join(await realDirectory(dirname(path)), basename(path));
}

async function realDirectory(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (!isMissing(error) || dirname(path) === path) throw error;
    return located(path);
  }
}

const hopelessCodes: Readonly<Record<string, ErrorCode>> = {
  ELOOP: 'not-permitted',
  ENAMETOOLONG: 'bad-message',
  ERR_INVALID_ARG_VALUE: 'bad-message',
};

/** The refusal for an error that a further try cannot change. */
function hopeless(error: unknown): Refused | undefined {
  const code = hopelessCodes[systemCode(error)];
  return (
    code && new Refused(code, `the path cannot be followed: ${errorText(error)}`, { cause: error })
  );
}

function contains(root: string, path: string): boolean {
  const below = relative(root, path);
  return below !== '' && below !== '..' && !below.startsWith('../') && !isAbsolute(below);
}
