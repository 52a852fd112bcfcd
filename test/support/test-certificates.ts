/** A certificate authority, and a server's certificate signed by it for `localhost` and `127.0.0.1`, made by openssl for one test. */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface TestCertificates {
  /** PEM, what a client trusts. */
  readonly authority: string;
  readonly files: {
    readonly authority: string;
    readonly certificate: string;
    readonly key: string;
  };
}

const run = promisify(execFile);
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'] as const;

/** Valid for a day; the files are made in `folder`. */
export async function makeTestCertificates(folder: string): Promise<TestCertificates> {
  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder });
  writeFileSync(join(folder, 'names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  await openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    '1',
    '-subj',
    '/CN=unanimous test authority',
  );
  await openssl(
    'req',
    ...newKey,
    '-keyout',
    'server.key',
    '-out',
    'server.csr',
    '-subj',
    '/CN=localhost',
  );
  await openssl(
    ...[
      'x509',
      '-req',
      '-in',
      'server.csr',
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
    ],
    ...['-out', 'server.pem', '-days', '1', '-extfile', 'names'],
  );
  const at = (name: string) => join(folder, name);
  return {
    authority: readFileSync(at('ca.pem'), 'utf8'),
    files: { authority: at('ca.pem'), certificate: at('server.pem'), key: at('server.key') },
  };
}
