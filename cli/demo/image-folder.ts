/** The images of the cards on the disk: one folder for each card. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { drawPng } from './png.ts';
import type { ShopCard } from './shop.ts';

export interface ImageFile {
  /** Relative to the image folder, with `/` between folders. */
  readonly path: string;
  readonly url: string;
  /** Size of the file. */
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** Draws the images of a card and writes the files below `folder`. */
export function writeImages(folder: string, { id, images }: ShopCard): readonly ImageFile[] {
  mkdirSync(join(folder, id), { recursive: true });
  return images.map(({ name, ...spec }) => {
    const file = join(folder, id, name);
    const content = drawPng(spec);
    writeFileSync(file, content);
    const sha256 = createHash('sha256').update(content).digest('hex');
    return { path: `${id}/${name}`, url: pathToFileURL(file).href, bytes: content.length, sha256 };
  });
}

/** Paths of all files below the folder, as in `ImageFile.path`, sorted. */
export function filesIn(folder: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return files.map((file) => file.slice(folder.length + 1).replaceAll(sep, '/')).sort();
}
