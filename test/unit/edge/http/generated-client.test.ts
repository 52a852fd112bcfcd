/**
 * A client that a generator of others makes from the OpenAPI document of a running server: the
 * client and a program compile with `strict`, and the program does a round of requests.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { httpSettings } from '../../../../config/http-settings.ts';
import type { Deployment } from '../../../../deployment.ts';
import { type HttpServer, openHttpServer } from '../../../../edge/http/server.ts';
import { projectRoot } from '../../../support/project-root.ts';
import { assert, suite } from '../../../support/suite.ts';
import { startedDeployment } from './http-world.ts';

const test = suite('http: a generated client', { deadlineMs: 120_000 });
const run = promisify(execFile);
const { execPath } = process;
let deployment: Deployment;
let server: HttpServer;
/** Below the project's root, so that the client finds its runtime. */
let folder: string;

test.before(async () => {
  deployment = await startedDeployment();
  server = await openHttpServer(deployment, httpSettings({}), () => undefined);
  const parent = join(projectRoot, 'node_modules/.cache');
  mkdirSync(parent, { recursive: true });
  folder = mkdtempSync(join(parent, 'client-'));
});
test.after(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server.close();
  await deployment.stop();
});

/** With `--optimistic` an answer has the type of its success, and a problem is thrown. */
const program = `
import { HttpError } from '@oazapfts/runtime';
import * as api from './client.ts';

export async function round(baseUrl: string): Promise<readonly unknown[]> {
  api.defaults.baseUrl = baseUrl;
  const { id } = await api.postV1Objects({ attributes: { cn: 'pump', prsIndex: 3, note: 'x' } });
  const options = { idempotencyKey: 'once' };
  const first = await api.postV1Tags({ parentId: id, attributes: { cn: 'load' } }, options);
  const again = await api.postV1Tags({ parentId: id, attributes: { cn: 'load' } }, options);
  const found = await api.getV1Objects({ filter: { cn: ['pu*'] }, attributes: ['cn', 'prsIndex'] });
  const values = found.data.map(({ attributes }) => attributes['prsIndex']);
  const taken = await statusOf(api.postV1Objects({ attributes: { cn: 'pump' } }));
  const wrong = await statusOf(api.getV1Objects({ scope: 9 }));
  await api.putV1ObjectsById(id, { attributes: { description: 'old' } });
  const { outcome, hash } = await api.postV1Plans({ entity: 'objects', id });
  await api.deleteV1ObjectsById(id, { if_plan: hash });
  const gone = await statusOf(api.getV1ObjectsById(id));
  return [first.id === again.id, values, outcome, taken, wrong, gone];
}

/** The status of a problem. */
function statusOf(answer: Promise<unknown>): Promise<number | undefined> {
  return answer.then(
    () => undefined,
    (error: unknown) => (error instanceof HttpError ? error.status : undefined),
  );
}
`;
const settings = {
  compilerOptions: {
    target: 'es2023',
    module: 'nodenext',
    strict: true,
    noUncheckedIndexedAccess: true,
    rewriteRelativeImportExtensions: true,
    types: [],
    lib: ['es2023', 'dom', 'dom.iterable'],
    outDir: 'built',
  },
};

test('a client made from /openapi.json compiles with strict, and does a round of requests', async () => {
  const put = (name: string, text: string) => writeFileSync(join(folder, name), text);
  put('package.json', '{ "type": "module" }');
  put('tsconfig.json', JSON.stringify(settings));
  put('round.ts', program);
  const at = (path: string) => join(projectRoot, 'node_modules', path);
  const options = ['--optimistic', '--useUnknown', '--futureStripLegacyMethods'];
  const document = `${server.url}/openapi.json`;
  const generator = at('oazapfts/dist/cli.js');
  await run(execPath, [generator, ...options, document, join(folder, 'client.ts')]);
  const compiled = await run(execPath, [at('typescript/bin/tsc'), '-p', folder]).catch(
    ({ stdout }: { readonly stdout: string }) => ({ stdout }),
  );
  assert.is(compiled.stdout, '');
  const { round } = await import(pathToFileURL(join(folder, 'built/round.js')).href);
  assert.equal(await round(server.url), [true, [[3]], 'agreed', 409, 422, 404]);
});

test.run();
