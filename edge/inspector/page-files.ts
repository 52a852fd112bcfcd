/**
 * The built page, from its folder. The page is the same for everybody and needs no token.
 *
 * - strict: the page loads nothing from another host, runs no inline script, and is shown in no
 *   frame.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { Broken } from '../../runtime/ports/errors.ts';

/** Written by `npm run page`. */
const folder = fileURLToPath(new URL('./built/', import.meta.url));

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Headers of every answer of the inspector. */
export const safeHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': policy,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** Adds the page at `/inspector/`. Throws `Broken('config-invalid')` if the page is not built. */
export function pageFiles(app: FastifyInstance): void {
  const files = builtFiles();
  app.get('/', (_request, reply) => reply.redirect('/inspector/'));
  app.get('/inspector', (_request, reply) => reply.redirect('/inspector/'));
  for (const [path, { type, content, isHashed }] of files) {
    const caching = isHashed ? 'public, max-age=31536000, immutable' : 'no-cache';
    app.get(`/inspector/${path}`, (_request, reply) =>
      reply.header('cache-control', caching).type(type).send(content),
    );
  }
}

interface BuiltFile {
  readonly type: string;
  readonly content: Buffer;
  /** The name has a hash of the content. */
  readonly isHashed: boolean;
}

/** By the path below `/inspector/`. */
function builtFiles(): ReadonlyMap<string, BuiltFile> {
  return new Map(
    paths().map((path) => {
      const file = {
        type: types[extname(path)] ?? 'application/octet-stream',
        content: readFileSync(join(folder, path)),
        isHashed: path.startsWith('assets/'),
      };
      return [path === 'index.html' ? '' : path, file];
    }),
  );
}

function paths(): readonly string[] {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    const found = entries.filter((entry) => entry.isFile());
    return found.map(({ name, parentPath }) => join(parentPath, name).slice(folder.length));
  } catch (cause) {
    const message = `the page of the inspector is not in ${folder}; \`npm run page\` builds it`;
    throw new Broken('config-invalid', message, { cause });
  }
}
