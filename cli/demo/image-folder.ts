/** The images of the cards on the disk: a folder a card. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { drawPng } from './png.ts';
import type { ShopCard } from './shop.ts';

export interface ImageFile {
  /** From the folder, with `/`. */
  readonly path: string;
  readonly url: string;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** Draws the images of one card. */
export function writeImages(folder: string, { id, images }: ShopCard): readonly ImageFile[] {
  mkdirSync(join(folder, id), { recursive: true });
  return images.map(({ name, ...spec }) => {
    const place = join(folder, id, name);
    const content = drawPng(spec);
    writeFileSync(place, content);
    const sha256 = createHash('sha256').update(content).digest('hex');
    return { path: `${id}/${name}`, url: pathToFileURL(place).href, bytes: content.length, sha256 };
  });
}

/** Every file there is, sorted. */
export function filesIn(folder: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return files.map((file) => file.slice(folder.length + 1).replaceAll(sep, '/')).sort();
}
