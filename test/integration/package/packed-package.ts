/**
 * The package as it would be published, built and packed in a folder of its own.
 *
 * Job: run `npm run build` and `npm pack` on a copy of the repository without its tests.
 * Boundary: `consumer-project.ts` installs the tarball.
 *
 * - The build does not check the types again: `npm run verify` has, and the emitted files are the same without the check.
 * - The `dist/` of the repository stays untouched, because other tests may use `dist/` meanwhile.
 */
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { projectRoot } from '../../support/project-root.ts';
import { repositoryPaths } from '../../tidy/project-files.ts';
import { finished } from './finished.ts';

export interface PackedPackage {
  readonly tarball: string;
  /** Paths inside the package. */
  readonly paths: readonly string[];
}

/** `folder` must be empty. Needs no network. */
export async function packPackage(folder: string): Promise<PackedPackage> {
  for (const path of repositoryPaths().filter((each) => !each.startsWith('test/'))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(projectRoot, path), join(folder, path));
  }
  symlinkSync(join(projectRoot, 'node_modules'), join(folder, 'node_modules'));
  const config = join(folder, 'tsconfig.build.json');
  const { compilerOptions, ...others } = JSON.parse(readFileSync(config, 'utf8'));
  const unchecked = { ...others, compilerOptions: { ...compilerOptions, noCheck: true } };
  writeFileSync(config, JSON.stringify(unchecked));
  await finished('npm', ['run', '--silent', 'build'], folder);
  const report = await finished('npm', ['pack', '--json', '--silent'], folder);
  const [packed]: { filename: string; files: { path: string }[] }[] = JSON.parse(report);
  if (packed === undefined) throw new Error(`npm pack reported no package: ${report}`);
  return {
    tarball: join(folder, packed.filename),
    paths: packed.files.map(({ path }) => path),
  };
}
