/**
 * The section `file_remover` of an exchange config: the service removes files, only below the given
 * folders.
 */
import { fileURLToPath } from 'node:url';
import { type Static, Type } from 'typebox';
import type { ExchangeConfig } from '../../config/exchange-config.ts';

export const fileRemoverSection = Type.Object(
  {
    roots: Type.Optional(
      Type.Array(Type.String({ pattern: '^(/|file:///)' }), {
        default: [],
        description:
          'Folders below which files may be removed, as absolute paths or file URLs. The URL of a file begins with the path as it stands here. None: every removal is refused.',
      }),
    ),
  },
  { additionalProperties: false, description: 'The service removes files.' },
);

/** Absolute paths of the folders. */
export function removalRoots({ sections }: Pick<ExchangeConfig, 'sections'>): readonly string[] {
  const { roots = [] } = (sections['file_remover'] ?? {}) as Static<typeof fileRemoverSection>;
  return roots.map(rootPath);
}

/** The path of a root: an absolute path or a file URL. */
function rootPath(root: string): string {
  return root.startsWith('file:') ? fileURLToPath(root) : root;
}
